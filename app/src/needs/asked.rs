//! Whom bureaus have asked to take a need (派单) and what they said; the organization that is asked answers here.

use crate::desk::{Desk, use_desk};
use crate::needs::take_sheet::TakeSheet;
use crate::needs::taking::Way;
use crate::ui::reason_form::{ReasonForm, ReasonWords, Reasoned};
use crate::ui::recall::Recall;
use crate::ui::sheet::Sheet;
use crate::ui::steady::{Act, steady};
use crate::ui::trouble;
use crate::words;
use domain::commands::{AnswerDispatch, DispatchAnswer, WithdrawDispatch};
use domain::dispatches::offers::{may_answer, may_dispatch, may_withdraw};
use domain::dispatches::{DeclineReason, DispatchStage, DispatchState};
use domain::{Command, Dispatch, DispatchId, Entity, Facts, Key, Level, Need, NeedId, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The dispatches of a need that this device holds: those that wait first, then the newest.
pub fn of_need(desk: Desk, need: Memo<Option<NeedId>>) -> Memo<Vec<Dispatch>> {
    let keys = move || {
        let Some(id) = need.get() else {
            return Vec::new();
        };
        let is_of = |facts: &Facts| matches!(facts, Facts::Dispatch(d) if d.need == id);
        desk.list(is_of).into_iter().map(|item| item.key).collect()
    };
    let found = desk.entities(keys);
    Memo::new(move |_| {
        let found = found.get().unwrap_or_default().into_iter();
        let mut all: Vec<Dispatch> = found
            .filter_map(|seen| match seen.entity {
                Entity::Dispatch(dispatch) => Some(*dispatch),
                _ => None,
            })
            .collect();
        all.sort_by_key(|d| {
            let waits = d.state.stage() == DispatchStage::Open;
            (!waits, std::cmp::Reverse(d.created_at), d.id)
        });
        all
    })
}

/// Who was asked, what they said, and what this person can do about it.
#[component]
pub fn Asked(
    /// The need, once it is read.
    need: Memo<Option<Need>>,
    /// What was asked.
    dispatches: Memo<Vec<Dispatch>>,
) -> impl IntoView {
    let desk = use_desk();
    let accepting = RwSignal::new(false);
    let declining = RwSignal::new(false);
    let answered = RwSignal::new(None::<DispatchId>);
    let answers = Answers {
        answered,
        accepting,
        declining,
    };
    let of_answered = move || {
        let id = answered.get_untracked()?;
        dispatches.with_untracked(|all| all.iter().find(|d| d.id == id).cloned())
    };
    let take = move || {
        let (need, dispatch) = (need.get_untracked()?, of_answered()?);
        let way = Way::Asked {
            dispatch: dispatch.id,
            lines: dispatch.lines,
        };
        Some(view! { <TakeSheet need=need open=accepting way=way /> })
    };
    let take = move || accepting.get().then(take).flatten();
    let decline = move || {
        let dispatch = of_answered()?;
        let id = dispatch.id;
        let command = move |(n, words): (usize, String)| {
            let reason = DeclineReason::ALL.get(n).copied();
            let reason = reason.unwrap_or(DeclineReason::Other);
            let answer = DispatchAnswer::Decline { reason, words };
            AnswerDispatch {
                dispatch: id,
                answer,
            }
            .into()
        };
        let asks = ReasonWords {
            label: "原因（部门会看到）",
            reasons: DeclineReason::ALL.map(DeclineReason::label).to_vec(),
            words: "再写一句（选“其他”时要写）",
            send: ("btn is-alert is-wide", "不接"),
            stay: "再想想",
        };
        Some(view! {
            <p class="meta">{format!("{} · {}派单", dispatch.title, dispatch.from())}</p>
            <ReasonForm name=decline_name(id) asks=asks command=command open=declining />
        })
    };
    let cards = move || {
        let all = dispatches.get();
        let today = desk.today();
        (!all.is_empty()).then(|| {
            let cards = all
                .into_iter()
                .map(|dispatch| {
                    let unsent = desk.own_commands_on(Key::Dispatch(dispatch.id));
                    view! { <One dispatch=dispatch unsent=unsent answers=answers today=today /> }
                })
                .collect_view();
            view! { <section class="card stack" aria-label="派单" data-testid="dispatches"><h2>"派单"</h2>{cards}</section> }
        })
    };
    let is_county =
        matches!(desk.actor().role, Role::Bureau { region, .. } if region.level() == Level::County);
    let ask = move || {
        let (actor, now) = (desk.actor(), desk.now());
        let (id, waits) = need.with(|need| {
            let need = need.as_ref().filter(|_| is_county)?;
            let may = may_dispatch(need, &actor, now).is_ok();
            may.then_some((need.id, !need.asked.is_empty()))
        })?;
        let (class, words) = match waits {
            true => ("btn is-quiet is-wide", "再派一家"),
            false => ("btn is-wide", "派单"),
        };
        Some(view! { <a class=class href=format!("/needs/{id}/dispatch")>{words}</a> })
    };
    view! {
        {cards}
        {ask}
        {take}
        <Sheet open=declining title="为什么接不了？">{decline}</Sheet>
    }
}

fn decline_name(dispatch: DispatchId) -> String {
    format!("decline-dispatch/{dispatch}")
}

/// What the organization can answer.
#[derive(Clone, Copy)]
struct Answers {
    answered: RwSignal<Option<DispatchId>>,
    accepting: RwSignal<bool>,
    declining: RwSignal<bool>,
}

#[component]
fn One(
    dispatch: Dispatch,
    unsent: Vec<Command>,
    answers: Answers,
    today: domain::Day,
) -> impl IntoView {
    let desk = use_desk();
    let (id, key) = (dispatch.id, Key::Dispatch(dispatch.id));
    let actor = desk.actor();
    let stage = dispatch.state.stage();
    let (class, state) = match stage {
        _ if unsent.iter().any(|c| c.order_made().is_some()) => ("pill is-wait", "等待确认"),
        _ if !unsent.is_empty() => ("pill is-wait", "等待发送"),
        DispatchStage::Open if may_answer(&dispatch, &actor).is_ok() => {
            ("pill is-you", "请你们答复")
        }
        DispatchStage::Accepted => ("pill is-done", stage.label()),
        DispatchStage::Declined | DispatchStage::Unanswered => ("pill is-alert", stage.label()),
        DispatchStage::Open | DispatchStage::Withdrawn => ("pill is-fact", stage.label()),
    };
    let asked_at = words::day(dispatch.created_at.day(), today);
    let until = words::before(dispatch.answer_by, today);
    let mut facts = format!("{} {asked_at}派", dispatch.from());
    if stage == DispatchStage::Open {
        facts = format!(
            "{facts}，请在 {until}答复，{}",
            words::time_left(dispatch.answer_by, today)
        );
    }
    let lines = (!dispatch.lines_words.is_empty())
        .then(|| view! { <p>{format!("想请做：{}", dispatch.lines_words)}</p> });
    let note = (!dispatch.note.is_empty())
        .then(|| view! { <p class="words">{format!("“{}”", dispatch.note.trim())}</p> });
    let said = match &dispatch.state {
        DispatchState::Declined { reason, words, .. } => Some(match words.trim() {
            "" => format!("没有接：{}", reason.label()),
            words => format!("没有接：{}。{words}", reason.label()),
        }),
        DispatchState::Accepted { .. } => Some("接了，单子在下面".to_owned()),
        DispatchState::Unanswered { .. } => Some("到期没有答复，可以再找别的组织".to_owned()),
        DispatchState::Open | DispatchState::Withdrawn { .. } => None,
    };
    let open = move |sheet: RwSignal<bool>| {
        answers.answered.set(Some(id));
        sheet.set(true);
    };
    let still = steady(|| ());
    let asks = (unsent.is_empty() && may_answer(&dispatch, &actor).is_ok()).then(|| {
        view! {
            <div class="btn-row">
                <Act class="btn is-quiet" ready=still on_press=move |()| open(answers.declining)>"不接"</Act>
                <Act class="btn is-main" ready=still on_press=move |()| open(answers.accepting)>"接单"</Act>
            </div>
        }
    });
    let failed = RwSignal::new(None::<String>);
    let withdraw = move |()| {
        spawn_local(async move {
            let done = desk.submit(WithdrawDispatch { dispatch: id }).await;
            failed.try_set(done.err().map(|error| trouble::sentence(&error)));
        });
    };
    let takes_back = (unsent.is_empty() && may_withdraw(&dispatch, &actor).is_ok()).then(|| {
        view! { <Act class="btn is-quiet is-wide" ready=still on_press=withdraw>"收回这次派单"</Act> }
    });
    let again = move |command: Command| {
        spawn_local(async move { decline_again(desk, &command).await });
    };
    let declines = |command: &Command| matches!(command, Command::AnswerDispatch(_));
    view! {
        <div class="asked" data-testid="dispatch">
            <div class="row is-top"><h3>{dispatch.org_name.clone()}</h3><span class=class>{state}</span></div>
            <p class="meta">{facts}</p>
            {lines}
            {note}
            {said.map(|said| view! { <p class="status">{said}</p> })}
            {asks}
            {takes_back}
            <Recall key=key fits=declines on_recalled=again />
            <div role="alert">{move || failed.get().map(|why| view! { <p class="note is-alert">{why}</p> })}</div>
        </div>
    }
}

/// An answer that was recalled stands in its form again.
async fn decline_again(desk: Desk, command: &Command) {
    if let Command::AnswerDispatch(AnswerDispatch {
        dispatch,
        answer: DispatchAnswer::Decline { reason, words },
    }) = command
    {
        let form = Reasoned {
            reason: DeclineReason::ALL.iter().position(|r| r == reason),
            words: words.clone(),
        };
        // If it cannot be stored, the person writes it again.
        let _kept = desk.put_draft(&decline_name(*dispatch), &form).await;
    }
}

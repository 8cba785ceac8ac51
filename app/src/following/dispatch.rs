//! A bureau asks an organization to take a need (派单): who might, and why.

use crate::desk::{Desk, Known, use_desk};
use crate::ui::kept_form::KeptForm;
use crate::ui::one_tab::InOneTab;
use crate::ui::shell::{Shell, path_id};
use crate::ui::steady::{Act, steady};
use crate::ui::trouble;
use crate::ui::undo::Undo;
use crate::words;
use domain::commands::DispatchNeed;
use domain::dispatches::offers::{may_be_asked, may_dispatch};
use domain::read::day::day;
use domain::suggestions::{has_to_do_with, in_scope, may_be_suggested, organizations_for};
use domain::terms::Terms;
use domain::{
    CreditCode, Day, DispatchId, Entity, Facts, Key, MutationId, Need, NeedId, Organization,
};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

/// So many suggestions are shown at first.
const SHOWN: usize = 4;

/// The form as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Form {
    /// Stands in the place of a reason, for whoever counts what was left.
    reason: Option<CreditCode>,
    words: String,
    until: String,
}

/// An organization that may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Candidate {
    code: CreditCode,
    name: String,
    /// Why it is suggested; or, of another one, why it is not.
    why: String,
}

/// Those that are suggested, the best first, and the others that may be asked all the same.
fn candidates(
    desk: Desk,
    need: &Need,
    orgs: &[Organization],
    terms: &Terms,
) -> (Vec<Candidate>, Vec<Candidate>) {
    let (actor, now) = (desk.actor(), desk.now());
    let suggested = organizations_for(need, orgs, terms, now);
    let is_suggested = |org: &Organization| suggested.iter().any(|s| s.what.code == org.code);
    let mut others: Vec<Candidate> = orgs
        .iter()
        .filter(|org| !is_suggested(org) && !has_to_do_with(org, need))
        .filter(|org| may_be_asked(need, Some(org), &actor, now).is_ok())
        .map(|org| {
            let topic = need.content.topic;
            let why = match may_be_suggested(org, need, terms, now) {
                _ if !in_scope(org, topic) => {
                    format!("登记的业务方向里没有“{}”", topic.label())
                }
                Err(why) => why.sentence(),
                Ok(()) => String::new(),
            };
            Candidate {
                code: org.code,
                name: org.name.clone(),
                why,
            }
        })
        .collect();
    others.sort_by(|a, b| (&a.name, a.code).cmp(&(&b.name, b.code)));
    let suggested = suggested
        .iter()
        .map(|s| {
            let reasons: Vec<String> = s.reasons.iter().map(|r| r.words(false)).collect();
            Candidate {
                code: s.what.code,
                name: s.what.name.clone(),
                why: match reasons.len() {
                    0 => "在本县接单，还没有做成过的单".to_owned(),
                    _ => reasons.join("；"),
                },
            }
        })
        .collect();
    (suggested, others)
}

/// The page that asks an organization.
#[component]
pub fn DispatchPage() -> impl IntoView {
    let desk = use_desk();
    let id = path_id::<NeedId>();
    let known = desk.entity(move || id.map(Key::Need));
    // What was read when the page opened is what the organization is asked for.
    let read = RwSignal::new(None::<Need>);
    let absent = Memo::new(move |_| known.with(|k| matches!(k, Known::Absent | Known::Newer)));
    Effect::new(move || {
        known.with(|known| {
            if let Known::Here(seen) = known
                && let Entity::Need(need) = &seen.entity
                && read.with_untracked(Option::is_none)
            {
                read.set(Some((**need).clone()));
            }
        });
    });
    let terms = desk.in_force(move || read.with(|need| need.as_ref().map(|n| n.place.village)));
    let back = id.map_or_else(|| "/county".to_owned(), |id| format!("/needs/{id}"));
    let body = move || {
        match read.get() {
        Some(need) => match may_dispatch(&need, &desk.actor(), desk.now()) {
            Ok(()) => view! { <Fields need=need terms=Memo::new(move |_| terms.with(Terms::in_force)) /> }.into_any(),
            Err(why) => view! { <div class="empty"><h2>"现在不能派单"</h2><p>{why.sentence()}</p></div> }.into_any(),
        },
        None if absent.get() => view! {
            <div class="empty"><h2>"这条需求不在这台设备上"</h2><p>"可能已经撤回，也可能还没有同步到。"</p></div>
        }
        .into_any(),
        None => view! { <div class="card skeleton" aria-busy="true"><i></i><i></i><i></i></div> }.into_any(),
    }
    };
    view! { <Shell title="派单" back=back form=true>{body}</Shell> }
}

fn usual_day(need: &Need, terms: &Terms, today: Day) -> Day {
    let usual = today.plus(i32::from(terms.dispatch_days));
    usual.min(need.content.deadline).max(today)
}

#[component]
fn Fields(need: Need, terms: Memo<Terms>) -> impl IntoView {
    let desk = use_desk();
    let (id, seen) = (need.id, need.revision);
    let kept = KeptForm::new(desk, format!("dispatch/{id}"), Form::default());
    let form = kept.form;
    let put = move |change: &dyn Fn(&mut Form)| kept.change(&Form::default(), |form| change(form));
    let keys = move || {
        let listed = desk.list(|facts| matches!(facts, Facts::Organization(org) if org.approved));
        listed.into_iter().map(|item| item.key).collect()
    };
    let found = desk.entities(keys);
    let need_now = StoredValue::new(need.clone());
    let all = Memo::new(move |_| {
        let found = found.get()?.into_iter();
        let orgs: Vec<Organization> = found
            .filter_map(|seen| match seen.entity {
                Entity::Organization(org) => Some(*org),
                _ => None,
            })
            .collect();
        let terms = terms.get();
        Some(need_now.with_value(|need| candidates(desk, need, &orgs, &terms)))
    });
    let last = need.content.deadline;
    let day_shown = move || {
        let typed = form.with(|form| form.until.clone());
        match typed.is_empty() {
            true => need_now
                .with_value(|need| usual_day(need, &terms.get(), desk.today()))
                .to_string(),
            false => typed,
        }
    };
    let failed = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let done = RwSignal::new(None::<(Option<MutationId>, String)>);
    let still = steady(|| ());
    let ready = Signal::derive(move || still.get() && !busy.get() && kept.tab.is_here());
    let send = move |()| {
        let Form { reason, words, .. } = form.get_untracked();
        let Some(org) = reason else {
            return failed.set(Some("请选一家组织。".to_owned()));
        };
        let Ok(answer_by) = day(&untrack(day_shown)) else {
            return failed.set(Some("请选最晚哪天答复。".to_owned()));
        };
        let name = all.with_untracked(|all| {
            let (suggested, others) = all.as_ref()?;
            let mut both = suggested.iter().chain(others);
            both.find(|c| c.code == org).map(|c| c.name.clone())
        });
        let Some(name) = name else {
            return failed.set(Some("选的组织现在不能派，请另选一家。".to_owned()));
        };
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let command = DispatchNeed {
                dispatch: DispatchId::from_random(desk.random()),
                need: id,
                org,
                lines: Vec::new(),
                note: words.trim().to_owned(),
                answer_by,
                seen: Some(seen),
            };
            match desk.submit(command).await {
                Ok(seq) => {
                    // If it cannot be deleted, it is only offered again.
                    let _gone = desk.delete_draft(&format!("dispatch/{id}")).await;
                    done.try_set(Some((desk.mutation(seq), name)));
                }
                Err(error) => {
                    failed.try_set(Some(trouble::sentence(&error)));
                }
            }
            busy.try_set(false);
        });
    };
    let left = words::left(&need).map_or_else(String::new, |left| format!("还差 {left} · "));
    let about = format!(
        "{} · {left}{}",
        need.place.line(),
        words::time_left(last, desk.today())
    );
    let said = move || {
        done.get().map(|(kept, name)| {
            let undo = kept.map(|id| view! { <Undo id=id on_recalled=move |()| done.set(None) /> });
            view! {
                <div class="note is-done row said"><span class="one-line">{format!("已派给{name}")}</span>{undo}</div>
                <p><a class="link" href=format!("/needs/{id}")>"看这条需求"</a></p>
            }
        })
    };
    view! {
        <div role="status">{said}</div>
        <div hidden=move || done.with(Option::is_some) class="stack">
            <section class="card">
                <h2>{need.content.title.clone()}</h2>
                <p class="meta">{about}</p>
                <p>"派单是请一家组织来接，对方答应了才算接单。没有答应的，可以再派别家。"</p>
            </section>
            <InOneTab tab=kept.tab>
                <Choices all=all chosen=Signal::derive(move || form.with(|f| f.reason)) on_choose=move |code| put(&|f| f.reason = Some(code)) />
                <div class="field">
                    <label for="dispatch-words">"写一句给对方（可以不填，只有对方和部门看得到）"</label>
                    <textarea
                        class="input" id="dispatch-words" rows="2" prop:value=move || form.with(|f| f.words.clone())
                        on:input:target=move |e| { let words = e.target().value(); put(&|f| f.words.clone_from(&words)); }
                    ></textarea>
                </div>
                <div class="field">
                    <label for="dispatch-until">"请对方最晚哪天答复"</label>
                    <input
                        class="input" id="dispatch-until" type="date"
                        min=move || desk.today().to_string() max=last.to_string() prop:value=day_shown
                        on:input:target=move |e| { let day = e.target().value(); put(&|f| f.until.clone_from(&day)); }
                    />
                </div>
            </InOneTab>
            {move || desk.is_offline().then(|| view! {
                <p class="note is-wait">"现在没有网络。会先保存在本机，有网后自动发送。"</p>
            })}
            <div role="alert">{move || failed.get().map(|why| view! { <p class="note is-alert">{why}</p> })}</div>
            <Act class="btn is-wide" ready=ready on_press=send>"派单"</Act>
        </div>
    }
}

/// The organizations that may be asked, with the reasons.
#[component]
fn Choices(
    all: Memo<Option<(Vec<Candidate>, Vec<Candidate>)>>,
    chosen: Signal<Option<CreditCode>>,
    #[prop(into)] on_choose: Callback<CreditCode>,
) -> impl IntoView {
    let more = RwSignal::new(false);
    let suggested = Memo::new(move |_| all.get().map(|(suggested, _)| suggested));
    let others = Memo::new(move |_| all.get().map(|(_, others)| others).unwrap_or_default());
    let one = move |candidate: Candidate| {
        let code = candidate.code;
        view! {
            <label class="check" data-testid="candidate">
                <input
                    type="radio" name="candidate" prop:checked=move || chosen.get() == Some(code)
                    on:change=move |_| on_choose.run(code)
                />
                <span><b>{candidate.name}</b><span class="meta">{candidate.why}</span></span>
            </label>
        }
    };
    let list = move || {
        let Some(suggested) = suggested.get() else {
            return view! { <div class="skeleton" aria-busy="true"><i></i><i></i></div> }
                .into_any();
        };
        if suggested.is_empty() {
            return view! { <p class="meta">"这台设备上没有合适的组织：要在本县接单、业务方向对得上，手上的单也没有满。"</p> }
                .into_any();
        }
        let hidden = suggested.len().saturating_sub(SHOWN);
        let most = if more.get() { usize::MAX } else { SHOWN };
        let shown = suggested.into_iter().take(most).map(one).collect_view();
        let rest = (hidden > 0 && !more.get()).then(|| {
            view! { <button class="link" type="button" on:click=move |_| more.set(true)>{format!("再看 {hidden} 家")}</button> }
        });
        view! { <div class="candidates">{shown}</div>{rest} }.into_any()
    };
    let rest = move || {
        let others = others.get();
        (!others.is_empty()).then(|| {
            let n = others.len();
            let shown = others.into_iter().map(one).collect_view();
            view! { <details><summary>{format!("其他可以派的 {n} 家")}</summary><div class="candidates">{shown}</div></details> }
        })
    };
    view! {
        <fieldset class="field is-group">
            <legend>"派给谁（合适的在前）"</legend>
            {list}
            {rest}
        </fieldset>
    }
}

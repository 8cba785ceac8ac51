//! The page of one need.

use crate::desk::{Desk, Known, use_desk};
use crate::needs::asked::{Asked, of_need};
use crate::needs::ending::Endings;
use crate::needs::fitting::FittingSupplies;
use crate::needs::kin::{Kin, more_acts};
use crate::needs::need_card::{unsent, unsent_all};
use crate::needs::queue::Queue;
use crate::needs::take_sheet::TakeSheet;
use crate::needs::timeline::steps;
use crate::needs::too_late::{Alike, TooLate, refusals};
use crate::needs::withdraw_form::WithdrawForm;
use crate::ui::call::Call;
use crate::ui::newer::Newer;
use crate::ui::not_answered::NotAnswered;
use crate::ui::order_lines::{Held, Orders};
use crate::ui::sheet::Sheet;
use crate::ui::shell::Shell;
use crate::ui::shell::path_id;
use crate::ui::taken_bar::TakenBar;
use crate::ui::timeline::Timeline;
use crate::words;
use api::{ApiError, BrowseRequest};
use domain::asks::asks;
use domain::dispatches::offers::may_answer;
use domain::money::grouped;
use domain::needs::offers::{may_return, may_withdraw, may_write_again};
use domain::needs::{NeedStage, Pledge, PledgeStage};
use domain::orders::offers;
use domain::terms::Terms;
use domain::{
    Command, Entity, Facts as ListFacts, Key, Level, Need, NeedId, NeedState, OrderId,
    Organization, Rejection, Role,
};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What the page knows of its need.
#[derive(Clone, Debug, PartialEq)]
enum Shown {
    Reading,
    Absent,
    /// A newer version wrote it.
    Newer,
    /// The server was asked and did not answer.
    Unanswered(ApiError),
    Here(Box<Need>),
}

impl Shown {
    fn need(&self) -> Option<&Need> {
        match self {
            Self::Here(need) => Some(need),
            _ => None,
        }
    }
}

/// Where the page has its need from: this device, or the server for those who keep no needs.
#[derive(Clone, Copy)]
struct Source {
    desk: Desk,
    id: Memo<Option<NeedId>>,
    /// Officers of a city or the province keep no needs on their devices: they ask the server.
    asks: bool,
    answer: RwSignal<Shown>,
    /// What is known of the need.
    shown: Memo<Shown>,
}

impl Source {
    fn new(desk: Desk, id: Memo<Option<NeedId>>) -> Self {
        let known = desk.entity(move || id.get().map(Key::Need));
        let asks = matches!(
            desk.actor().role,
            Role::Bureau { region, .. } if region.level() < Level::County
        );
        let answer = RwSignal::new(Shown::Reading);
        let shown = Memo::new(move |_| {
            known.with(|known| match known {
                Known::Reading => Shown::Reading,
                Known::Absent if asks && id.get().is_some() => answer.get(),
                Known::Absent => Shown::Absent,
                Known::Newer => Shown::Newer,
                Known::Here(seen) => match &seen.entity {
                    Entity::Need(need) => Shown::Here(need.clone()),
                    _ => Shown::Absent,
                },
            })
        });
        let source = Self {
            desk,
            id,
            asks,
            answer,
            shown,
        };
        Effect::new(move || source.ask());
        source
    }

    /// Asks the server, where it has to be asked. Tracked.
    fn ask(self) {
        if let Some(id) = self.id.get().filter(|_| self.asks) {
            self.answer.set(Shown::Reading);
            spawn_local(async move {
                // The signals are disposed of if the page was left meanwhile.
                self.answer.try_set(ask_for(self.desk, id).await);
            });
        }
    }
}

/// One need: facts, how much is left, orders on it, what happened and what comes next.
#[component]
pub fn NeedPage() -> impl IntoView {
    let desk = use_desk();
    let path_id = path_id::<NeedId>();
    let id = Memo::new(move |_| path_id);
    let source = Source::new(desk, id);
    let (orders, orders_read) = orders_on(desk, id);
    // The page is shown only when the orders are read too, so that nothing moves (layout shift).
    let shown = Memo::new(move |_| match source.shown.get() {
        Shown::Here(_) if !orders_read.get() => Shown::Reading,
        shown => shown,
    });
    let taking = RwSignal::new(false);
    let withdrawing = RwSignal::new(false);

    let title = Memo::new(move |_| {
        // The title comes from the summary, which is in memory before the need is read, so that the layout does not shift.
        let listed = id.get().and_then(|id| desk.list_item(&Key::Need(id)));
        let listed = listed.map(|listed| listed.summary.title().to_owned());
        let read = || shown.with(|s| s.need().map(|n| n.content.title.clone()));
        listed.or_else(read).unwrap_or_else(|| "需求".to_owned())
    });
    let is_member = matches!(desk.actor().role, Role::Member { .. });
    let refused = Memo::new(move |_| id.get().map(|id| refusals(desk, id)).unwrap_or_default());
    let came_late = Memo::new(move |_| {
        let gone =
            |need: &Need| matches!(need.state, NeedState::Published { .. }) && !need.has_left();
        let holds = orders.with(|all| !all.is_empty());
        !refused.with(Vec::is_empty)
            || (is_member && !holds && shown.with(|s| s.need().is_some_and(gone)))
    });
    let meant = meant_on(desk, id);
    // What the village is asked stands first. Decided once, so that an answer does not move what was answered.
    let is_village = matches!(desk.actor().role, Role::Village { .. });
    let orders_first = Memo::new(move |before: Option<&Option<bool>>| match before.copied() {
        Some(Some(first)) => Some(first),
        _ => shown.with(|s| {
            let need = s.need()?;
            let asks = |p: &Pledge| p.stage == PledgeStage::Delivered;
            Some(is_village && need.pledges.iter().any(asks))
        }),
    });
    let orders_where = move |first: bool| {
        (orders_first.get() == Some(first)).then(|| view! { <Orders held=orders /> })
    };

    let org = own_organization(desk);
    let offer = offer(desk, shown, org);
    let (own_org, need) = (
        known_organization(org),
        Memo::new(move |_| shown.with(|s| s.need().cloned())),
    );
    let asked = of_need(desk, id);
    // A question to this organization stands before everything else. Decided once, so that an answer does not move what was answered.
    let asked_first = id
        .get_untracked()
        .is_some_and(|id| untrack(|| is_asked(desk, id)));
    let is_read = Memo::new(move |_| shown.with(|s| s.need().is_some()));
    let questions = move |first: bool| {
        (is_read.get() && asked_first == first)
            .then(|| view! { <Asked need=need dispatches=asked /><Queue need=need org=own_org /> })
    };
    let may_take = Signal::derive(move || offer.with(|o| matches!(o, Some(Ok(())))));
    let why_not = move || {
        offer
            .get()
            .and_then(Result::err)
            .map(|why| view! { <p class="note is-fact" data-testid="why-not">{why}</p> })
    };
    // Who is asked answers the question; who takes it besides would leave it open.
    let has_question = Memo::new(move |_| {
        let actor = desk.actor();
        asked.with(|all| all.iter().any(|d| may_answer(d, &actor).is_ok()))
    });
    let take = move || {
        (may_take.get() && !has_question.get()).then(|| {
            view! {
                <button class="btn is-main" on:click=move |_| taking.set(true)>"接单"</button>
            }
        })
    };
    let actions = move || view! { {take} };
    let body = move || {
        match shown.get() {
        Shown::Reading => view! {
            <div class="card skeleton" aria-busy="true"><i></i><i></i><i></i></div>
        }
        .into_any(),
        Shown::Absent => view! { <NotHere desk=desk /> }.into_any(),
        Shown::Newer => view! { <Newer /> }.into_any(),
        Shown::Unanswered(error) => {
            let again = Callback::new(move |()| untrack(|| source.ask()));
            view! { <NotAnswered error=error again=again /> }.into_any()
        }
        Shown::Here(need) => view! {
            <Facts settled=settled(&need, &meant.get()) need=(*need).clone() withdrawing=withdrawing />
        }
        .into_any(),
    }
    };
    // The sheet is created once for each need, so that typed text survives changes from the server.
    let sheet = move || {
        let need = taking
            .get()
            .then(|| shown.with_untracked(|s| s.need().cloned()))??;
        Some(view! { <TakeSheet need=need open=taking /> })
    };
    let withdraw_form = move || {
        id.get()
            .map(|id| view! { <WithdrawForm need=id open=withdrawing /> })
    };
    view! {
        <Shell title=title back="/" actions=actions>
            <For each=move || refused.get() key=|r| r.notice let:refused>
                <TooLate refused=refused taking=taking may_take=may_take />
            </For>
            {move || orders_where(true)}
            {move || questions(true)}
            {body}
            {why_not}
            {move || orders_where(false)}
            {move || questions(false)}
            {move || is_read.get().then(|| view! { <FittingSupplies need=need /> })}
            {move || is_read.get().then(|| view! { <Endings need=need org=own_org /> })}
            <History shown=shown orders=orders />
            {move || came_late.get().then(|| view! { <Alike id=id /> })}
            {sheet}
            <Sheet open=withdrawing title="撤回这条需求？">{withdraw_form}</Sheet>
        </Shell>
    }
}

/// Whether somebody waits for the answer of this person's organization about the need: a bureau, or others in line.
fn is_asked(desk: Desk, need: NeedId) -> bool {
    let actor = desk.actor();
    if !matches!(actor.role, Role::Member { .. }) {
        return false;
    }
    let on_it = |facts: &ListFacts| matches!(facts, ListFacts::Dispatch(d) if d.need == need);
    let listed = desk.list_item(&Key::Need(need));
    listed.is_some_and(|item| asks(&item.summary.facts(), &actor))
        || !desk
            .list(|facts| on_it(facts) && asks(facts, &actor))
            .is_empty()
}

/// What happened with the need, and what comes next.
#[component]
fn History(shown: Memo<Shown>, orders: Memo<Vec<Held>>) -> impl IntoView {
    let desk = use_desk();
    move || {
        let shown = shown.get();
        let need = shown.need()?;
        let unsent: Vec<_> = unsent_all(desk, need.id)
            .into_iter()
            .map(|(at, _)| at)
            .collect();
        let orders: Vec<_> = orders.with(|all| all.iter().map(|h| h.order.clone()).collect());
        let steps = steps(need, &orders, &unsent, desk.now());
        Some(view! {
            <h2>"经过"</h2>
            <Timeline steps=steps />
        })
    }
}

/// Asks the server for a need that this device does not keep.
async fn ask_for(desk: Desk, need: NeedId) -> Shown {
    let request = BrowseRequest {
        need: Some(need),
        ..BrowseRequest::default()
    };
    match desk.browse(request).await {
        Ok(page) => match page.read() {
            (needs, 0) => needs
                .into_iter()
                .next()
                .map_or(Shown::Absent, |need| Shown::Here(Box::new(need))),
            _ => Shown::Newer,
        },
        Err(error) => Shown::Unanswered(error),
    }
}

/// The need without pledges of own orders that the server has not confirmed.
fn settled(need: &Need, meant: &[OrderId]) -> Need {
    let mut settled = need.clone();
    settled.pledges.retain(|p| !meant.contains(&p.order));
    settled
}

/// Own orders on a need that the server has not confirmed (intents).
fn meant_on(desk: Desk, need: Memo<Option<NeedId>>) -> Memo<Vec<OrderId>> {
    Memo::new(move |_| {
        let all = need
            .get()
            .map(|id| unsent_all(desk, id))
            .unwrap_or_default();
        let order = |(_, command): (_, Command)| command.order_made();
        all.into_iter().filter_map(order).collect()
    })
}

/// What is known of the organization of who is signed in.
fn own_organization(desk: Desk) -> ReadSignal<Known, LocalStorage> {
    let org = match desk.actor().role {
        Role::Member { org, .. } => Some(Key::Organization(org)),
        _ => None,
    };
    desk.entity(move || org)
}

fn known_organization(known: ReadSignal<Known, LocalStorage>) -> Memo<Option<Organization>> {
    Memo::new(move |_| {
        known.with(|known| match known {
            Known::Here(seen) => match &seen.entity {
                Entity::Organization(org) => Some((**org).clone()),
                _ => None,
            },
            _ => None,
        })
    })
}

/// Whether a member's organization may take something of a published need, or why not, in words; nothing where there is nothing to
/// say: it is not known yet, or the page says it already.
fn offer(
    desk: Desk,
    shown: Memo<Shown>,
    known: ReadSignal<Known, LocalStorage>,
) -> Memo<Option<Result<(), String>>> {
    let is_member = matches!(desk.actor().role, Role::Member { .. });
    let in_force = desk.in_force(move || shown.with(|s| s.need().map(|n| n.place.village)));
    Memo::new(move |_| {
        desk.track();
        if !is_member {
            return None;
        }
        known.with(|known| {
            let org = match known {
                Known::Here(seen) => match &seen.entity {
                    Entity::Organization(org) => Some(org.as_ref()),
                    _ => None,
                },
                Known::Absent => None,
                Known::Reading | Known::Newer => return None,
            };
            let terms = in_force.with(Terms::in_force);
            let may = |need: &Need| offers::may_take(need, org, &terms, &desk.actor(), desk.now());
            match shown.with(|s| s.need().map(may))? {
                Ok(()) => Some(Ok(())),
                // That nothing is left, or that it is not open, stands on the page.
                Err(
                    Rejection::Taken(_) | Rejection::NeedIs { .. } | Rejection::NotFound { .. },
                ) => None,
                Err(_) if org.is_none() => Some(Err(
                    "你们组织的资料还没有下载到这台设备，请同步后再接单。".to_owned(),
                )),
                Err(why) => Some(Err(why.sentence())),
            }
        })
    })
}

/// The orders on a need that this device may see, oldest first.
fn orders_on(desk: Desk, need: Memo<Option<NeedId>>) -> (Memo<Vec<Held>>, Memo<bool>) {
    let keys = move || {
        let Some(id) = need.get() else {
            return Vec::new();
        };
        let is_on = |facts: &domain::Facts| matches!(facts, domain::Facts::Order(order) if order.need == Some(id));
        desk.list(is_on).into_iter().map(|l| l.key).collect()
    };
    let found = desk.entities(keys);
    let read = Memo::new(move |_| found.with(Option::is_some));
    let held = Memo::new(move |_| {
        let waiting = desk.waiting();
        let mut held: Vec<Held> = found.with(|found| {
            let orders = found
                .iter()
                .flatten()
                .filter_map(|seen| match &seen.entity {
                    Entity::Order(order) => Some(order),
                    _ => None,
                });
            orders
                .map(|order| Held {
                    order: (**order).clone(),
                    unsent: waiting.iter().any(|p| {
                        let made = p.command.as_ref().ok().and_then(Command::order_made);
                        made == Some(order.id) || p.subject() == Some(Key::Order(order.id))
                    }),
                })
                .collect()
        });
        held.sort_by_key(|h| h.order.created_at);
        held
    });
    (held, read)
}

#[component]
fn NotHere(desk: Desk) -> impl IntoView {
    view! {
        <div class="empty">
            <h2>"这条需求不在这台设备上"</h2>
            <p>"可能已经撤回，也可能还没有同步到。有网时点“现在同步”再看一次。"</p>
            <p>{format!("现在登录的是“{}”。别人发来的链接，只有需求所在的村、县里和服务这个县的组织打得开；换了人登录的，请先换回来。", desk.actor().name)}</p>
            <button class="btn" on:click=move |_| desk.sync_now()>"现在同步"</button>
            <p><a class="link" href="/">"回到首页"</a></p>
        </div>
    }
}

/// What the need is.
#[component]
fn Facts(need: Need, settled: Need, withdrawing: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let role = desk.actor().role;
    let own = matches!(&role, Role::Village { place } if place.village == need.place.village);
    let screens = matches!(role, Role::Bureau { region, .. } if region.level() == Level::County);
    let today = desk.today();
    let id = need.id;
    let state = {
        let need = need.clone();
        move || {
            let (unsent, today) = (unsent(desk, id), desk.today());
            let mut pill = words::need_pill(&need, own, unsent.is_some());
            if unsent.as_ref().is_some_and(|c| c.order_made().is_some()) {
                pill.words = "等待确认";
            }
            let sentence = match (&unsent, own) {
                (Some(command), false) => Some(words::to(screens, words::unsent_sentence(command))),
                (_, true) => Some(words::need_sentence(&need, unsent.as_ref(), today)),
                (None, false) => None,
            };
            view! {
                <div class="row">
                    <span class=pill.class data-testid="need-state">{pill.words}</span>
                    <span class="meta">{words::time_left(need.content.deadline, today)}</span>
                </div>
                {sentence.map(|s| view! { <p>{s}</p> })}
            }
        }
    };
    let content = need.content.clone();
    let households = content
        .households
        .map(|h| format!("{} 户 · ", grouped(h.into())))
        .unwrap_or_default();
    let is_open = matches!(
        need.state,
        NeedState::Published { .. } | NeedState::Closed { .. }
    );
    let items = content
        .items
        .iter()
        .map(|item| {
            let all = item.unit.amount(item.quantity);
            let meant = settled.left(item).saturating_sub(need.left(item));
            let mut left = match (is_open, settled.left(item)) {
                (false, _) => all,
                (true, 0) => format!("{all}，都有人接了"),
                (true, left) => format!("{all}，还剩 {}", item.unit.amount(left)),
            };
            if meant > 0 {
                left.push_str(&format!("（你想接 {}，等待确认）", item.unit.amount(meant)));
            }
            view! { <div><span>{item.name.clone()}</span><span>{left}</span></div> }
        })
        .collect_view();
    let taken = words::taken_percent(&settled);
    let waits = words::taken_percent(&need).saturating_sub(taken);
    let contact = content.contact.clone().map(|contact| {
        view! {
            <dt>"联系人"</dt>
            <dd>
                <Call contact=contact />
            </dd>
        }
    });
    let is_screened = screens && may_return(&need, &desk.actor()).is_ok();
    view! {
        <section class="card">
            {state}
            {content.urgent.then(|| view! { <p><span class="pill is-alert">"急"</span></p> })}
            {(!content.details.is_empty()).then(|| view! { <p class="words">{content.details.clone()}</p> })}
            <div class="lines">{items}</div>
            {(!need.pledges.is_empty()).then(|| view! { <TakenBar percent=taken waits=waits disputed=need.is_disputed() /> })}
            <dl class="facts">
                <dt>"在哪里"</dt><dd>{need.place.line()}</dd>
                <dt>"类别"</dt><dd>{format!("{} · {}", content.topic.label(), content.help.label())}</dd>
                <dt>"最晚"</dt><dd>{words::day(content.deadline, today)}</dd>
                <dt>"受益"</dt><dd>{format!("{households}{} 人", grouped(content.persons.into()))}</dd>
                {content.budget.map(|b| view! { <dt>"大约要"</dt><dd>{b.to_string()}</dd> })}
                {contact}
            </dl>
            <Kin need=need.clone() />
            {own.then(|| view! { <OwnActs need=need.clone() withdrawing=withdrawing /> })}
            {is_screened.then(|| view! { <a class="btn is-quiet is-wide" href="/inbox">"去审核"</a> })}
            {more_acts(&need)}
        </section>
    }
}

/// What the village may do with its need.
#[component]
fn OwnActs(need: Need, withdrawing: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let (actor, now) = (desk.actor(), desk.now());
    let stage = need.state.stage();
    if matches!(
        stage,
        NeedStage::Withdrawn | NeedStage::Closed | NeedStage::Merged | NeedStage::Expired
    ) {
        return ().into_any();
    }
    let edit = match stage {
        NeedStage::Draft => "接着写",
        _ => "修改",
    };
    let may_edit = may_write_again(&need, &actor, now);
    let may_withdraw = may_withdraw(&need, &actor).is_ok();
    let id = need.id;
    view! {
        <div class="btn-row">
            {may_withdraw.then(|| view! {
                <button class="btn is-alert" on:click=move |_| withdrawing.set(true)>"撤回"</button>
            })}
            {may_edit.is_ok().then(|| view! {
                <a class="btn is-quiet is-main" href=format!("/needs/{id}/edit")>{edit}</a>
            })}
        </div>
        {may_edit.err().map(|why| view! { <p class="hint">{why.sentence()}</p> })}
        {(!may_withdraw).then(|| view! {
            <p class="hint">"已经有人接单，不能直接撤回。要撤回请先和对方商量，由对方放弃。"</p>
        })}
    }
    .into_any()
}

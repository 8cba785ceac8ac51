//! The page of one order: its lines, its history, and the forms for what comes next.

use crate::desk::{Desk, Known, use_desk};
use crate::orders::keeping::{Keeping, Questions};
use crate::orders::order_words::Told;
use crate::ui::call::Call;
use crate::ui::newer::Newer;
use crate::ui::not_answered::NotAnswered;
use crate::ui::order_lines::{Held, Orders};
use crate::ui::order_sheet::{DELIVER, OrderSheet, RELEASE, REPORT};
use crate::ui::shell::Shell;
use crate::ui::shell::path_id;
use crate::ui::steady::{Act, steady};
use crate::ui::story::happened;
use crate::ui::timeline::{Step, Timeline};
use crate::ui::trouble;
use crate::words;
use api::{ApiError, BrowseRequest};
use domain::asks::asks;
use domain::commands::ReleaseOrder;
use domain::orders::offers::{may_release, may_report};
use domain::orders::{OrderHappened, OrderStage, ReleaseReason};
use domain::reviews::offers::{may_review, side_of, use_question};
use domain::reviews::{Review, Side};
use domain::{
    Command, Contact, Entity, EntityKind, Facts, Key, Kind, Level, Millis, Order, OrderId, Origin,
    Role,
};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Asks the server for an order that this device does not keep.
async fn ask_for(desk: Desk, order: OrderId) -> Result<Option<Order>, ApiError> {
    let request = BrowseRequest {
        kind: Some(EntityKind::Order),
        id: Some(order.to_string()),
        ..BrowseRequest::default()
    };
    let told = desk.look_up(request).await?;
    Ok(told.answer.read_as().0.into_iter().next())
}

/// One order: what was promised, what happened, and what its holder does next. The village and the bureaus read it.
#[component]
pub fn OrderPage() -> impl IntoView {
    let desk = use_desk();
    let path_id = path_id::<OrderId>();
    let id = Memo::new(move |_| path_id);
    let known = desk.entity(move || id.get().map(Key::Order));
    // A city's and the province's officers keep no orders: they ask the server.
    let asks =
        matches!(desk.actor().role, Role::Bureau { region, .. } if region.level() < Level::County);
    let asked = RwSignal::new(None::<Result<Option<Order>, ApiError>>);
    let ask = move || {
        if let Some(id) = id.get_untracked().filter(|_| asks) {
            asked.set(None);
            spawn_local(async move {
                // The page may be gone by now.
                asked.try_set(Some(ask_for(desk, id).await));
            });
        }
    };
    ask();
    let order = Memo::new(move |_| {
        known.with(|known| match known {
            Known::Here(seen) => match &seen.entity {
                Entity::Order(order) => Some((**order).clone()),
                _ => None,
            },
            Known::Absent => asked.with(|asked| match asked {
                Some(Ok(order)) => order.clone(),
                _ => None,
            }),
            Known::Reading | Known::Newer => None,
        })
    });
    // The village's contact, which stands in its need or its pick; nothing until that was looked for.
    let looked = RwSignal::new(None::<Option<Contact>>);
    let ground = Memo::new(move |_| {
        order.with(|o| {
            let o = o.as_ref()?;
            Some(o.need.map(Key::Need).or(o.pick.map(Key::Pick)))
        })
    });
    Effect::new(move || {
        desk.track();
        if let Some(ground) = ground.get() {
            spawn_local(async move {
                let seen = match ground {
                    Some(ground) => desk.read(ground).await,
                    None => None,
                };
                let contact = match seen.map(|seen| seen.entity) {
                    Some(Entity::Need(need)) => need.content.contact,
                    Some(Entity::Pick(pick)) => pick.contact,
                    _ => None,
                };
                // The page may be gone by now.
                looked.try_set(Some(contact));
            });
        }
    });
    let contact = Memo::new(move |_| looked.get().flatten());
    // The page is shown only when the contact is read too, so that nothing moves (layout shift).
    let found = Memo::new(move |_| looked.with(Option::is_some) && order.with(Option::is_some));
    let absent = move || known.with(|known| matches!(known, Known::Absent));
    let title = move || {
        // The title comes from the summary, which is in memory before the order is read, so that the layout does not shift.
        let listed = id.get().and_then(|id| desk.list_item(&Key::Order(id)));
        let listed = listed.map(|listed| listed.summary.title().to_owned());
        let read = || order.with(|order| order.as_ref().map(|order| order.title.clone()));
        listed.or_else(read).unwrap_or_else(|| "接单".to_owned())
    };
    let is_holder = matches!(desk.actor().role, Role::Member { .. });
    let back = if is_holder { "/orders" } else { "/" };
    // The holder's next actions. While the order itself is unconfirmed, it can only be released.
    let open = Memo::new(move |_| {
        let may = |o: &Order| may_release(o, &desk.actor()).is_ok().then_some(o.id);
        let id = order.with(|o| o.as_ref().filter(|_| found.get()).and_then(may))?;
        Some((id, waits_for_taking(desk, id)))
    });
    let no_report = Memo::new(move |_| {
        let why = |o: &Order| may_report(o, &desk.actor(), desk.now()).err();
        order.with(|o| o.as_ref().and_then(why).map(|why| why.sentence()))
    });
    let works = Memo::new(move |_| open.get().and_then(|(id, waits)| (!waits).then_some(id)));
    let meant = move || open.get().and_then(|(id, waits)| waits.then_some(id));
    let trouble = RwSignal::new(None::<String>);
    let take_back = move |order: OrderId| {
        let release = ReleaseOrder {
            order,
            reason: ReleaseReason::ChangedMind,
            words: String::new(),
        };
        spawn_local(async move {
            let done = desk.submit(release).await;
            // The page may be gone by now.
            trouble.try_set(done.err().map(|error| trouble::sentence(&error)));
        });
    };
    let report = RwSignal::new(false);
    let deliver = RwSignal::new(false);
    let release = RwSignal::new(false);
    let actions = move || {
        works.get().map(|_| view! {
            {move || no_report.with(Option::is_none).then(|| view! {
                <button class="btn is-quiet" on:click=move |_| report.set(true)>"写进展"</button>
            })}
            <button class="btn is-main" on:click=move |_| deliver.set(true)>"报告已完成"</button>
        })
    };
    let give_back = move || {
        works.get().map(|_| view! {
            {move || no_report.get().map(|why| view! { <p class="note is-fact">{why}</p> })}
            <button class="btn is-alert is-wide" on:click=move |_| release.set(true)>"放弃这一单"</button>
        })
    };
    // A form that is open stays, whatever a colleague does with the order meanwhile.
    let over = Signal::derive(move || {
        let stage = order.with(|o| o.as_ref().map(|o| o.state.stage()))?;
        match stage {
            OrderStage::Active | OrderStage::Disputed => None,
            stage => Some(format!(
                "这一单现在是“{}”，可能是同事刚才办的，现在不能发了。",
                stage.label()
            )),
        }
    });
    let forms = is_holder.then(|| {
        view! {
            <OrderSheet form=&REPORT order=id open=report over=over />
            <OrderSheet form=&DELIVER order=id open=deliver over=over />
            <OrderSheet form=&RELEASE order=id open=release over=over />
        }
    });
    let page = move || {
        if found.get() {
            return view! { <Facts order=order contact=contact /> }.into_any();
        }
        if known.with(|known| matches!(known, Known::Newer)) {
            return view! { <Newer /> }.into_any();
        }
        if absent() && asks {
            match asked.get() {
                None => {
                    return view! { <div class="card skeleton" aria-busy="true"><i></i><i></i><i></i></div> }
                        .into_any();
                }
                Some(Err(error)) => {
                    let again = Callback::new(move |()| ask());
                    return view! { <NotAnswered error=error again=again /> }.into_any();
                }
                Some(Ok(_)) => {}
            }
        }
        if absent() && order.with(Option::is_none) {
            return view! {
                <div class="empty">
                    <h2>"这台设备上没有这一单"</h2>
                    <p>"可能还没有下载，或者你没有权限看。请连上网络同步后再看。"</p>
                    <button class="btn is-quiet" on:click=move |_| desk.sync_now()>"现在同步"</button>
                </div>
            }
            .into_any();
        }
        view! { <div class="card skeleton" aria-busy="true"><i></i><i></i><i></i></div> }.into_any()
    };
    view! {
        <Shell title=Signal::derive(title) back=back.to_owned() actions=ViewFn::from(move || view! { {actions} })>
            {move || found.get().then(|| view! { <Questions order=order contact=contact over=over /> })}
            {page}
            {move || found.get().then(|| view! { <Keeping order=order over=over /> })}
            {give_back}
            {forms}
            {move || meant().map(|id| {
                let ready = steady(|| ());
                view! {
                    <Act class="btn is-alert is-wide" ready=ready on_press=move |()| take_back(id)>"不接了"</Act>
                }
            })}
            <div role="alert">
                {move || trouble.get().map(|why| view! { <p class="note is-alert">{why}</p> })}
            </div>
        </Shell>
    }
}

fn waits_for_taking(desk: Desk, id: OrderId) -> bool {
    desk.own_commands_on(Key::Order(id))
        .iter()
        .any(|command| command.order_made().is_some())
}

#[component]
fn Facts(order: Memo<Option<Order>>, contact: Memo<Option<Contact>>) -> impl IntoView {
    let desk = use_desk();
    let unsent = Memo::new(move |_| {
        let key = order.with(|order| order.as_ref().map(|order| Key::Order(order.id)));
        key.map(|key| desk.own_commands_on(key)).unwrap_or_default()
    });
    let facts = move || {
        let unsent = unsent.get();
        // What is said of days is said anew when another one begins.
        let _today = desk.today();
        order
            .get()
            .map(|order| view! { <Shown order=order contact=contact unsent=unsent /> })
    };
    view! { {facts} }
}

#[component]
fn Shown(order: Order, contact: Memo<Option<Contact>>, unsent: Vec<Command>) -> impl IntoView {
    let desk = use_desk();
    let (today, now) = (desk.today(), desk.now());
    let told = Told::of(&order.summary().facts, unsent.last(), today, now);
    let is_holder = matches!(desk.actor().role, Role::Member { .. });
    let is_village = matches!(desk.actor().role, Role::Village { .. });
    let stage = order.state.stage();
    // The words are the holder's; others read the state and the timeline.
    let Told {
        class,
        state,
        sentence,
    } = told;
    let waits =
        stage == OrderStage::Active && unsent.iter().any(|command| command.order_made().is_some());
    let (cash, goods) = order.spent();
    let spent = Some(words::spent(cash, goods).join("，")).filter(|s| !s.is_empty());
    let village = move || {
        contact
            .get()
            .map(|contact| view! { <dt>"村里联系人"</dt><dd><Call contact=contact /></dd> })
    };
    let holder = order.contact.clone().filter(|_| !is_holder);
    // What the village confirms on the page of its need, it confirms here where there is none.
    let answers = (is_village && order.supply.is_some()).then(|| {
        let held = Held {
            order: order.clone(),
            unsent: !unsent.is_empty(),
        };
        view! { <Orders held=Memo::new(move |_| vec![held.clone()]) /> }
    });
    let took = match order.origin {
        Origin::Picked => "谁来做",
        Origin::Taken | Origin::Dispatched => "接单的",
    };
    view! {
        <div class="card" data-testid="order-state">
            <div class="row is-top">
                <b>{order.lines_words.clone()}</b>
                <span class=class>{state}</span>
            </div>
            {is_holder.then(|| view! { <p class="status">{sentence}</p> })}
        </div>
        {waits.then(|| view! {
            <p class="note is-wait">
                "已替你记下，这还不算接到。若被别人先接走，会马上告诉你，并推荐类似的需求。"
            </p>
        })}
        {dispute_note(&order)}
        {(is_village && stage == OrderStage::Delivered && order.supply.is_none()).then(|| view! {
            <p class="note is-you">"对方说已经做完了。看过以后，请到需求里点“确认做到了”，或者说哪里没有做到。"</p>
        })}
        <div class="card">
            <dl class="facts">
                <dt>"送到"</dt><dd>{order.place.line()}</dd>
                <dt>{took}</dt><dd><a href=format!("/organizations/{}", order.org)>{order.org_name.clone()}</a></dd>
                <dt>"说好"</dt><dd>{format!("{}交到村里", words::before(order.due, today))}</dd>
                {village}
                {holder.map(|contact| view! { <dt>"对方联系人"</dt><dd><Call contact=contact /></dd> })}
                {spent.map(|spent| view! { <dt>"投入"</dt><dd>{spent}</dd> })}
            </dl>
            {order.need.map(|need| view! { <a class="link" href=format!("/needs/{need}")>"看这条需求"</a> })}
            {order.supply.map(|supply| view! { <a class="link" href=format!("/supplies/{supply}")>"看这个供给项目"</a> })}
        </div>
        {answers}
        <Reviews order=order.clone()>
            <History order=order.clone() unsent=unsent.clone() />
        </Reviews>
    }
}

/// The way to one's own review, and what both sides say of it, as far as this person may read it: below what is there at once, since
/// it is read when the page is there already (layout shift).
#[component]
fn Reviews(order: Order, children: Children) -> impl IntoView {
    let desk = use_desk();
    let actor = desk.actor();
    let own = side_of(&order, &actor);
    let may = may_review(&order, &actor).is_ok();
    let is_asked = asks(&Facts::Order(order.summary().facts), &actor);
    let use_asked = own == Some(Side::Village) && use_question(&order).is_some();
    let marks = order.reviews.unwrap_or_default();
    let keys: Vec<Key> = [Side::Village, Side::Organization]
        .into_iter()
        .filter_map(|side| marks.of(side).map(Key::Review))
        .collect();
    let waits_for_other = move |shown: &[Review]| {
        own.is_some_and(|own| marks.of(own).is_some()) && shown.len() < 2 && !marks.over
    };
    let found = desk.entities(move || keys.clone());
    let one = |review: &Review| {
        let answers = review.by.questions().into_iter().zip(review.answers);
        let by = review.by;
        let answers = answers
            .enumerate()
            .map(|(n, (question, answer))| view! { <dt>{question}</dt><dd>{by.says(n, answer)}</dd> })
            .collect_view();
        let words = review.words.clone();
        view! {
            <div>
                <b>{format!("{}的评价", review.by.label())}</b>
                <dl class="facts">{answers}</dl>
                {(!words.is_empty()).then(|| view! { <p class="words">{words}</p> })}
            </div>
        }
    };
    let shown = move || {
        let reviews: Vec<Review> = found
            .get()
            .unwrap_or_default()
            .into_iter()
            .filter_map(|seen| match seen.entity {
                Entity::Review(review) => Some(*review),
                _ => None,
            })
            .collect();
        let hidden = waits_for_other(&reviews);
        (!reviews.is_empty()).then(|| {
            view! {
                <section class="card list" aria-label="评价" data-testid="reviews">
                    {reviews.iter().map(one).collect_view()}
                    {hidden.then(|| view! {
                        <p class="hint">"对方也评了，或者办完满 14 天，双方和主管部门才看得到。"</p>
                    })}
                </section>
            }
        })
    };
    let id = order.id;
    view! {
        {use_asked.then(|| view! { <a class="btn is-wide" href=format!("/orders/{id}/use")>"还在用吗？回一句"</a> })}
        {may.then(|| {
            let class = if is_asked { "btn is-wide" } else { "btn is-quiet is-wide" };
            view! { <a class=class href=format!("/orders/{id}/review")>"评一评这一单"</a> }
        })}
        {children()}
        {shown}
    }
}

fn dispute_note(order: &Order) -> Option<impl IntoView + use<>> {
    let domain::OrderState::Disputed { reason, .. } = &order.state else {
        return None;
    };
    let reason = reason.clone();
    Some(view! {
        <div class="note is-alert">
            <b>"村里说没做到："</b>
            <p class="words">{reason}</p>
        </div>
    })
}

/// Reports and events in one line of time.
#[component]
fn History(order: Order, unsent: Vec<Command>) -> impl IntoView {
    let desk = use_desk();
    let now = desk.now();
    // Pending events carry the phone's time and are marked as unsent. Each own mutation except a report is one event, so the last
    // events are the unsent ones.
    let acts = unsent
        .iter()
        .filter(|command| !matches!(command, Command::ReportProgress(_)))
        .count();
    let sent = order.history.len().saturating_sub(acts);
    let waiting: Vec<_> = unsent
        .into_iter()
        .filter_map(|command| match command {
            Command::ReportProgress(c) => Some(c.progress),
            _ => None,
        })
        .collect();
    let events = order.history.iter().enumerate().map(|(n, event)| {
        let (class, words) = happened(&event.what, &order);
        match (n < sent, &event.what) {
            (true, _) => (event.at, class, words, String::new()),
            (false, OrderHappened::Taken) => {
                let words = format!("{}想接：{}", order.org_name, order.lines_words);
                (event.at, "is-wait", words, "等待确认".to_owned())
            }
            (false, _) => (event.at, "is-wait", words, "等待发送".to_owned()),
        }
    });
    let reports = order.progress.iter().map(|p| {
        let unsent = waiting.contains(&p.id);
        let class = if unsent { "is-wait" } else { "is-done" };
        let mut facts = vec![words::reported(p)];
        facts.extend(unsent.then(|| "等待发送".to_owned()));
        facts.retain(|fact| !fact.is_empty());
        let words = format!("进展：{}", p.text.trim());
        (p.at, class, words, facts.join(" · "))
    });
    let mut dated: Vec<_> = events.chain(reports).collect();
    dated.sort_by_key(|(at, ..)| *at);
    let step = |(at, class, words, facts): (Millis, _, _, String)| {
        let mut meta = words::moment(at, now);
        if !facts.is_empty() {
            meta = format!("{meta} · {facts}");
        }
        Step { class, words, meta }
    };
    let next = next_step(order.state.stage()).map(|words| Step {
        class: "is-next",
        words: words.to_owned(),
        meta: String::new(),
    });
    let steps: Vec<Step> = dated.into_iter().map(step).chain(next).collect();
    view! {
        <section class="card" aria-label="经过">
            <h2>"经过"</h2>
            <Timeline steps=steps />
        </section>
    }
}

fn next_step(stage: OrderStage) -> Option<&'static str> {
    match stage {
        OrderStage::Active | OrderStage::Disputed => Some("做完后报告已完成，村里再确认"),
        OrderStage::Delivered => Some("村里看过后确认"),
        OrderStage::Confirmed | OrderStage::Released | OrderStage::Lapsed => None,
    }
}

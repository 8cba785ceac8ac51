//! One supply: what it offers, and what this person may do with it.

use crate::desk::acts::Recallable;
use crate::desk::{Desk, Known, use_desk};
use crate::supplies::answer_sheets::{AcceptSheet, Answering, DeclineSheet, answer_again};
use crate::supplies::cards::{left_words, picks, supply_pill};
use crate::supplies::pick_sheet::PickSheet;
use crate::supplies::screening::{ReturnSheet, agree, return_again};
use crate::ui::call::Call;
use crate::ui::need_row::waits;
use crate::ui::newer::Newer;
use crate::ui::put_away::PutAway;
use crate::ui::sheet::Sheet;
use crate::ui::shell::{Shell, path_id};
use crate::ui::steady::{Act, steady};
use crate::ui::story::{Told, beyond};
use crate::ui::timeline::{Step, Timeline};
use crate::ui::trouble;
use crate::ui::undo::Undo;
use crate::words;
use domain::commands::{EndSupply, PauseSupply, ResumeSupply, WithdrawPick};
use domain::organizations::OrgStage;
use domain::picks::offers::{may_accept, may_decline, may_withdraw};
use domain::picks::{PickStage, PickState};
use domain::supplies::offers::{
    may_end, may_pause, may_pick, may_publish, may_resume, may_screen, may_write_again,
};
use domain::supplies::{SupplyEvent, SupplyHappened};
use domain::terms::Terms;
use domain::{
    Command, Entity, Facts, Key, Kind as _, Order, Organization, Pick, Rejection, Revision, Role,
    Supply, SupplyId, SupplyState,
};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// One supply as it is shown, and what hangs on it.
#[derive(Clone, Copy)]
struct Page {
    desk: Desk,
    supply: Memo<Option<Supply>>,
    /// The picks of it that this device holds.
    picks: Memo<Vec<Pick>>,
    /// The organization of the member who looks.
    org: Memo<Option<Organization>>,
    trouble: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
}

impl Page {
    fn new(desk: Desk, id: Option<SupplyId>, known: ReadSignal<Known, LocalStorage>) -> Self {
        let supply = Memo::new(move |_| {
            known.with(|known| match known {
                Known::Here(seen) => match &seen.entity {
                    Entity::Supply(supply) => Some((**supply).clone()),
                    _ => None,
                },
                Known::Reading | Known::Absent | Known::Newer => None,
            })
        });
        let on_it = desk.entities(move || {
            let fits =
                |facts: &Facts| matches!(facts, Facts::Pick(pick) if Some(pick.supply) == id);
            desk.list(fits).into_iter().map(|item| item.key).collect()
        });
        let picks = Memo::new(move |_| {
            let mut picks: Vec<Pick> = on_it.with(|found| {
                let all = found.iter().flatten();
                all.filter_map(|seen| match &seen.entity {
                    Entity::Pick(pick) => Some((**pick).clone()),
                    _ => None,
                })
                .collect()
            });
            picks.sort_by_key(|pick| (pick.state != PickState::Proposed, pick.created_at, pick.id));
            picks
        });
        let org = desk.own_organization();
        Self {
            desk,
            supply,
            picks,
            org,
            trouble: RwSignal::new(None),
            busy: RwSignal::new(false),
        }
    }

    /// Keeps what the person did, or says why not.
    fn submit(self, command: impl Into<Command>) {
        if self.busy.get_untracked() {
            return;
        }
        let command = command.into();
        self.busy.set(true);
        self.trouble.set(None);
        spawn_local(async move {
            if let Err(error) = self.desk.submit(command).await {
                self.trouble.try_set(Some(trouble::sentence(&error)));
            }
            self.busy.try_set(false);
        });
    }

    /// What the rules say to something about the supply as it stands. Tracked.
    fn may<T: Send + Sync + 'static>(
        self,
        ask: fn(&Supply, &domain::Actor, domain::Millis) -> Result<T, Rejection>,
    ) -> Result<(), Option<Rejection>> {
        let (actor, now) = (self.desk.actor(), self.desk.now());
        self.supply.with(|supply| {
            let supply = supply.as_ref().ok_or(None)?;
            ask(supply, &actor, now).map(drop).map_err(Some)
        })
    }

    /// Whether its organization may be asked for anything new: not while it is suspended, as far as this device knows. Tracked.
    fn may_be_asked(self) -> bool {
        let org = self.supply.with(|supply| supply.as_ref().map(|s| s.org));
        let item = org.and_then(|org| self.desk.list_item(&Key::Organization(org)));
        let org = item.and_then(|item| item.summary.organization().map(|org| org.facts.stage));
        org != Some(OrgStage::Suspended)
    }

    fn revision(self) -> Option<(SupplyId, Revision)> {
        self.supply
            .with(|supply| supply.as_ref().map(|s| (s.id, s.revision)))
    }
}

/// One supply.
#[component]
pub fn SupplyPage() -> impl IntoView {
    let desk = use_desk();
    let id = path_id::<SupplyId>();
    let known = desk.entity_or_told(id.map(Key::Supply));
    let page = Page::new(desk, id, known);
    let title = move || {
        // The title comes from the summary, which is in memory before the supply is read.
        let listed = id.and_then(|id| desk.list_item(&Key::Supply(id)));
        let listed = listed.map(|item| item.summary.title().to_owned());
        let read = || {
            page.supply
                .with(|s| s.as_ref().map(|s| s.content.title.clone()))
        };
        listed.or_else(read).unwrap_or("供给项目".to_owned())
    };
    let here = Memo::new(move |_| page.supply.with(Option::is_some));
    let body = move || {
        if here.get() {
            return view! { <Here page=page /> }.into_any();
        }
        known.with(|known| match known {
            Known::Newer => view! { <Newer /> }.into_any(),
            Known::Absent => view! {
                <div class="empty">
                    <h2>"这台设备上没有这个项目"</h2>
                    <p>"可能已经结束，可能不到你们这里，也可能还没有下载。请连上网络同步后再看。"</p>
                    <button class="btn is-quiet" on:click=move |_| desk.sync_now()>"现在同步"</button>
                </div>
            }
            .into_any(),
            Known::Reading | Known::Here(_) => view! {
                <div class="card skeleton" aria-busy="true"><i></i><i></i><i></i></div>
            }
            .into_any(),
        })
    };
    let role = desk.actor().role;
    let picking = RwSignal::new(false);
    let returning = RwSignal::new(false);
    let screened = RwSignal::new(None);
    let actions = move || match &role {
        Role::Village { .. } => view! { <PickButton page=page open=picking /> }.into_any(),
        Role::Bureau { .. } => {
            view! { <Decide page=page screened=screened returning=returning /> }.into_any()
        }
        _ => ().into_any(),
    };
    view! {
        <Shell title=Signal::derive(title) back="/supplies".to_owned() actions=ViewFn::from(actions)>
            {body}
            <div role="alert">
                {move || page.trouble.get().map(|why| view! { <p class="note is-alert">{why}</p> })}
            </div>
            <PickSheet supply=page.supply.into() open=picking />
            <ReturnSheet screened=screened open=returning />
        </Shell>
    }
}

/// The village's button. It stands there only while a pick would be taken.
#[component]
fn PickButton(page: Page, open: RwSignal<bool>) -> impl IntoView {
    let asked = move || {
        page.picks.with(|picks| {
            let actor = page.desk.actor();
            picks.iter().any(|p| may_withdraw(p, &actor).is_ok())
        })
    };
    let offered = Memo::new(move |_| {
        page.may(|s, a, n| may_pick(s, a, n).map(drop)).is_ok() && page.may_be_asked() && !asked()
    });
    move || {
        offered.get().then(|| {
            view! {
                <button class="btn is-main" on:click=move |_| open.set(true)>"点这个项目"</button>
            }
        })
    }
}

/// The bureau's two buttons.
#[component]
fn Decide(
    page: Page,
    screened: RwSignal<Option<(SupplyId, Revision)>>,
    returning: RwSignal<bool>,
) -> impl IntoView {
    // What the server only told is not decided here: it is on the devices of the bureau that registered the organization.
    let is_kept = move || {
        let id = page.supply.with(|s| s.as_ref().map(|s| s.id));
        id.is_some_and(|id| page.desk.list_item(&Key::Supply(id)).is_some())
    };
    let returns = Memo::new(move |_| page.may(|s, a, _| may_screen(s, a)).is_ok() && is_kept());
    let publishes = Memo::new(move |_| page.may(may_publish).is_ok() && page.may_be_asked());
    let revision = Memo::new(move |_| page.revision());
    // What was just rewritten is read before anything is decided about it.
    let still = steady(move || revision.track());
    let ready = Signal::derive(move || still.get() && !page.busy.get());
    move || {
        returns.get().then(|| view! {
            <Act class="btn is-quiet" ready=ready on_press=move |()| {
                screened.set(page.supply.with_untracked(|s| s.as_ref().map(|s| (s.id, s.revision))));
                returning.set(true);
            }>"退回修改"</Act>
            {publishes.get().then(|| view! {
                <Act class="btn is-main" ready=ready on_press=move |()| {
                    let shown = page.supply.with_untracked(|s| s.as_ref().map(|s| (s.id, s.revision)));
                    if let Some((supply, seen)) = shown {
                        page.submit(agree(supply, seen));
                    }
                }>"同意发布"</Act>
            })}
        })
    }
}

#[component]
fn Here(page: Page) -> impl IntoView {
    let role = page.desk.actor().role;
    let own = move || match &role {
        Role::Village { .. } => view! { <Village page=page /> }.into_any(),
        Role::Member { org, .. } => {
            let is_own = page
                .supply
                .with_untracked(|s| s.as_ref().is_some_and(|s| s.org == *org));
            is_own
                .then(|| view! { <Organization page=page /> })
                .into_any()
        }
        Role::Bureau { .. } => view! { <Bureau page=page /> }.into_any(),
        Role::Applicant | Role::Administrator => ().into_any(),
    };
    view! {
        <Refused page=page />
        <State page=page />
        {own}
        <FactsOf page=page />
        <OnPaper page=page />
        <History page=page />
    }
}

/// The way to its printed sheet, once others may read it.
#[component]
fn OnPaper(page: Page) -> impl IntoView {
    move || {
        let draft = |supply: &Supply| supply.state == SupplyState::Draft;
        let id = page
            .supply
            .with(|s| s.as_ref().filter(|s| !draft(s)).map(|s| s.id))?;
        Some(view! {
            <p class="links"><a class="link" href=format!("/supplies/{id}/sheet")>"打印、分享"</a></p>
        })
    }
}

/// What this person did about it that the server has refused.
#[component]
fn Refused(page: Page) -> impl IntoView {
    let desk = page.desk;
    let refused = Memo::new(move |_| {
        let id = page.supply.with(|s| s.as_ref().map(|s| s.id))?;
        let picks: Vec<Key> = page
            .picks
            .with(|all| all.iter().map(|p| Key::Pick(p.id)).collect());
        let about = |command: &Command| match command {
            Command::PickSupply(pick) => pick.supply == id,
            other => other.subject() == Key::Supply(id) || picks.contains(&other.subject()),
        };
        let told = desk.notices().into_iter().filter_map(|notice| {
            let command = notice.entry.command().ok().filter(|c| about(c))?;
            let words = words::act(&command, None);
            Some((notice.entry.id, words, notice.refused.message))
        });
        Some(told.collect::<Vec<_>>())
    });
    view! {
        <For each=move || refused.get().unwrap_or_default() key=|(id, ..)| *id let:one>
            <div class="note is-alert" role="group" aria-label="没有成功" data-testid="rejection">
                <p><b>{format!("{}没有成功：", one.1)}</b>{one.2}</p>
                <PutAway id=one.0 class="link" />
            </div>
        </For>
    }
}

/// Where it stands.
#[component]
fn State(page: Page) -> impl IntoView {
    let is_village = matches!(page.desk.actor().role, Role::Village { .. });
    move || {
        let supply = page.supply.get()?;
        let facts = supply.summary().facts;
        let unsent = waits(page.desk, Key::Supply(supply.id));
        let (class, pill) = match unsent {
            true => ("pill is-wait", "等待发送".to_owned()),
            false => supply_pill(&facts),
        };
        let time = words::time_left(supply.content.to, page.desk.today());
        let returned = match &supply.state {
            SupplyState::Returned { reason, words, .. } => Some(match words.trim() {
                "" => format!("民政部门退回修改：{}", reason.label()),
                words => format!("民政部门退回修改：{words}"),
            }),
            _ => None,
        };
        let sentence = match &supply.state {
            SupplyState::Submitted { .. } if supply.was_published() && is_village => Some(
                "对方正在改这个项目，改好、审核好以前先不能点。下面是原来发布的；你们点过的，照原来的算。",
            ),
            SupplyState::Submitted { .. } if supply.was_published() => Some(
                "改过以后，正在等民政部门重新审核；审核好以前，村里先不能点。点过的村看到的还是原来的，照原来的算。",
            ),
            SupplyState::Submitted { .. } => Some("等登记地的民政部门审核。"),
            SupplyState::Paused { .. } => Some("这家组织暂时不接受新的点单。"),
            SupplyState::Ended { .. } => Some("已经结束，不再接受点单；答应了的会接着做。"),
            _ => None,
        };
        Some(view! {
            <div class="row">
                <span class=class data-testid="supply-state">{pill}</span>
                <span class="meta">{time}</span>
            </div>
            {returned.map(|words| view! { <p class="note is-alert words">{words}</p> })}
            {sentence.map(|words| view! { <p>{words}</p> })}
        })
    }
}

/// What it offers, in the order in which a village asks.
#[component]
fn FactsOf(page: Page) -> impl IntoView {
    move || {
        let supply = page.supply.get()?;
        let today = page.desk.today();
        let content = supply.content.clone();
        let per_place = supply.content.words_of(1);
        let places = format!("共 {} 个，{}", content.places, left_words(supply.left()));
        let regions: Vec<String> = content.regions.iter().map(|r| r.name.clone()).collect();
        let money = match content.cost {
            Some(cost) => format!("每村大约 {cost} · {}", content.source.label()),
            None => content.source.label().to_owned(),
        };
        let period = format!(
            "{} 到 {}",
            words::day(content.from, today),
            words::day(content.to, today)
        );
        let kind = format!(
            "{} · {} · {}",
            content.action.label(),
            content.topic.label(),
            content.help.label()
        );
        let written = |name: &'static str, words: String| {
            (!words.trim().is_empty())
                .then(|| view! { <dt>{name}</dt><dd class="words">{words}</dd> })
        };
        Some(view! {
            <section class="card" aria-label="项目内容">
                <p class="words">{content.offer.clone()}</p>
                <dl class="facts">
                    <dt>"谁提供"</dt><dd>{supply.org_name.clone()}</dd>
                    <dt>"每村给"</dt><dd>{per_place}</dd>
                    <dt>"名额"</dt><dd data-testid="places">{places}</dd>
                    {written("村里要准备", content.conditions)}
                    <dt>"什么时候"</dt><dd>{period}</dd>
                    <dt>"能去哪里"</dt><dd>{regions.join("、")}</dd>
                    <dt>"钱从哪来"</dt><dd>{money}</dd>
                    <dt>"哪一类"</dt><dd>{kind}</dd>
                    {written("谁来做", content.team)}
                    {written("以前做成的", content.cases)}
                </dl>
            </section>
        })
    }
}

/// A village's own picks of it, or why it may not pick.
#[component]
fn Village(page: Page) -> impl IntoView {
    let desk = page.desk;
    let own = move || {
        let Role::Village { place } = desk.actor().role else {
            return Vec::new();
        };
        let mut own = page.picks.get();
        own.retain(|pick| pick.place.village == place.village);
        own
    };
    let why_not = move || {
        let why = match page.may(|s, a, n| may_pick(s, a, n).map(drop)) {
            Err(Some(Rejection::AlreadyPicked) | None) => return None,
            Err(Some(why)) => why.sentence(),
            Ok(()) if page.may_be_asked() => return None,
            Ok(()) => "这家组织暂停接单了，现在点不了单。".to_owned(),
        };
        Some(view! { <p class="note is-fact">{why}</p> })
    };
    let cards = move || {
        own()
            .into_iter()
            .map(|pick| view! { <OwnPick page=page pick=pick /> })
            .collect_view()
    };
    view! { {why_not}{cards} }
}

#[component]
fn OwnPick(page: Page, pick: Pick) -> impl IntoView {
    let desk = page.desk;
    let unsent = waits(desk, Key::Pick(pick.id));
    let stage = pick.state.stage();
    let card = picks(desk, |facts| facts.supply == pick.supply)
        .into_iter()
        .find(|card| card.id == pick.id);
    let (class, words) = card.map_or(("pill", stage.label()), |card| card.pill());
    let sentence = match &pick.state {
        PickState::Proposed if unsent => {
            "点单保存在这部手机上，还没有发出去，还不算点到。".to_owned()
        }
        PickState::Proposed => "已经发给对方，答应以后才算。".to_owned(),
        PickState::Accepted { places, .. } if *places < pick.places => {
            format!("你们要 {} 个名额，对方答应了 {places} 个。", pick.places)
        }
        PickState::Accepted { .. } => "对方都答应了。".to_owned(),
        PickState::Declined { reason, words, .. } => match words.trim() {
            "" => format!("对方说：{}。", reason.label()),
            words => format!("对方说：{}。{words}", reason.label()),
        },
        PickState::Withdrawn { .. } => "你们撤回了。".to_owned(),
    };
    let order = match pick.state {
        PickState::Accepted { order, .. } => Some(order),
        _ => None,
    };
    let may = may_withdraw(&pick, &desk.actor()).is_ok();
    let still = steady(|| ());
    let ready = Signal::derive(move || still.get() && !page.busy.get());
    let id = pick.id;
    view! {
        <section class="card" aria-label="我们点的" data-testid="own-pick">
            <div class="row is-top"><h3>{format!("我们点了：{}", pick.wanted)}</h3><span class=class>{words}</span></div>
            {(!pick.words.is_empty()).then(|| view! { <p class="words meta">{pick.words.clone()}</p> })}
            <p class="status">{sentence}</p>
            {order.map(|order| view! { <a class="btn is-quiet is-wide" href=format!("/orders/{order}")>"看这一单"</a> })}
            {may.then(|| view! {
                <Act class="btn is-quiet is-wide" ready=ready on_press=move |()| page.submit(WithdrawPick { pick: id })>
                    "撤回点单"
                </Act>
            })}
        </section>
    }
}

/// What its organization may do: answer picks, change it, pause it, end it.
#[component]
fn Organization(page: Page) -> impl IntoView {
    let answering = RwSignal::new(None::<Answering>);
    let (accepting, declining, ending) = (
        RwSignal::new(false),
        RwSignal::new(false),
        RwSignal::new(false),
    );
    let cards = move || {
        let live =
            page.picks.get().into_iter().filter(|pick| {
                matches!(pick.state, PickState::Proposed | PickState::Accepted { .. })
            });
        live.map(|pick| view! {
            <ToAnswer page=page pick=pick answering=answering accepting=accepting declining=declining />
        })
        .collect_view()
    };
    let id = move || page.supply.with(|s| s.as_ref().map(|s| s.id));
    let still = steady(|| ());
    let ready = Signal::derive(move || still.get() && !page.busy.get());
    let writes = Memo::new(move |_| page.may(may_write_again).is_ok());
    let pauses = Memo::new(move |_| page.may(may_pause).is_ok());
    let resumes = Memo::new(move |_| page.may(may_resume).is_ok() && page.may_be_asked());
    let ends = Memo::new(move |_| page.may(|s, a, _| may_end(s, a)).is_ok());
    let end = move |()| {
        if let Some(supply) = page.supply.with_untracked(|s| s.as_ref().map(|s| s.id)) {
            page.submit(EndSupply { supply });
            ending.set(false);
        }
    };
    view! {
        {cards}
        <Decided page=page />
        <div class="btn-row">
            {move || writes.get().then(|| view! {
                <a class="btn is-quiet" href=id().map(|id| format!("/supplies/{id}/edit"))>"修改"</a>
            })}
            {move || pauses.get().then(|| view! {
                <Act class="btn is-quiet" ready=ready on_press=move |()| {
                    if let Some(supply) = page.supply.with_untracked(|s| s.as_ref().map(|s| s.id)) {
                        page.submit(PauseSupply { supply });
                    }
                }>"暂停点单"</Act>
            })}
            {move || resumes.get().then(|| view! {
                <Act class="btn is-quiet" ready=ready on_press=move |()| {
                    if let Some(supply) = page.supply.with_untracked(|s| s.as_ref().map(|s| s.id)) {
                        page.submit(ResumeSupply { supply });
                    }
                }>"恢复点单"</Act>
            })}
            {move || ends.get().then(|| view! {
                <button class="btn is-quiet" type="button" on:click=move |_| ending.set(true)>"结束"</button>
            })}
        </div>
        <AcceptSheet answering=answering open=accepting />
        <DeclineSheet answering=answering open=declining />
        <Sheet open=ending title="结束这个项目？">
            {move || {
                let steady = steady(|| ());
                view! {
                    <p>"结束以后村里看不到它，也不能再点，不能恢复。答应了的单要接着做完；没有答复的点单请一份份婉拒。"</p>
                    <div class="btn-row">
                        <Act class="btn is-alert" ready=steady on_press=end>"确定结束"</Act>
                        <button class="btn is-main" type="button" on:click=move |_| ending.set(false)>"先留着"</button>
                    </div>
                }
            }}
        </Sheet>
    }
}

#[component]
fn ToAnswer(
    page: Page,
    pick: Pick,
    answering: RwSignal<Option<Answering>>,
    accepting: RwSignal<bool>,
    declining: RwSignal<bool>,
) -> impl IntoView {
    let desk = page.desk;
    let unsent = waits(desk, Key::Pick(pick.id));
    let (class, pill) = match (unsent, pick.state.stage()) {
        (true, _) => ("pill is-wait", "等待发送"),
        (_, PickStage::Proposed) => ("pill is-you", "等你们答复"),
        (_, PickStage::Accepted) => ("pill is-done", "你们答应了"),
        (_, stage) => ("pill", stage.label()),
    };
    let why_not = {
        let pick = pick.clone();
        let village = pick.place.village;
        let in_force = desk.in_force(move || Some(village));
        Memo::new(move |_| {
            let (supply, org) = (page.supply.get()?, page.org.get());
            let terms = in_force.with(Terms::in_force);
            may_accept(&pick, &supply, org.as_ref(), &terms, &desk.actor())
                .err()
                .map(|why| why.sentence())
        })
    };
    let asks = may_decline(&pick, &desk.actor()).is_ok();
    let begin = {
        let pick = pick.clone();
        move || {
            let now = page
                .supply
                .with_untracked(|s| s.as_ref().map(|s| (s.offered().1, s.left())));
            answering.set(now.map(|(seen, left)| Answering {
                pick: pick.clone(),
                seen,
                left,
            }));
        }
    };
    let begin_no = begin.clone();
    let order = match pick.state {
        PickState::Accepted { order, .. } => Some(order),
        _ => None,
    };
    // While a change waits for the bureau, the pick rests on what was published before it.
    let rests_on = (pick.state.stage() == PickStage::Proposed)
        .then(|| {
            page.supply.with_untracked(|s| {
                let supply = s.as_ref()?;
                supply.published.as_ref()?;
                let (content, _) = supply.offered();
                Some(format!(
                    "这份点单照改之前的算：{}，每村{}。",
                    content.title,
                    content.words_of(1)
                ))
            })
        })
        .flatten();
    let wants = match &pick.state {
        PickState::Accepted { places, .. } => {
            format!("要 {} 个名额，答应了 {places} 个", pick.places)
        }
        _ => format!("要 {} 个名额：{}", pick.places, pick.wanted),
    };
    view! {
        <section class="card" aria-label=pick.place.village_name.clone() data-testid="asked-pick">
            <div class="row is-top"><h3>{pick.place.village_name.clone()}</h3><span class=class>{pill}</span></div>
            <p class="meta">{pick.place.line()}</p>
            <p>{wants}</p>
            {rests_on.map(|words| view! { <p class="note is-fact">{words}</p> })}
            {(!pick.words.is_empty()).then(|| view! { <p class="words">{format!("“{}”", pick.words)}</p> })}
            {pick.contact.clone().map(|contact| view! { <p>"联系人："<Call contact=contact /></p> })}
            {order.map(|order| view! { <a class="btn is-quiet is-wide" href=format!("/orders/{order}")>"打开这一单"</a> })}
            {asks.then(|| view! {
                {move || why_not.get().map(|why| view! { <p class="note is-fact">{why}</p> })}
                <div class="btn-row">
                    <button class="btn is-quiet" type="button" on:click=move |_| {
                        begin_no();
                        declining.set(true);
                    }>"婉拒"</button>
                    {move || {
                        let begin = begin.clone();
                        why_not.with(Option::is_none).then(|| view! {
                            <button class="btn is-main" type="button" on:click=move |_| {
                                begin();
                                accepting.set(true);
                            }>"答应"</button>
                        })
                    }}
                </div>
            })}
        </section>
    }
}

/// The own decisions on it or its picks that can still be recalled.
#[component]
fn Decided(page: Page) -> impl IntoView {
    let desk = page.desk;
    let found = Memo::new(move |_| {
        let supply = page.supply.with(|s| s.as_ref().map(|s| Key::Supply(s.id)));
        let picks: Vec<Key> = page
            .picks
            .with(|all| all.iter().map(|p| Key::Pick(p.id)).collect());
        let mut all = desk.recallable();
        all.retain(|r| {
            let subject = r.command.subject();
            Some(subject) == supply || picks.contains(&subject)
        });
        all
    });
    let line = move |Recallable { id, command }: Recallable| {
        let said = words::act(&command, None);
        let again = move |()| {
            let command = command.clone();
            let pick = page.picks.with_untracked(|all| {
                let subject = command.subject();
                all.iter().find(|p| Key::Pick(p.id) == subject).cloned()
            });
            spawn_local(async move {
                match pick {
                    Some(pick) => answer_again(desk, &pick, &command).await,
                    None => return_again(desk, &command).await,
                }
            });
        };
        view! { <p class="row" role="status"><span>{format!("你点了“{said}”。")}</span><Undo id=id on_recalled=again /></p> }
    };
    move || found.get().into_iter().map(line).collect_view()
}

/// What an officer reads before deciding: what was changed since it was published, and who picked.
#[component]
fn Bureau(page: Page) -> impl IntoView {
    let changed = move || {
        let supply = page.supply.get()?;
        let again = matches!(supply.state, SupplyState::Submitted { .. }) && supply.was_sent();
        let last = supply.rewritten.last().filter(|_| again)?;
        let lines = last
            .changed
            .iter()
            .map(domain::revision::Changed::words)
            .collect::<Vec<_>>();
        Some(view! {
            <div class="note is-you">
                <b>"这次改了："</b>
                <ul>{lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
            </div>
        })
    };
    let why_not = move || {
        let (returns, publishes) = (page.may(|s, a, _| may_screen(s, a)), page.may(may_publish));
        let why = match (returns, publishes) {
            (Ok(()), Ok(())) if !page.may_be_asked() => {
                "这家组织暂停接单了，恢复以后才能发布。".to_owned()
            }
            (Ok(()), Err(Some(why))) => why.sentence(),
            _ => return None,
        };
        Some(view! { <p class="note is-fact">{why}</p> })
    };
    view! { {changed}{why_not}<Decided page=page /> }
}

/// What happened to it, and to the orders on it that this device holds.
#[component]
fn History(page: Page) -> impl IntoView {
    let desk = page.desk;
    let held = desk.entities(move || {
        let id = page.supply.with(|s| s.as_ref().map(|s| s.id));
        let on_it =
            |facts: &Facts| matches!(facts, Facts::Order(o) if id.is_some() && o.supply == id);
        desk.list(on_it).into_iter().map(|item| item.key).collect()
    });
    move || {
        let supply = page.supply.get()?;
        let now = desk.now();
        let orders: Vec<Order> = held.with(|held| {
            let held = held.iter().flatten();
            held.filter_map(|seen| match &seen.entity {
                Entity::Order(order) => Some((**order).clone()),
                _ => None,
            })
            .collect()
        });
        // An order that is here tells this itself, with the village's words.
        let told_by_orders = |what: &SupplyHappened| match what {
            SupplyHappened::ReviewsOpened { village_name }
            | SupplyHappened::UseAsked { village_name, .. }
            | SupplyHappened::StillInUse { village_name, .. } => orders
                .iter()
                .any(|order| order.place.village_name == *village_name),
            _ => false,
        };
        let events = supply.history.iter().filter(|e| !told_by_orders(&e.what));
        let own = events.map(|event: &SupplyEvent| {
            let (class, words) = happened(&event.what);
            Told {
                at: event.at,
                class,
                words,
                more: String::new(),
            }
        });
        let many = orders.len() > 1;
        let of_orders = orders.iter().flat_map(|order| {
            let village = order.place.village_name.clone();
            beyond(order).into_iter().map(move |mut told| {
                if many {
                    told.words = format!("{village}：{}", told.words);
                }
                told
            })
        });
        let mut all: Vec<Told> = own.chain(of_orders).collect();
        all.sort_by_key(|told| told.at);
        let steps: Vec<Step> = all
            .into_iter()
            .map(|told| Step {
                class: told.class,
                words: told.words,
                meta: match told.more.as_str() {
                    "" => words::moment(told.at, now),
                    more => format!("{} · {more}", words::moment(told.at, now)),
                },
            })
            .collect();
        (!steps.is_empty()).then(|| {
            view! {
                <section class="card" aria-label="经过">
                    <h2>"经过"</h2>
                    <Timeline steps=steps />
                </section>
            }
        })
    }
}

fn happened(what: &SupplyHappened) -> (&'static str, String) {
    match what {
        SupplyHappened::Submitted => ("is-fact", "发去审核".to_owned()),
        SupplyHappened::Changed => ("is-fact", "改了一些内容".to_owned()),
        SupplyHappened::Returned { words, reason, .. } => (
            "is-alert",
            match words.trim() {
                "" => format!("退回修改：{}", reason.label()),
                words => format!("退回修改：{words}"),
            },
        ),
        SupplyHappened::Published { .. } => ("is-done", "审核通过，发布了".to_owned()),
        SupplyHappened::Paused => ("is-fact", "暂停点单".to_owned()),
        SupplyHappened::Resumed => ("is-fact", "恢复点单".to_owned()),
        SupplyHappened::Picked {
            village_name,
            places,
        } => ("is-you", format!("{village_name}点单，要 {places} 个名额")),
        SupplyHappened::Accepted {
            village_name,
            places,
        } => ("is-done", format!("答应{village_name} {places} 个名额")),
        SupplyHappened::Unpicked { village_name } => {
            ("is-fact", format!("{village_name}的点单没有成"))
        }
        SupplyHappened::Released { village_name } => (
            "is-alert",
            format!("{village_name}的一单放弃了，名额空出来"),
        ),
        SupplyHappened::Confirmed { village_name } => {
            ("is-done", format!("{village_name}确认做到了"))
        }
        SupplyHappened::ReviewsOpened { village_name } => {
            ("", format!("{village_name}的一单，双方的评价可以看了"))
        }
        SupplyHappened::UseAsked {
            village_name,
            month,
        } => (
            "",
            format!("{}（{village_name}）", words::use_asked(*month)),
        ),
        SupplyHappened::StillInUse {
            village_name,
            month,
            answer,
        } => {
            let (class, words) = words::still_in_use(*month, *answer, "");
            (class, format!("{words}（{village_name}）"))
        }
        SupplyHappened::Ended => ("is-fact", "结束".to_owned()),
    }
}

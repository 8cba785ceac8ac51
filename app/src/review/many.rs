//! Several needs at once: all of them are shown in full before one tap agrees to all, each in the wording that was shown.

use crate::desk::use_desk;
use crate::review::picks::Pick;
use crate::ui::need_facts::NeedFacts;
use crate::ui::sheet::Sheet;
use crate::ui::steady::{Act, steady};
use crate::ui::trouble;
use crate::ui::undo::Undo;
use domain::commands::{ScreenNeed, Screening};
use domain::needs::offers::may_agree;
use domain::{Entity, Key, MutationId, Need, NeedId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::BTreeSet;

/// So many are agreed to at once at most: more than that nobody reads.
const MOST: usize = 10;

/// The needs that are chosen to be judged together.
#[derive(Clone, Copy)]
pub struct Many {
    list: Memo<Vec<Pick>>,
    /// Whether needs are being chosen.
    pub on: RwSignal<bool>,
    /// Those that are chosen.
    pub chosen: RwSignal<BTreeSet<NeedId>>,
}

impl Many {
    /// None is chosen.
    #[must_use]
    pub fn new(list: Memo<Vec<Pick>>) -> Self {
        Self {
            list,
            on: RwSignal::new(false),
            chosen: RwSignal::new(BTreeSet::new()),
        }
    }

    /// Chooses a need, or not any more.
    pub fn toggle(self, id: NeedId) {
        self.chosen.update(|chosen| {
            if !chosen.remove(&id) && chosen.len() < MOST {
                chosen.insert(id);
            }
        });
    }

    /// Those that are chosen and still wait.
    fn waiting(self) -> Vec<NeedId> {
        let chosen = self.chosen.get();
        self.list.with(|list| {
            list.iter()
                .map(|pick| pick.id)
                .filter(|id| chosen.contains(id))
                .collect()
        })
    }
}

/// The line above the list: begins choosing, and opens those that are chosen.
#[component]
pub fn Several(
    /// What is chosen.
    many: Many,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let said = RwSignal::new(Vec::<MutationId>::new());
    let stop = move || {
        many.on.set(false);
        many.chosen.set(BTreeSet::new());
    };
    let line = move || match many.on.get() {
        false => {
            let enough = many.list.with(Vec::len) > 1;
            enough
                .then(|| view! {
                    <button class="link" type="button" on:click=move |_| many.on.set(true)>"一次审几条"</button>
                })
                .into_any()
        }
        true => {
            let count = Memo::new(move |_| many.waiting().len());
            view! {
                <p class="meta">{format!("最多选 {MOST} 条；选好后先全部看一遍，再一起同意。")}</p>
                <div class="btn-row">
                    <button class="btn is-quiet" type="button" on:click=move |_| stop()>"不选了"</button>
                    <button
                        class="btn is-main" type="button" disabled=move || count.get() == 0
                        on:click=move |_| open.set(true)
                    >{move || format!("看这 {} 条", count.get())}</button>
                </div>
            }
            .into_any()
        }
    };
    let done = move |ids: Vec<MutationId>| {
        said.try_set(ids);
        open.try_set(false);
        many.on.try_set(false);
        many.chosen.try_set(BTreeSet::new());
    };
    let told = move || {
        said.with(|ids| {
            (!ids.is_empty()).then(|| {
                let all = ids.clone();
                view! { <div class="note is-done row said"><span>{format!("已同意 {} 条", ids.len())}</span><UndoAll ids=all said=said /></div> }
            })
        })
    };
    view! {
        <div class="several">{line}</div>
        <div role="status">{told}</div>
        <Sheet open=open title="这几条一起同意？">
            <InFull many=many on_done=done />
        </Sheet>
    }
}

/// Takes all of them back as long as they are not sent.
#[component]
fn UndoAll(ids: Vec<MutationId>, said: RwSignal<Vec<MutationId>>) -> impl IntoView {
    let desk = use_desk();
    let Some(last) = ids.last().copied() else {
        return ().into_any();
    };
    let rest: Vec<MutationId> = ids.into_iter().filter(|id| *id != last).collect();
    let recalled = move |()| {
        let rest = rest.clone();
        said.try_set(Vec::new());
        spawn_local(async move {
            for id in rest {
                // One that has left already stays; the list shows it.
                let _taken_back = desk.recall(id).await;
            }
        });
    };
    view! { <Undo id=last on_recalled=recalled /> }.into_any()
}

/// All that are chosen, in full, and one button.
#[component]
fn InFull(many: Many, #[prop(into)] on_done: Callback<Vec<MutationId>>) -> impl IntoView {
    let desk = use_desk();
    let ids = untrack(|| many.waiting());
    let all = ids.len();
    let found = desk.entities(move || ids.iter().copied().map(Key::Need).collect());
    // What is read now is what is judged: a later change is refused as such.
    let read = RwSignal::new(None::<Vec<Need>>);
    Effect::new(move || {
        if read.with_untracked(Option::is_some) {
            return;
        }
        if let Some(found) = found.get() {
            let need = |seen: sync::engine::Seen| match seen.entity {
                Entity::Need(need) => Some(*need),
                _ => None,
            };
            read.set(Some(found.into_iter().filter_map(need).collect()));
        }
    });
    let failed = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let still = steady(move || read.track());
    let may = move |need: &Need| may_agree(need, &desk.actor(), desk.now()).is_ok();
    let agreed = Memo::new(move |_| {
        read.with(|read| read.iter().flatten().filter(|need| may(need)).count())
    });
    let ready = Signal::derive(move || still.get() && !busy.get() && agreed.get() > 0);
    let agree = move |()| {
        let needs: Vec<Need> = read
            .get_untracked()
            .unwrap_or_default()
            .into_iter()
            .filter(|n| may(n))
            .collect();
        busy.set(true);
        spawn_local(async move {
            let mut ids = Vec::new();
            for need in needs {
                let screen = ScreenNeed {
                    need: need.id,
                    opinion: Screening::Publish {
                        remark: String::new(),
                    },
                    seen: Some(need.revision),
                };
                match desk.submit(screen).await {
                    Ok(seq) => ids.extend(desk.mutation(seq)),
                    Err(error) => {
                        let why = trouble::sentence(&error);
                        failed.try_set(Some(format!("“{}”没有同意上：{why}", need.content.title)));
                    }
                }
            }
            busy.try_set(false);
            if failed.try_get_untracked().flatten().is_none() {
                on_done.try_run(ids);
            }
        });
    };
    let list = move || match read.get() {
        None => {
            view! { <div class="skeleton" aria-busy="true"><i></i><i></i><i></i></div> }.into_any()
        }
        Some(needs) => needs
            .into_iter()
            .enumerate()
            .map(|(n, need)| {
                let why_not = may_agree(&need, &desk.actor(), desk.now()).err();
                let title = format!("{}／{all} {}", n + 1, need.content.title);
                view! {
                    <section class="in-full">
                        <h3>{title}</h3>
                        {why_not.map(|why| view! { <p class="note is-alert">{why.sentence()}</p> })}
                        <NeedFacts need=need />
                    </section>
                }
            })
            .collect_view()
            .into_any(),
    };
    view! {
        <div class="several-list">{list}</div>
        <div role="alert">{move || failed.get().map(|why| view! { <p class="note is-alert">{why}</p> })}</div>
        <Act class="btn is-main is-wide" ready=ready on_press=agree>
            {move || format!("{} 条都同意", agreed.get())}
        </Act>
    }
}

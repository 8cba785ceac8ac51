//! While a need is written: needs that are probably the same matter. A quiet list below the title, and one question before sending what is
//! very much alike.

use crate::desk::duplicates::{Compare, Found};
use crate::needs::need_questions::State;
use crate::ui::sheet::Sheet;
use crate::ui::trouble;
use domain::commands::AlsoNeed;
use domain::needs::duplicates::{ASKED, Told};
use domain::{Key, NeedId, RegionCode, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What is known of the form's likely duplicates.
#[derive(Clone, Copy)]
pub struct Duplicates {
    state: State,
    village: Option<RegionCode>,
    /// Those that were not told apart.
    found: Memo<Vec<Found>>,
    /// Whether the question before sending is open.
    pub asking: RwSignal<bool>,
    asked: StoredValue<bool>,
}

impl Duplicates {
    /// Follows what is typed.
    #[must_use]
    pub fn follow(state: State) -> Self {
        let desk = state.desk;
        let village = match desk.actor().role {
            Role::Village { place } => Some(place.village),
            _ => None,
        };
        let compare = Compare::new(desk);
        // Only what is compared: typing a telephone number compares nothing.
        let typed = Memo::new(move |_| {
            state.answers.with(|a| {
                let items = a.items.iter().map(|i| format!("{} {}", i.name, i.unit));
                let until = a.deadline.parse().unwrap_or_else(|_| desk.today());
                let told = Told {
                    title: a.title.clone(),
                    items: items.collect::<Vec<_>>().join("、"),
                    village: village?,
                    topic: a.topic,
                    from: desk.today(),
                    until,
                };
                let mut except = a.told_apart.clone();
                except.push(a.need);
                Some((told, except))
            })
        });
        let found = Memo::new(move |_| {
            typed.with(|typed| match typed {
                Some((told, except)) => compare.with(told.clone(), except),
                None => Vec::new(),
            })
        });
        Self {
            state,
            village,
            found,
            asking: RwSignal::new(false),
            asked: StoredValue::new(false),
        }
    }

    /// Whether the person is to be asked before it is sent: something is very much alike, and they have not been asked. Asks.
    pub fn asks(self) -> bool {
        let alike = self
            .found
            .with_untracked(|found| found.iter().any(|f| f.likely.score > ASKED));
        if alike && !self.asked.get_value() {
            self.asked.set_value(true);
            self.asking.set(true);
            return true;
        }
        false
    }

    /// These are other matters.
    pub fn tell_apart(self, others: impl IntoIterator<Item = NeedId>) {
        let others: Vec<NeedId> = others.into_iter().collect();
        self.state.change(|a| a.told_apart.extend(others));
    }

    /// All that is very much alike is another matter.
    fn all_apart(self) {
        let alike: Vec<NeedId> = self.found.with_untracked(|found| {
            let alike = found.iter().filter(|f| f.likely.score > ASKED);
            alike.map(|f| f.id).collect()
        });
        self.tell_apart(alike);
    }
}

/// The quiet list below the title.
#[component]
pub fn LikelyDuplicates(
    /// What is known of them.
    duplicates: Duplicates,
) -> impl IntoView {
    let found = duplicates.found;
    let any = Memo::new(move |_| !found.with(Vec::is_empty));
    let list = move || {
        any.get().then(|| {
            view! {
                <section class="note is-fact alike" aria-label="可能已经有的">
                    <p>"像是已经有了，先看看："</p>
                    <Lines duplicates=duplicates />
                </section>
            }
        })
    };
    view! { <div role="status">{list}</div> }
}

#[component]
fn Lines(duplicates: Duplicates) -> impl IntoView {
    let found = duplicates.found;
    view! {
        <For each=move || found.get() key=|f| (f.id, f.likely.reasons.clone(), f.stage) let:found>
            <Line duplicates=duplicates found=found />
        </For>
    }
}

#[component]
fn Line(duplicates: Duplicates, found: Found) -> impl IntoView {
    let id = found.id;
    let is_other = duplicates.village != Some(found.village);
    let may_join = is_other && found.published;
    view! {
        <div class="alike-one">
            <p><b>{found.title}</b></p>
            <p class="meta">{format!("{} · {}", found.likely.reasons, found.stage)}</p>
            <p class="links">
                <a class="link" href=format!("/needs/{id}")>"打开看看"</a>
                {may_join.then(|| view! { <AlsoButton state=duplicates.state need=id /> })}
                <button class="link" type="button" on:click=move |_| duplicates.tell_apart([id])>
                    "不是同一件事"
                </button>
            </p>
        </div>
    }
}

/// One's own village needs what another one asks for.
#[component]
fn AlsoButton(state: State, need: NeedId) -> impl IntoView {
    let desk = state.desk;
    let said = RwSignal::new(None::<String>);
    let busy = StoredValue::new(false);
    let say = move |_| {
        if busy.get_value() {
            return;
        }
        busy.set_value(true);
        spawn_local(async move {
            let words = match desk.submit(AlsoNeed { need, wanted: true }).await {
                Ok(_) => "已记上你们村，不用再发一条。".to_owned(),
                Err(error) => trouble::sentence(&error),
            };
            said.try_set(Some(words));
            busy.try_set_value(false);
        });
    };
    // What is said must be true: it is recorded here, and goes to the county.
    let waits = move || {
        let own = desk.own_commands_on(Key::Need(need));
        own.iter()
            .any(|c| matches!(c, domain::Command::AlsoNeed(_)))
    };
    move || match said.get() {
        Some(words) => {
            let where_it_is = if waits() { "（等待发送）" } else { "" };
            view! { <span class="meta">{words}{where_it_is}</span> }.into_any()
        }
        None => view! {
            <button class="link" type="button" on:click=say>"我们也需要"</button>
        }
        .into_any(),
    }
}

/// The one question before something very much alike is sent.
#[component]
pub fn AskOnce(
    /// What is known of them.
    duplicates: Duplicates,
    /// Sends it all the same.
    #[prop(into)]
    on_send: Callback<()>,
) -> impl IntoView {
    let open = duplicates.asking;
    let send = move |_| {
        duplicates.all_apart();
        open.set(false);
        on_send.run(());
    };
    view! {
        <Sheet open=open title="是不是同一件事？">
            <p>"下面这条和你写的很像。是同一件事就不用再发一条。"</p>
            <div class="note is-fact alike"><Lines duplicates=duplicates /></div>
            <button class="btn is-main is-wide" type="button" on:click=send>"不是同一件事，照样发"</button>
            <button class="btn is-quiet is-wide" type="button" on:click=move |_| open.set(false)>"先不发，再看看"</button>
        </Sheet>
    }
}

//! The card of a need in its village's list.

use crate::desk::Desk;
use crate::ui::taken_bar::TakenBar;
use crate::words::{self, Pill};
use domain::needs::NeedStage;
use domain::{Command, Key, Need, NeedId};
use leptos::prelude::*;

/// What a need's card says, in words.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Card {
    /// The need.
    pub id: NeedId,
    /// Its title.
    pub title: String,
    /// The class of its state's meaning, and its state.
    pub pill: (&'static str, &'static str),
    /// The grey line.
    pub meta: String,
    /// How much is taken, in percent, once something is.
    pub taken: Option<u8>,
    /// Whether the village has said that something was not done.
    pub disputed: bool,
    /// Who has to do what.
    pub sentence: String,
    /// Whether an own act on it has not been answered by the server.
    pub unsent: bool,
    /// Whether only the village has it.
    pub is_draft: bool,
}

impl Card {
    /// The card of one of the village's own needs.
    #[must_use]
    pub fn own(desk: Desk, need: &Need) -> Self {
        let today = desk.today();
        let unsent = unsent(desk, need.id);
        let Pill { class, words } = words::need_pill(need, true, unsent.is_some());
        Self {
            id: need.id,
            title: need.content.title.clone(),
            pill: (class, words),
            meta: words::need_meta(need, today),
            taken: (!need.pledges.is_empty()).then(|| words::taken_percent(need)),
            disputed: need.is_disputed(),
            sentence: words::need_sentence(need, unsent.as_ref(), today),
            unsent: unsent.is_some(),
            is_draft: need.state.stage() == NeedStage::Draft,
        }
    }
}

/// The own act on a need, or on an order on it, that the server has not answered and that says most: the last one, but
/// what was changed before the need itself was sent is a part of that need. Tracked.
#[must_use]
pub fn unsent(desk: Desk, need: NeedId) -> Option<Command> {
    let mut all = unsent_all(desk, need);
    while let [
        ..,
        (_, Command::SaveNeed(_) | Command::PostNeed(_)),
        (_, Command::EditNeed(_)),
    ] = all[..]
    {
        all.pop();
    }
    all.pop().map(|(_, command)| command)
}

/// All own acts on a need, or on an order on it, that the server has not answered, with the time of each. Tracked.
#[must_use]
pub fn unsent_all(desk: Desk, need: NeedId) -> Vec<(domain::Millis, Command)> {
    let is_about = |command: &Command| match (command, command.subject()) {
        (Command::TakeOrder(take), _) => take.need == need,
        (_, Key::Need(id)) => id == need,
        (_, key @ Key::Dispatch(_)) => desk
            .list_item(&key)
            .and_then(|item| Some(item.summary.dispatch()?.facts.need))
            .is_some_and(|on| on == need),
        (_, key) => desk
            .list_item(&key)
            .and_then(|item| item.summary.order()?.facts.need)
            .is_some_and(|on| on == need),
    };
    desk.waiting()
        .into_iter()
        .filter_map(|p| Some((p.entry.at, p.command.ok()?)))
        .filter(|(_, command)| is_about(command))
        .collect()
}

/// A card of one of the village's own needs.
#[component]
pub fn NeedCard(
    /// What it says.
    card: Card,
) -> impl IntoView {
    let (class, pill) = card.pill;
    view! {
        <a class="card" href=format!("/needs/{}", card.id) data-testid="need-card">
            <div class="row is-top">
                <h2>{card.title}</h2>
                <span class=class>{pill}</span>
            </div>
            <p class="meta">{card.meta}</p>
            {card.taken.map(|percent| view! { <TakenBar percent=percent disputed=card.disputed /> })}
            <p class="status">{card.sentence}</p>
        </a>
    }
}

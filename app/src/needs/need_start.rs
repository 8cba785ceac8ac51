//! The initial content of a need form: a draft, an existing need, or an empty form.

use crate::desk::Desk;
use crate::desk::need_answers::Answers;
use domain::needs::NeedStage;
use domain::needs::offers::may_write_again;
use domain::{Contact, Entity, Facts, Key, Need, NeedId, Rejection, Role};
use leptos::prelude::*;
use std::cmp::Reverse;

/// The result of looking up the form's initial content.
#[derive(Clone, Debug)]
pub enum Opened {
    /// It is being read.
    Reading,
    /// There is no such need on this device.
    Absent,
    /// It is too late to change it.
    Over(NeedStage),
    /// Here is the form.
    Ready(Box<Start>),
}

/// A form to begin or go on with.
#[derive(Clone, Debug)]
pub struct Start {
    /// What is on it.
    pub answers: Answers,
    /// Where the need stands; none for one that nobody has seen yet.
    pub need: Option<Need>,
    /// Whether it was left unfinished.
    pub restored: bool,
}

/// A new form, or the one for a new need that was left last.
pub async fn start_new(desk: Desk, fresh: bool) -> Opened {
    let mut drafts = if fresh {
        Vec::new()
    } else {
        desk.drafts::<Answers>().await
    };
    drafts.retain(|(name, form)| {
        *name == Answers::draft_name(form.need)
            && untrack(|| desk.list_item(&Key::Need(form.need))).is_none()
    });
    drafts.sort_by_key(|(_, form)| Reverse(form.kept_at));
    if let Some((_, answers)) = drafts.into_iter().next() {
        return Opened::Ready(Box::new(Start {
            answers,
            need: None,
            restored: true,
        }));
    }
    let need = NeedId::from_random(desk.random());
    let mut answers = Answers::new(need, desk.today());
    match last_contact(desk).await {
        Some(contact) => {
            answers.contact_name = contact.name;
            answers.contact_phone = contact.phone;
        }
        None => answers.contact_name = desk.actor().name,
    }
    Opened::Ready(Box::new(Start {
        answers,
        need: None,
        restored: false,
    }))
}

/// The contact of the village's last need.
async fn last_contact(desk: Desk) -> Option<Contact> {
    let Role::Village { place } = desk.actor().role else {
        return None;
    };
    let own = untrack(|| {
        desk.list(|facts| matches!(facts, Facts::Need(need) if need.village == place.village))
    });
    let at = |item: &sync::replica::ListItem| item.summary.need().map(|need| need.facts.at);
    let last = own.into_iter().max_by_key(at)?;
    match desk.read(last.key).await?.entity {
        Entity::Need(need) => need.content.contact,
        _ => None,
    }
}

/// The form of an existing need: its draft or, without one or if `fresh`, the need's content.
pub async fn start_again(desk: Desk, id: NeedId, fresh: bool) -> Opened {
    let need = match desk.read(Key::Need(id)).await.map(|seen| seen.entity) {
        Some(Entity::Need(need)) => Some(*need),
        _ => None,
    };
    let is_foreign = |need: &Need| {
        let refused = may_write_again(need, &desk.actor(), desk.now()).err();
        matches!(refused, Some(Rejection::NotAllowed(_)))
    };
    if need.as_ref().is_some_and(is_foreign) {
        // No form opens on a need of another village.
        return Opened::Absent;
    }
    if let Some(stage @ (NeedStage::Withdrawn | NeedStage::Closed)) =
        need.as_ref().map(|n| n.state.stage())
    {
        return Opened::Over(stage);
    }
    let name = Answers::draft_name(id);
    let draft = if fresh {
        // The person chose to discard the draft.
        let _gone = desk.delete_draft(&name).await;
        None
    } else {
        desk.draft::<Answers>(&name).await
    };
    let restored = draft.is_some();
    let answers = draft.or_else(|| need.as_ref().map(|n| Answers::of(id, &n.content)));
    match answers {
        Some(answers) => Opened::Ready(Box::new(Start {
            answers,
            need,
            restored,
        })),
        None => Opened::Absent,
    }
}

//! The initial content of a need form: a draft, an existing need, or an empty form. Each form is written in one tab at a time.

use crate::desk::Desk;
use crate::desk::need_answers::Answers;
use crate::device::claim::{Channel, Claim};
use domain::needs::NeedStage;
use domain::needs::offers::may_write_again;
use domain::{Contact, Entity, Facts, Key, Need, NeedId, Rejection, Role};
use leptos::prelude::*;
use std::cmp::Reverse;

/// The result of looking up the form's initial content.
#[derive(Clone)]
pub enum Opened {
    /// It is being read.
    Reading,
    /// There is no such need on this device.
    Absent,
    /// It is too late to change it.
    Over(NeedStage),
    /// Another tab writes it.
    Elsewhere(NeedId),
    /// Here is the form.
    Ready(Box<Start>),
}

/// How a form is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Go on with what was left, if something was.
    Resume,
    /// Begin anew.
    Fresh,
    /// Go on here with a form that another tab has open.
    TakeOver(NeedId),
}

/// A form to begin or go on with.
#[derive(Clone)]
pub struct Start {
    /// What is on it.
    pub answers: Answers,
    /// Where the need stands; none for one that nobody has seen yet.
    pub need: Option<Need>,
    /// Whether it was left unfinished.
    pub restored: bool,
    /// A new need that another tab is writing; this one is not that.
    pub elsewhere: Option<(NeedId, String)>,
    /// That this tab writes it.
    pub claim: Claim,
}

/// What the tabs of a person call the form of a need when they ask each other for it.
#[must_use]
pub fn window_name(desk: Desk, need: NeedId) -> String {
    format!("xiangdan-form-{}-{need}", desk.scope())
}

/// A new form, or the one for a new need that was left last. What another tab is writing stays there: a new form is a new need.
pub async fn start_new(desk: Desk, way: Way) -> Opened {
    let mut drafts = desk.drafts::<Answers>().await;
    drafts.retain(|(name, form)| {
        *name == Answers::draft_name(form.need)
            && untrack(|| desk.list_item(&Key::Need(form.need))).is_none()
    });
    drafts.sort_by_key(|(_, form)| Reverse(form.kept_at));
    let mut elsewhere = None;
    if way == Way::Resume {
        for (_, answers) in drafts {
            let Some(claim) = Claim::of(&window_name(desk, answers.need)).await else {
                elsewhere.get_or_insert((answers.need, answers.title));
                continue;
            };
            return ready(answers, None, true, elsewhere, claim);
        }
    }
    let need = NeedId::from_random(desk.random());
    let Some(claim) = Claim::of(&window_name(desk, need)).await else {
        return Opened::Elsewhere(need);
    };
    let mut answers = Answers::new(need, desk.today());
    match last_contact(desk).await {
        Some(contact) => {
            answers.contact_name = contact.name;
            answers.contact_phone = contact.phone;
        }
        None => answers.contact_name = desk.actor().name,
    }
    ready(answers, None, false, elsewhere, claim)
}

fn ready(
    answers: Answers,
    need: Option<Need>,
    restored: bool,
    elsewhere: Option<(NeedId, String)>,
    claim: Claim,
) -> Opened {
    Opened::Ready(Box::new(Start {
        answers,
        need,
        restored,
        elsewhere,
        claim,
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

/// The form of an existing need: its draft or, without one or if begun anew, the need's content.
pub async fn start_again(desk: Desk, id: NeedId, way: Way, tabs: &Channel) -> Opened {
    let window = window_name(desk, id);
    let claim = match way {
        Way::TakeOver(_) => Claim::taken_over(&window, tabs, &asks_for(id)).await,
        Way::Resume | Way::Fresh => match Claim::of(&window).await {
            Some(claim) => claim,
            None => return Opened::Elsewhere(id),
        },
    };
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
    let draft = if way == Way::Fresh {
        // The person chose to discard the draft.
        let _gone = desk.delete_draft(&name).await;
        None
    } else {
        desk.draft::<Answers>(&name).await
    };
    let restored = draft.is_some();
    let answers = draft.or_else(|| need.as_ref().map(|n| Answers::of(id, &n.content)));
    match answers {
        Some(answers) => ready(answers, need, restored, None, claim),
        None => Opened::Absent,
    }
}

/// What a tab tells the others that wants to go on with a form.
#[must_use]
pub fn asks_for(need: NeedId) -> String {
    format!("take {need}")
}

/// What a tab tells the others that has sent a form, or kept it as a draft of the village.
#[must_use]
pub fn has_sent(need: NeedId) -> String {
    format!("sent {need}")
}

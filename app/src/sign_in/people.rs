//! The people who have signed in on this device, by name, so that they find themselves again. Kept in localStorage; each can be forgotten.
//! Their data lie in databases of their own; nothing here opens them.

use domain::accounts::role_line;
use domain::text::read_json;
use domain::{Actor, UserId};
use serde::{Deserialize, Serialize};
use web_sys::Storage;

const PEOPLE: &str = "xiangdan-people";
/// So many people share one device at most; who was not here for longest is left out.
const MOST: usize = 8;

/// Somebody who has signed in on this device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub user: UserId,
    /// The name.
    pub name: String,
    /// What for, in words.
    pub line: String,
    /// The number they signed in with last; empty after an invitation.
    #[serde(default)]
    pub phone: String,
    /// How much they had not sent when they left.
    #[serde(default)]
    pub unsent: usize,
    /// In which role, while they have a PIN on this device, so that it opens without a network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked: Option<Actor>,
}

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// Everybody, the one who was here last first.
#[must_use]
pub fn people() -> Vec<Person> {
    let text = storage().and_then(|storage| storage.get_item(PEOPLE).ok()?);
    text.and_then(|text| read_json(&text).ok())
        .unwrap_or_default()
}

fn write(people: &[Person]) {
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(people)) {
        // Without it they type their number again.
        let _kept = storage.set_item(PEOPLE, &text);
    }
}

/// Somebody has signed in.
pub fn keep(actor: &Actor) {
    let mut people = people();
    let before = people.iter().position(|person| person.user == actor.user);
    let before = before.map(|at| people.remove(at));
    let locked = before
        .as_ref()
        .is_some_and(|person| person.locked.is_some());
    let phone = before.map_or_else(String::new, |person| person.phone);
    people.insert(
        0,
        Person {
            user: actor.user,
            name: actor.name.clone(),
            line: role_line(&actor.role),
            phone,
            unsent: 0,
            locked: locked.then(|| actor.clone()),
        },
    );
    people.truncate(MOST);
    write(&people);
}

fn change(user: UserId, change: impl FnOnce(&mut Person)) {
    let mut people = people();
    if let Some(person) = people.iter_mut().find(|person| person.user == user) {
        change(person);
        write(&people);
    }
}

/// With which number they have signed in.
pub fn note_phone(user: UserId, phone: &str) {
    change(user, |person| phone.clone_into(&mut person.phone));
}

/// They have a PIN on this device from now on, in this role, or none any more.
pub fn note_pin(user: UserId, locked: Option<Actor>) {
    change(user, |person| person.locked = locked);
}

/// Whether they have a PIN on this device.
#[must_use]
pub fn has_pin(user: UserId) -> bool {
    let mut people = people().into_iter();
    people.any(|person| person.user == user && person.locked.is_some())
}

/// How much they had not sent when they handed the device over.
pub fn note_unsent(user: UserId, unsent: usize) {
    change(user, |person| person.unsent = unsent);
}

thread_local! {
    /// Whose password is asked for next.
    static CHOSEN: std::cell::Cell<Option<UserId>> = const { std::cell::Cell::new(None) };
}

/// Whose password the sign-in page asks for next.
pub fn choose(user: Option<UserId>) {
    CHOSEN.set(user);
}

/// Whose password is asked for: told once.
#[must_use]
pub fn chosen() -> Option<Person> {
    let user = CHOSEN.take()?;
    people().into_iter().find(|person| person.user == user)
}

/// Nobody sees any more that they were here. What they have not sent stays.
pub fn forget(user: UserId) {
    let mut people = people();
    people.retain(|person| person.user != user);
    write(&people);
}

//! The chunk shared by all areas behind the sign-in (code splitting): the engine with its store, and the pages' frame. The core
//! knows only [`Inside`], so that the sign-in page loads none of it.

use crate::desk::Desk;
use crate::part::{Page, PartMissing};
use crate::routes::Pages;
use domain::{Actor, UserId};
use leptos::prelude::*;
use std::pin::Pin;
use store::pin::{self, State, Tried};
use store::{Cipher, IndexedDbStore};
use sync::ports::StoreError;

/// What the core knows of a signed-in person's desk.
#[derive(Clone, Copy)]
pub struct Inside {
    /// What pages work with.
    pub desk: Desk,
    /// Whose it is.
    pub user: UserId,
    /// The pages.
    pub pages: Page,
    /// The server says who this is now, after a session was begun again; gives whether the pages are made for another role.
    pub go_on: fn(Desk, Actor) -> bool,
    /// Their work ends in this tab: nothing more is sent or read, and what the server said is forgotten if they have signed out.
    pub stop: fn(Desk, bool),
}

/// Why a desk could not be opened.
#[derive(Clone, Debug)]
pub enum NotOpened {
    /// The program's part is not there.
    Missing(PartMissing),
    /// The device's storage cannot be used.
    Storage(StoreError),
    /// It is sealed by a PIN, or by one that is gone. The device's name is what the server keeps the key under.
    Locked {
        /// The device's name.
        device: String,
        /// Whether too many wrong PINs have taken the key away.
        gone: bool,
    },
    /// The PIN was wrong.
    Wrong {
        /// How many more tries there are.
        left: u32,
        /// How long to wait before the next, in milliseconds.
        wait_ms: u64,
    },
    /// The PIN was not tried, since the pause is not over.
    Wait {
        /// How long to wait, in milliseconds.
        wait_ms: u64,
    },
}

/// What opens somebody's storage.
#[derive(Clone)]
pub enum With {
    /// Nothing: it is not sealed.
    Nothing,
    /// This PIN.
    Pin(String),
    /// This key, which the server has given for the password.
    Key(Vec<u8>),
}

/// The store of a person, if what it is opened with is right.
async fn store_of(actor: &Actor, with: With) -> Result<IndexedDbStore, NotOpened> {
    let scope = actor.user.to_string();
    Ok(match with {
        With::Nothing => match pin::state(&scope).await.map_err(NotOpened::Storage)? {
            State::Off => IndexedDbStore::new(&scope),
            State::On { device } => {
                return Err(NotOpened::Locked {
                    device,
                    gone: false,
                });
            }
            State::Gone { device } => return Err(NotOpened::Locked { device, gone: true }),
        },
        With::Pin(typed) => {
            let now_ms = crate::device::clock::now().0.unsigned_abs();
            match pin::try_pin(&scope, &typed, now_ms)
                .await
                .map_err(NotOpened::Storage)?
            {
                Tried::Right(cipher) => IndexedDbStore::sealed(&scope, cipher),
                Tried::Wrong { left, wait_ms } => return Err(NotOpened::Wrong { left, wait_ms }),
                Tried::Wait { wait_ms } => return Err(NotOpened::Wait { wait_ms }),
                Tried::Gone => {
                    return Err(NotOpened::Locked {
                        device: String::new(),
                        gone: true,
                    });
                }
            }
        }
        With::Key(key) => {
            let cipher = Cipher::new(&key).await.map_err(NotOpened::Storage)?;
            IndexedDbStore::sealed(&scope, cipher)
        }
    })
}

#[cfg(feature = "split")]
impl From<leptos::wasm_split::SplitLoaderError> for NotOpened {
    fn from(error: leptos::wasm_split::SplitLoaderError) -> Self {
        Self::Missing(error.into())
    }
}

/// The outcome of [`open`].
pub type Opened = Result<Inside, NotOpened>;

fn opening(actor: Actor, with: With) -> Pin<Box<dyn Future<Output = Opened>>> {
    Box::pin(async move {
        let user = actor.user;
        let store = store_of(&actor, with).await?;
        let desk = Desk::open(actor, store).await.map_err(NotOpened::Storage)?;
        Ok(Inside {
            desk,
            user,
            pages: || Pages().into_any(),
            go_on: |desk, actor| {
                let is_other = desk.actor().role != actor.role;
                desk.set_actor(actor);
                desk.sync_now();
                is_other
            },
            stop: |desk, signed_out| {
                desk.stop();
                if signed_out {
                    desk.forget();
                }
            },
        })
    })
}

/// Fetches the part `inside` and opens the desk of a person.
#[cfg(feature = "split")]
#[leptos::wasm_split::wasm_split(
    inside,
    wasm_split_path = ::leptos::wasm_split,
    fallible,
    preload(
        /// Fetches the part `inside` ahead of time.
        fetch
    ),
    return_wrapper(let future = _; { future.await } -> Opened)
)]
pub fn open(actor: Actor, with: With) -> Pin<Box<dyn Future<Output = Opened>>> {
    opening(actor, with)
}

/// There is nothing to fetch; the program is whole.
#[cfg(not(feature = "split"))]
pub async fn fetch() -> Result<(), PartMissing> {
    Ok(())
}

/// Opens the desk of a person; the program is whole.
#[cfg(not(feature = "split"))]
pub async fn open(actor: Actor, with: With) -> Opened {
    opening(actor, with).await
}

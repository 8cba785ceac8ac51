//! The chunk shared by all areas behind the sign-in (code splitting): the engine with its store, and the pages' frame. The core
//! knows only [`Inside`], so that the sign-in page loads none of it.

use crate::desk::Desk;
use crate::part::{Page, PartMissing};
use crate::routes::Pages;
use domain::{Actor, UserId};
use leptos::prelude::*;
use std::pin::Pin;
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
}

#[cfg(feature = "split")]
impl From<leptos::wasm_split::SplitLoaderError> for NotOpened {
    fn from(error: leptos::wasm_split::SplitLoaderError) -> Self {
        Self::Missing(error.into())
    }
}

/// The outcome of [`open`].
pub type Opened = Result<Inside, NotOpened>;

fn opening(actor: Actor) -> Pin<Box<dyn Future<Output = Opened>>> {
    Box::pin(async move {
        let user = actor.user;
        let desk = Desk::open(actor).await.map_err(NotOpened::Storage)?;
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
pub fn open(actor: Actor) -> Pin<Box<dyn Future<Output = Opened>>> {
    opening(actor)
}

/// There is nothing to fetch; the program is whole.
#[cfg(not(feature = "split"))]
pub async fn fetch() -> Result<(), PartMissing> {
    Ok(())
}

/// Opens the desk of a person; the program is whole.
#[cfg(not(feature = "split"))]
pub async fn open(actor: Actor) -> Opened {
    opening(actor).await
}

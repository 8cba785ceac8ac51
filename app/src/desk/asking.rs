//! Questions to the server about what no device keeps. The last answers are kept, so that they can be read without a network: in the
//! cache, so they are gone with everything else the server said.

use crate::desk::{Desk, Known};
use crate::device::http::call;
use api::{ApiError, BrowseAnswer, BrowseRequest};
use domain::text::read_json;
use domain::{Entity, Key, Level, Millis, Role, Visibility};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::hash::{DefaultHasher, Hash, Hasher};
use sync::engine::Seen;
use sync::ports::{Area, Op, Store, StoreKey};

/// So many answers are kept, the last ones.
const KEPT: usize = 60;
/// So many bytes of answers are kept.
const KEPT_BYTES: usize = 2 * 1024 * 1024;
/// Under which key stands which answers are kept.
const INDEX: &str = "answers";

/// An answer, and from when it is if it is not of now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told<T> {
    /// What the server said.
    pub answer: T,
    /// When it said so, if it could not be asked again.
    pub kept: Option<Millis>,
}

/// A kept answer, as the index names it; the newest comes last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KeptAnswer {
    name: String,
    at: Millis,
    bytes: usize,
}

impl Desk {
    /// Asks the server at a path; without an answer, what it said last to the same question.
    ///
    /// # Errors
    /// The server's own, or that there is no network and this was never asked.
    pub async fn ask<A: Serialize, T: Serialize + DeserializeOwned>(
        self,
        path: &str,
        question: &A,
    ) -> Result<Told<T>, ApiError> {
        let asked = serde_json::to_string(question).unwrap_or_default();
        let name = name_of(path, &asked);
        match call::<A, T>(path, question).await {
            Ok(answer) => {
                self.keep_answer(name, &answer).await;
                Ok(Told { answer, kept: None })
            }
            Err(error) => {
                let may_come = matches!(
                    error,
                    ApiError::Offline { .. }
                        | ApiError::Undecodable { .. }
                        | ApiError::Unavailable { .. }
                );
                let kept = if may_come {
                    self.kept_answer(&name).await
                } else {
                    None
                };
                kept.ok_or(error)
            }
        }
    }

    /// Asks for a page of needs, orders or organizations, for this desk's person.
    ///
    /// # Errors
    /// See [`Desk::ask`].
    pub async fn look_up(self, request: BrowseRequest) -> Result<Told<BrowseAnswer>, ApiError> {
        let user = Some(self.actor().user);
        self.ask(api::BROWSE_PATH, &BrowseRequest { user, ..request })
            .await
    }

    /// An entity as it is shown; where this device does not keep it and its person is an officer of a city or the province, as the
    /// server tells it.
    #[must_use]
    pub fn entity_or_told(self, key: Option<Key>) -> ReadSignal<Known, LocalStorage> {
        let known = self.entity(move || key);
        let asks = matches!(self.actor().role, Role::Bureau { region, .. } if region.level() < Level::County);
        let Some(key) = key.filter(|_| asks) else {
            return known;
        };
        let (shown, set_shown) = signal_local(Known::Reading);
        let asked = StoredValue::new(false);
        Effect::new(move || {
            let absent = known.with(|known| matches!(known, Known::Absent));
            if !absent {
                return set_shown.set(known.get());
            }
            if asked.get_value() {
                return;
            }
            asked.set_value(true);
            spawn_local(async move {
                let told = self.told(key).await;
                // Without an answer the next news of the device asks again.
                if told.is_none() {
                    asked.try_set_value(false);
                }
                set_shown.try_set(told.unwrap_or(Known::Absent));
            });
        });
        shown
    }

    /// What the server tells of an entity; nothing without an answer.
    async fn told(self, key: Key) -> Option<Known> {
        let request = BrowseRequest {
            kind: Some(key.kind()),
            id: Some(key.id()),
            ..BrowseRequest::default()
        };
        let answer = self.look_up(request).await.ok()?.answer;
        let Some(body) = answer.needs.first() else {
            return Some(Known::Absent);
        };
        let told = Entity::from_json(key.kind(), body.get());
        Some(told.map_or(Known::Newer, |entity| {
            Known::Here(Box::new(Seen {
                entity,
                visibility: Visibility::Full,
                pending: None,
            }))
        }))
    }

    async fn kept_answer<T: DeserializeOwned>(self, name: &str) -> Option<Told<T>> {
        let engine = self.engine();
        let keys = [INDEX.into(), name.into()];
        let found = engine.store().get(Area::State, &keys).await.ok()?;
        let [index, answer] = <[_; 2]>::try_from(found).ok()?;
        let at = read_index(index)
            .into_iter()
            .find(|kept| kept.name == name)?
            .at;
        let answer = read_json(std::str::from_utf8(&answer?).ok()?).ok()?;
        Some(Told {
            answer,
            kept: Some(at),
        })
    }

    /// Keeps an answer; if that fails there is one less to be read without a network.
    async fn keep_answer<T: Serialize>(self, name: String, answer: &T) {
        let Ok(answer) = serde_json::to_vec(answer) else {
            return;
        };
        let engine = self.engine();
        let Ok(found) = engine.store().get(Area::State, &[INDEX.into()]).await else {
            return;
        };
        let kept = KeptAnswer {
            name,
            at: self.now(),
            bytes: answer.len(),
        };
        let key = StoreKey::Text(kept.name.clone());
        let (index, gone) = kept_with(read_index(found.into_iter().next().flatten()), kept);
        let Ok(index) = serde_json::to_vec(&index) else {
            return;
        };
        let mut ops = vec![
            Op::Put(Area::State, key, answer),
            Op::Put(Area::State, INDEX.into(), index),
        ];
        let delete = |name: String| Op::Delete(Area::State, StoreKey::Text(name));
        ops.extend(gone.into_iter().map(delete));
        // The store is cleared while somebody signs out; then nothing is kept any more.
        if !self.is_over() {
            let _kept = engine.store().write(None, ops).await;
        }
    }
}

/// Under which name an answer is kept. Names are not sealed where a PIN seals everything else, so they tell nothing of what was asked.
fn name_of(path: &str, asked: &str) -> String {
    let mut hasher = DefaultHasher::new();
    (path, asked).hash(&mut hasher);
    format!("answer {:016x}", hasher.finish())
}

fn read_index(stored: Option<Vec<u8>>) -> Vec<KeptAnswer> {
    let read = stored.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    read.unwrap_or_default()
}

/// The index with one more answer, and the names of those that are forgotten for it.
fn kept_with(mut index: Vec<KeptAnswer>, one: KeptAnswer) -> (Vec<KeptAnswer>, Vec<String>) {
    index.retain(|kept| kept.name != one.name);
    index.push(one);
    let mut gone = Vec::new();
    let bytes = |index: &[KeptAnswer]| index.iter().map(|kept| kept.bytes).sum::<usize>();
    while index.len() > 1 && (index.len() > KEPT || bytes(&index) > KEPT_BYTES) {
        gone.push(index.remove(0).name);
    }
    (index, gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: usize, bytes: usize) -> KeptAnswer {
        KeptAnswer {
            name: name.to_string(),
            at: Millis(name as i64),
            bytes,
        }
    }

    #[test]
    fn the_oldest_answers_make_room() {
        let mut index = Vec::new();
        for n in 0..KEPT + 2 {
            index = kept_with(index, one(n, 10)).0;
        }
        assert_eq!((index.len(), index[0].name.as_str()), (KEPT, "2"));
        let (index, gone) = kept_with(index, one(99, KEPT_BYTES - 5));
        assert_eq!((index.len(), gone.len()), (1, KEPT));
        let (index, gone) = kept_with(index, one(99, 1));
        assert_eq!((index.len(), gone.len()), (1, 0), "the same question");
    }
}

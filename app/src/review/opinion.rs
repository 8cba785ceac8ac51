//! What an officer types before deciding: a remark, or why a need is returned. Both are drafts of their own for each need.

use crate::desk::Desk;
use domain::NeedId;
use domain::commands::{ScreenNeed, Screening};
use domain::needs::ReturnReason;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

/// How the remark about a need lies among the drafts.
#[must_use]
pub fn remark_name(need: NeedId) -> String {
    format!("remark/{need}")
}

/// How the return of a need lies among the drafts.
#[must_use]
pub fn return_name(need: NeedId) -> String {
    format!("return/{need}")
}

/// A return as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReturnForm {
    /// Why.
    pub reason: Option<ReturnReason>,
    /// What the village is asked to do.
    pub words: String,
}

/// The remark for the village and the other department, as it is typed. It belongs to one need and is never sent with another.
#[derive(Clone, Copy)]
pub struct Remark {
    desk: Desk,
    need: StoredValue<Option<NeedId>>,
    /// What is typed.
    pub words: RwSignal<String>,
    touched: StoredValue<bool>,
}

impl Remark {
    /// The remark about the need that is opened.
    #[must_use]
    pub fn follow(desk: Desk, opened: Memo<Option<NeedId>>) -> Self {
        let remark = Self {
            desk,
            need: StoredValue::new(None),
            words: RwSignal::new(String::new()),
            touched: StoredValue::new(false),
        };
        Effect::new(move || {
            let need = opened.get();
            remark.need.set_value(need);
            remark.touched.set_value(false);
            remark.words.set(String::new());
            let Some(need) = need else { return };
            spawn_local(async move {
                let Some(left) = desk.draft::<String>(&remark_name(need)).await else {
                    return;
                };
                let is_here = remark.need.try_get_value() == Some(Some(need));
                if is_here && remark.touched.try_get_value() == Some(false) {
                    remark.words.try_set(left);
                }
            });
        });
        remark
    }

    /// It was typed on.
    pub fn typed(self, words: String) {
        let Some(need) = self.need.get_value() else {
            return;
        };
        self.touched.set_value(true);
        self.words.set(words.clone());
        let desk = self.desk;
        spawn_local(async move {
            let name = remark_name(need);
            // If storing fails, the text is still in the field.
            let _kept = if words.is_empty() {
                desk.delete_draft(&name).await
            } else {
                desk.put_draft(&name, &words).await
            };
        });
    }

    /// What is typed about that need.
    #[must_use]
    pub fn about(self, need: NeedId) -> String {
        if self.need.get_value() == Some(need) {
            self.words.get_untracked().trim().to_owned()
        } else {
            String::new()
        }
    }
}

/// The opinion was kept: nothing about that need is left to be written.
pub async fn forget(desk: Desk, need: NeedId) {
    for name in [remark_name(need), return_name(need)] {
        // If a draft cannot be deleted, it is only offered again.
        let _gone = desk.delete_draft(&name).await;
    }
}

/// An opinion was recalled: what was written stands in its form again.
pub async fn restore(desk: Desk, screen: &ScreenNeed) {
    // If it cannot be stored, the officer writes it again.
    let _kept = match &screen.opinion {
        Screening::Publish { remark } if remark.is_empty() => Ok(()),
        Screening::Publish { remark } => desk.put_draft(&remark_name(screen.need), remark).await,
        Screening::Return { reason, words } => {
            let form = ReturnForm {
                reason: Some(*reason),
                words: words.clone(),
            };
            desk.put_draft(&return_name(screen.need), &form).await
        }
    };
}

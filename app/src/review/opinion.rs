//! What an officer types before deciding: a remark, or why a need is returned. Both are drafts of their own for each need.

use crate::desk::Desk;
use crate::ui::kept_form::KeptForm;
use crate::ui::one_tab::{OneTab, Sending};
use domain::NeedId;
use domain::commands::{ScreenNeed, Screening};
use domain::needs::ReturnReason;
use leptos::prelude::*;
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
    kept: RwSignal<Option<(NeedId, KeptForm<String>)>>,
}

impl Remark {
    /// The remark about the need that is opened.
    #[must_use]
    pub fn follow(desk: Desk, opened: Memo<Option<NeedId>>) -> Self {
        let kept = RwSignal::new(None);
        // What belongs to one need is gone when another one is opened.
        Effect::new(move || {
            let remark = |need| (need, KeptForm::new(desk, remark_name(need), String::new()));
            kept.set(opened.get().map(remark));
        });
        Self { kept }
    }

    fn kept(self) -> Option<KeptForm<String>> {
        self.kept.get().map(|(_, kept)| kept)
    }

    /// What is typed. Tracked.
    #[must_use]
    pub fn words(self) -> String {
        let words = self.kept().and_then(|kept| kept.form.try_get());
        words.unwrap_or_default()
    }

    /// Which tab writes it. Tracked.
    #[must_use]
    pub fn tab(self) -> Option<OneTab> {
        self.kept().map(|kept| kept.tab)
    }

    /// Whether this tab writes it: only there the need is decided. Tracked.
    #[must_use]
    pub fn is_here(self) -> bool {
        self.tab().is_some_and(OneTab::is_here)
    }

    /// It was typed on.
    pub fn typed(self, words: String) {
        if let Some(kept) = untrack(|| self.kept()) {
            kept.change(&String::new(), |form| *form = words);
        }
    }

    /// The opinion on the opened need is being sent, and the remark with it.
    #[must_use]
    pub fn sending(self) -> Option<Sending> {
        untrack(|| self.tab()).map(OneTab::sending)
    }

    /// What is typed about that need.
    #[must_use]
    pub fn about(self, need: NeedId) -> String {
        let kept = self.kept.get_untracked();
        let words = kept
            .filter(|(about, _)| *about == need)
            .and_then(|(_, kept)| kept.form.try_get_untracked());
        words.unwrap_or_default().trim().to_owned()
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

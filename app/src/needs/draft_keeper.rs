//! Autosave of a form: debounced while the person types, immediate when the page is left.

use crate::desk::Desk;
use crate::desk::need_answers::Answers;
use crate::device::claim::Claim;
use crate::device::timer::pause;
use domain::NeedId;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// Keystrokes that follow one another within this time are kept together.
const GATHER: Duration = Duration::from_millis(150);

/// Milliseconds between two looks whether a write has ended.
const LOOK_MS: u64 = 20;

/// How far a form has been kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Nothing was typed yet.
    Untouched,
    /// Something was typed and is being kept.
    Keeping,
    /// Everything on the form is kept.
    All,
    /// The device does not let the form be kept.
    Failed,
}

/// Keeps a form while it is being written: soon after every keystroke, and at once when the page is hidden, closed or left.
#[derive(Clone, Copy)]
pub struct DraftKeeper {
    desk: Desk,
    form: RwSignal<Answers>,
    /// How far it has been kept.
    pub kept: RwSignal<Kept>,
    /// Something on the form is not yet on its way to the store.
    dirty: StoredValue<bool>,
    writing: StoredValue<bool>,
    timer: StoredValue<bool>,
    over: StoredValue<bool>,
    /// That this tab writes the form; it ends after the last word has been stored.
    claim: StoredValue<Claim, LocalStorage>,
}

impl DraftKeeper {
    /// Keeps the form of the component that calls this.
    #[must_use]
    pub fn new(desk: Desk, form: RwSignal<Answers>, kept: Kept, claim: Claim) -> Self {
        let keeper = Self {
            desk,
            form,
            kept: RwSignal::new(kept),
            dirty: StoredValue::new(false),
            writing: StoredValue::new(false),
            timer: StoredValue::new(false),
            over: StoredValue::new(false),
            claim: StoredValue::new_local(claim),
        };
        let events = ["visibilitychange", "pagehide", "beforeunload"];
        // Events of the document bubble to the window.
        let listeners = events.map(|e| window_event_listener_untyped(e, move |_| keeper.flush()));
        on_cleanup(move || {
            listeners.into_iter().for_each(WindowListenerHandle::remove);
            keeper.leave();
        });
        keeper
    }

    /// The need that the form is for; none when the page is gone.
    #[must_use]
    pub fn need(self) -> Option<NeedId> {
        self.form.try_with_untracked(|form| form.need)
    }

    /// The person has changed something.
    pub fn touched(self) {
        self.dirty.set_value(true);
        self.kept.set(Kept::Keeping);
        if self.timer.get_value() {
            return;
        }
        self.timer.set_value(true);
        set_timeout(
            move || {
                if self.timer.try_set_value(false).is_none() {
                    self.flush();
                }
            },
            GATHER,
        );
    }

    /// Keeps at once what is not yet kept.
    pub fn flush(self) {
        let idle = self.dirty.try_get_value() == Some(true)
            && self.writing.try_get_value() == Some(false)
            && self.over.try_get_value() == Some(false);
        if idle {
            self.writing.set_value(true);
            spawn_local(self.write());
        }
    }

    async fn write(self) {
        let claim = self.claim.try_get_value();
        while self.dirty.try_get_value() == Some(true) {
            self.dirty.try_set_value(false);
            let now = self.desk.now();
            let changed = self.form.try_update_untracked(|form| {
                form.kept_at = now;
                form.clone()
            });
            let Some(form) = changed else { return };
            let name = Answers::draft_name(form.need);
            let written = self.desk.put_draft(&name, &form).await;
            let state = match (written, self.dirty.try_get_value()) {
                (Err(_), _) => Kept::Failed,
                (Ok(()), Some(true)) => Kept::Keeping,
                (Ok(()), _) => Kept::All,
            };
            self.kept.try_set(state);
        }
        if self.writing.try_set_value(false).is_some() {
            // The page was left meanwhile.
            if let Some(claim) = claim {
                claim.release();
            }
        }
    }

    /// Another tab goes on with the form: what was typed here is stored first.
    pub async fn hand_over(self) {
        while self.writing.try_get_value() == Some(true) {
            pause(LOOK_MS).await;
        }
        if self.over.try_get_value() == Some(false) {
            self.writing.try_set_value(true);
            self.write().await;
        }
        self.give_up();
    }

    /// Nothing of this form is stored any more, and another tab may have it.
    pub fn give_up(self) {
        self.over.try_set_value(true);
        self.claim.try_with_value(Claim::release);
    }

    /// The page is left: what is not yet kept is written without the page, and only then another tab may open the form.
    fn leave(self) {
        let claim = self.claim.get_value();
        if self.dirty.get_value() && !self.over.get_value() {
            let desk = self.desk;
            let form = self.form.with_untracked(|form| Answers {
                kept_at: desk.now(),
                ..form.clone()
            });
            spawn_local(async move {
                // The page is gone, so an error cannot be shown.
                let _kept = desk.put_draft(&Answers::draft_name(form.need), &form).await;
                claim.release();
                desk.look_again();
            });
        } else if !self.writing.get_value() {
            claim.release();
        }
    }

    /// The form has become an act of its own: the draft is not needed any more.
    pub async fn done(self) {
        self.over.try_set_value(true);
        if let Some(need) = self.form.try_with_untracked(|form| form.need) {
            // If the draft cannot be deleted, the form only offers it again.
            let _gone = self.desk.delete_draft(&Answers::draft_name(need)).await;
            self.desk.look_again();
        }
    }
}

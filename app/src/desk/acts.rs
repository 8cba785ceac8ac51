//! A person's own mutations: storing them in the outbox, whether the server has answered, and its rejections.

use crate::desk::Desk;
use crate::device::worker;
use domain::commands::TakeOrder;
use domain::{Command, Key, MutationId, NeedId, OrderId};
use leptos::task::spawn_local;
use sync::engine::{ReadIn, ReadInError, SubmitError};
use sync::outbox::{Notice, Pending};

/// How long a decision can be recalled before it is sent, in milliseconds.
pub const HOLD_MS: i64 = 5_000;

/// A decision that can still be recalled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recallable {
    /// The mutation.
    pub id: MutationId,
    /// What was decided.
    pub command: Command,
}

impl Desk {
    /// Keeps what a person did and shows it at once; tells the other tabs and asks for a sync.
    ///
    /// # Errors
    /// See [`Engine::submit`]: after an error nothing is kept and the form must stay open.
    pub async fn submit(self, command: impl Into<Command>) -> Result<u64, SubmitError> {
        let seq = self.engine().submit(command).await?;
        worker::ask_for_persistence();
        self.tell_tabs();
        self.sync_now();
        Ok(seq)
    }

    /// The mutation under a number in the outbox.
    #[must_use]
    pub fn mutation(self, seq: u64) -> Option<MutationId> {
        let waiting = self.engine().waiting();
        waiting.iter().find(|p| p.seq == seq).map(|p| p.entry.id)
    }

    /// The own decisions that can still be recalled, oldest first. Tracked.
    #[must_use]
    pub fn recallable(self) -> Vec<Recallable> {
        self.track();
        let recallable = |(p, _): (Pending, i64)| {
            Some(Recallable {
                id: p.entry.id,
                command: p.command.ok()?,
            })
        };
        let held = self.engine().held();
        held.into_iter().filter_map(recallable).collect()
    }

    /// How many milliseconds are left to recall a decision; nothing when it is too late.
    #[must_use]
    pub fn recall_ms(self, id: MutationId) -> Option<i64> {
        let held = self.engine().held();
        held.into_iter()
            .find(|(p, _)| p.entry.id == id)
            .map(|(_, left)| left)
    }

    /// Takes a decision back before it is sent; false when it is too late.
    pub async fn recall(self, id: MutationId) -> bool {
        let recalled = self.engine().recall(id).await == Ok(true);
        self.tell_tabs();
        recalled
    }

    /// The person leaves: nobody will recall what is held back, and it is sent while there is time.
    pub fn let_go(self) {
        let engine = self.engine();
        spawn_local(async move {
            // After a failure it is sent a moment later, or at the next start.
            if engine.let_go().await.is_ok() {
                self.sync_now();
            }
        });
    }

    /// Own acts the server has not answered, oldest first. Tracked.
    #[must_use]
    pub fn waiting(self) -> Vec<Pending> {
        self.track();
        self.engine().waiting()
    }

    /// Own acts the server has not answered, as commands, oldest first. Tracked.
    #[must_use]
    pub fn own_commands(self) -> Vec<Command> {
        self.waiting()
            .into_iter()
            .filter_map(|p| p.command.ok())
            .collect()
    }

    /// Own acts on this entity that the server has not answered, oldest first. Tracked.
    #[must_use]
    pub fn own_commands_on(self, key: Key) -> Vec<Command> {
        let mut own = self.own_commands();
        own.retain(|command| {
            command.subject() == key || command.order_made().map(Key::Order) == Some(key)
        });
        own
    }

    /// The order that a command makes on a need, and that need, whichever way the organization came to it. Tracked.
    #[must_use]
    pub fn taking(self, command: &Command) -> Option<(OrderId, NeedId)> {
        let order = command.order_made()?;
        let need = match (command, command.subject()) {
            (Command::TakeOrder(TakeOrder { need, .. }), _) => *need,
            (_, Key::Need(need)) => need,
            (_, key) => self.list_item(&key)?.summary.dispatch()?.facts.need,
        };
        Some((order, need))
    }

    /// Whether the server has accepted the own act of that number. Tracked.
    #[must_use]
    pub fn is_accepted(self, seq: u64) -> bool {
        self.track();
        self.engine().is_accepted(seq)
    }

    /// Rejections that were not put away, oldest first. Tracked.
    #[must_use]
    pub fn notices(self) -> Vec<Notice> {
        self.track();
        self.engine().notices()
    }

    /// Removes a rejection that the person has put away.
    pub fn dismiss(self, id: MutationId) {
        let engine = self.engine();
        spawn_local(async move {
            // After a failure the rejection is still shown, and the person can put it away again.
            let _gone = engine.dismiss(id).await;
        });
    }

    /// The person has been told that the browser cleared the storage.
    pub fn storage_loss_was_told(self) {
        self.engine().storage_loss_was_told();
    }

    /// Reads unsent work back in that was saved as a file, and sends it.
    ///
    /// # Errors
    /// See [`Engine::read_in`](sync::engine::Engine::read_in): nothing has changed then.
    pub async fn read_in(self, text: &str) -> Result<ReadIn, ReadInError> {
        let read = self.engine().read_in(text).await?;
        self.tell_tabs();
        self.sync_now();
        Ok(read)
    }

    /// All unsent work as JSON.
    #[must_use]
    pub fn export(self) -> String {
        self.engine().export()
    }
}

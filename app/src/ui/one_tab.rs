//! A form is written in one tab at a time. Where another tab has it open, it says so and can be taken over; what was typed there is
//! stored first.

use crate::desk::Desk;
use crate::device::claim::{Channel, Claim};
use crate::device::timer::pause;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use sync::wire::Json;

/// Milliseconds between two looks whether a write has ended.
const LOOK_MS: u64 = 20;

/// Where a form is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is being found out, or what was left is being read.
    Asking,
    /// In this tab.
    Here,
    /// In another tab, since before it was opened here.
    Elsewhere,
    /// In another tab, which has taken it over from this one.
    Moved,
    /// Nowhere any more: another tab has sent it.
    Sent,
}

/// Reads what was left of a form, and shows it.
type Read = Rc<dyn Fn() -> Pin<Box<dyn Future<Output = ()>>>>;

/// The draft of a form, and this tab's claim to it. It outlives the form until the last word is stored.
struct Draft {
    desk: Desk,
    name: String,
    read: RefCell<Option<Read>>,
    /// What is to be stored next; nothing left on the form is a draft that is deleted.
    next: RefCell<Option<Option<Json>>>,
    writing: Cell<bool>,
    sending: Cell<bool>,
    /// The form is closed.
    left: Cell<bool>,
    claim: RefCell<Option<Claim>>,
    tabs: RefCell<Option<Channel>>,
}

impl Draft {
    fn lock(&self) -> String {
        format!("xiangdan-form-{}-{}", self.desk.scope(), self.name)
    }

    fn tell(&self, what: &str) {
        if let Some(tabs) = self.tabs.borrow().as_ref() {
            tabs.tell(&format!("{what} {}", self.name));
        }
    }

    fn holds(&self) -> bool {
        self.claim.borrow().is_some()
    }

    fn release(&self) {
        if let Some(claim) = self.claim.borrow_mut().take() {
            claim.release();
        }
    }

    /// Stores what is to be stored, one after the other; another tab may have the form only after the last word.
    fn write(self: Rc<Self>) {
        if self.writing.get() || self.sending.get() || !self.holds() {
            return;
        }
        self.writing.set(true);
        spawn_local(async move {
            while let Some(form) = self.take_next() {
                // If storing fails, the text is still in the form.
                let _kept = match form {
                    Some(form) => self.desk.put_draft(&self.name, &form).await,
                    None => self.desk.delete_draft(&self.name).await,
                };
            }
            self.writing.set(false);
            if self.left.get() {
                self.leave();
            }
        });
    }

    fn take_next(&self) -> Option<Option<Json>> {
        self.next.borrow_mut().take()
    }

    /// The form is closed, and everything is stored: another tab may have it.
    fn leave(&self) {
        self.release();
        self.tell("left");
        if let Some(tabs) = self.tabs.borrow_mut().take() {
            tabs.leave();
        }
    }
}

/// A form's place among the tabs, and where what is typed on it is stored. It lives as long as what opened it.
#[derive(Clone, Copy)]
pub struct OneTab {
    draft: StoredValue<Rc<Draft>, LocalStorage>,
    place: RwSignal<Place>,
    /// Whether another tab has taken the form away without waiting for this one.
    lost: RwSignal<Option<ArcRwSignal<bool>>>,
}

impl OneTab {
    /// The form whose draft has that name. It is not opened yet.
    #[must_use]
    pub fn new(desk: Desk, name: String) -> Self {
        let draft = Rc::new(Draft {
            desk,
            name,
            read: RefCell::new(None),
            next: RefCell::new(None),
            writing: Cell::new(false),
            sending: Cell::new(false),
            left: Cell::new(false),
            claim: RefCell::new(None),
            tabs: RefCell::new(None),
        });
        let tab = Self {
            draft: StoredValue::new_local(Rc::clone(&draft)),
            place: RwSignal::new(Place::Asking),
            lost: RwSignal::new(None),
        };
        let heard = move |words: String| tab.heard(&words);
        let channel = Channel::join(&format!("xiangdan-forms-{}", desk.scope()), heard);
        draft.tabs.replace(Some(channel));
        Effect::new(move || {
            if tab.lost.get().is_some_and(|lost| lost.get()) {
                tab.give_up(Place::Moved);
            }
        });
        on_cleanup(move || {
            tab.draft.try_with_value(|draft| {
                draft.left.set(true);
                if !draft.writing.get() && !draft.sending.get() {
                    draft.leave();
                }
            });
        });
        tab
    }

    /// Opens the form, once or again. `read` shows what was left of it, as soon as this tab writes it.
    pub fn open<F>(self, read: impl Fn() -> F + 'static)
    where
        F: Future<Output = ()> + 'static,
    {
        let draft = self.draft.get_value();
        let read: Read = Rc::new(move || Box::pin(read()));
        draft.read.replace(Some(read));
        let claim = draft.claim.borrow_mut().take();
        match claim {
            Some(claim) => {
                self.place.set(Place::Asking);
                spawn_local(self.begin(draft, claim));
            }
            None => self.ask(Place::Elsewhere),
        }
    }

    /// Where the form is written. Tracked.
    #[must_use]
    pub fn place(self) -> Place {
        self.place.try_get().unwrap_or(Place::Asking)
    }

    /// Whether this tab writes the form. Tracked.
    #[must_use]
    pub fn is_here(self) -> bool {
        self.place() == Place::Here
    }

    /// Stores the form as it is typed, or forgets it where nothing is left on it.
    pub fn put<T: Serialize>(self, form: Option<&T>) {
        if self.place.try_get_untracked() != Some(Place::Here) {
            return;
        }
        // What cannot be written down is still in the form.
        let Ok(form) = form.map(Json::of).transpose() else {
            return;
        };
        if let Some(draft) = self.draft.try_get_value() {
            draft.next.replace(Some(form));
            draft.write();
        }
    }

    /// Goes on here with what another tab writes.
    pub fn take_over(self) {
        let Some(draft) = self.draft.try_get_value() else {
            return;
        };
        self.place.set(Place::Asking);
        spawn_local(async move {
            let tabs = draft.tabs.borrow().clone();
            let Some(tabs) = tabs else { return };
            let ask = format!("take {}", draft.name);
            let claim = Claim::taken_over(&draft.lock(), &tabs, &ask).await;
            self.begin(draft, claim).await;
        });
    }

    /// Writes the form here unless another tab does; then it is at that `place`.
    fn ask(self, otherwise: Place) {
        let Some(draft) = self.draft.try_get_value() else {
            return;
        };
        self.place.set(Place::Asking);
        spawn_local(async move {
            match Claim::of(&draft.lock()).await {
                Some(claim) => self.begin(draft, claim).await,
                None => {
                    self.place.try_set(otherwise);
                }
            }
        });
    }

    async fn begin(self, draft: Rc<Draft>, claim: Claim) {
        if draft.left.get() {
            claim.release();
            return draft.tell("left");
        }
        let lost = claim.lost.clone();
        draft.claim.replace(Some(claim));
        let read = draft.read.borrow().clone();
        if let Some(read) = read {
            read().await;
        }
        if draft.holds() {
            self.lost.try_set(Some(lost));
            self.place.try_set(Place::Here);
        }
    }

    /// Another tab has told something.
    fn heard(self, words: &str) {
        // The form may be closed by now.
        let (Some(draft), Some(place)) =
            (self.draft.try_get_value(), self.place.try_get_untracked())
        else {
            return;
        };
        let Some((what, _)) = words
            .split_once(' ')
            .filter(|(_, name)| *name == draft.name)
        else {
            return;
        };
        match (what, place) {
            ("take", Place::Here) => self.hand_over(draft),
            ("sent", _) => self.give_up(Place::Sent),
            ("left", Place::Elsewhere | Place::Moved) => self.ask(place),
            _ => {}
        }
    }

    /// Another tab goes on with the form: what was typed here is stored first.
    fn hand_over(self, draft: Rc<Draft>) {
        self.place.set(Place::Moved);
        spawn_local(async move {
            while draft.writing.get() || draft.sending.get() {
                pause(LOOK_MS).await;
            }
            draft.release();
        });
    }

    /// Nothing of this form is stored here any more.
    fn give_up(self, place: Place) {
        if let Some(draft) = self.draft.try_get_value() {
            draft.take_next();
            draft.release();
        }
        self.place.try_set(place);
    }

    /// The form is being sent; nothing is stored until it is known what became of it.
    #[must_use]
    pub fn sending(self) -> Sending {
        let draft = self.draft.get_value();
        draft.sending.set(true);
        Sending(draft)
    }
}

/// A form on its way. If it is dropped before it is sent, the form is a draft as before.
pub struct Sending(Rc<Draft>);

impl Sending {
    /// It was sent, or kept as an act of its own: the draft is not needed any more. The form itself may be gone by now.
    pub async fn sent(self) {
        let draft = &self.0;
        draft.take_next();
        // If the draft cannot be deleted, the form only offers it again.
        let _gone = draft.desk.delete_draft(&draft.name).await;
        draft.take_next();
        draft.tell("sent");
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        let draft = &self.0;
        draft.sending.set(false);
        if draft.next.borrow().is_some() {
            Rc::clone(draft).write();
        } else if draft.left.get() && !draft.writing.get() {
            draft.leave();
        }
    }
}

/// Says where else a form is written, and offers to go on with it here.
#[component]
pub fn WrittenElsewhere(
    /// The form.
    #[prop(into)]
    tab: Signal<Option<OneTab>>,
    /// What it is called: `这张表`.
    what: &'static str,
) -> impl IntoView {
    let place = Memo::new(move |_| tab.get().map(OneTab::place));
    let go_on = move |_| {
        if let Some(tab) = tab.get_untracked() {
            tab.take_over();
        }
    };
    let note = move || {
        let (words, offer) = match place.get()? {
            Place::Asking | Place::Here => return None,
            Place::Elsewhere => (
                format!("{what}在另一个窗口里开着，写到一半的都在那边。"),
                "在这里接着写",
            ),
            Place::Moved => (
                format!("{what}已经在另一个窗口里接着写，这里只能看。写过的都在。"),
                "回到这里写",
            ),
            Place::Sent => (format!("{what}已经在另一个窗口里发出去了。"), "在这里另写"),
        };
        Some(view! {
            <div class="note is-alert" role="alert" data-testid="written-elsewhere">
                <p>{words}</p>
                <button class="link" type="button" on:click=go_on>{offer}</button>
            </div>
        })
    };
    view! { {note} }
}

/// The fields of a form that one tab writes at a time: elsewhere they can only be read.
#[component]
pub fn InOneTab(
    /// The form.
    tab: OneTab,
    children: Children,
) -> impl IntoView {
    view! {
        <WrittenElsewhere tab=Some(tab) what="这张表" />
        <fieldset
            class="one-tab" disabled=move || !tab.is_here()
            hidden=move || tab.place() == Place::Elsewhere
        >
            {children()}
        </fieldset>
    }
}

//! A connection to an open database. It closes on `versionchange`, when a newer page or a sign-out in another tab needs the
//! database, and remembers the event `close`, by which the browser says that it has closed it.

use indexed_db_futures::database::Database;
use indexed_db_futures::internals::SystemRepr;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// An open database; closed when the last owner drops it.
pub(crate) struct Handle {
    db: Database,
    ended: Rc<Cell<bool>>,
    _on_end: Closure<dyn FnMut()>,
}

impl Handle {
    /// Listens to the events of an open database.
    pub(crate) fn new(db: Database) -> Self {
        let ended = Rc::new(Cell::new(false));
        let on_end = Closure::<dyn FnMut()>::new({
            let (raw, ended) = (db.as_sys().clone(), ended.clone());
            move || {
                ended.set(true);
                raw.close();
            }
        });
        let listener = Some(on_end.as_ref().unchecked_ref());
        db.as_sys().set_onversionchange(listener);
        db.as_sys().set_onclose(listener);
        Self {
            db,
            ended,
            _on_end: on_end,
        }
    }

    /// The database.
    pub(crate) fn db(&self) -> &Database {
        &self.db
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let raw = self.db.as_sys();
        raw.set_onversionchange(None);
        raw.set_onclose(None);
        raw.close();
    }
}

/// A slot for a handle.
#[derive(Default)]
pub(crate) struct Slot(RefCell<Option<Rc<Handle>>>);

impl Slot {
    /// The handle, unless there is none or its connection is closed.
    pub(crate) fn get(&self) -> Option<Rc<Handle>> {
        let handle = self.0.borrow().clone();
        handle.filter(|h| !h.ended.get())
    }

    /// Keeps a handle; an earlier one is closed once no transaction uses it.
    pub(crate) fn set(&self, handle: Rc<Handle>) {
        *self.0.borrow_mut() = Some(handle);
    }

    /// Forgets the handle.
    pub(crate) fn clear(&self) {
        *self.0.borrow_mut() = None;
    }

    /// Forgets this handle, unless another one has taken its place.
    pub(crate) fn drop_if(&self, dead: &Rc<Handle>) {
        let mut slot = self.0.borrow_mut();
        if slot.as_ref().is_some_and(|handle| Rc::ptr_eq(handle, dead)) {
            *slot = None;
        }
    }
}

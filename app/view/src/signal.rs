//! Typed handles over Leptos' signals. Leptos compiles a signal anew for every type of value it holds; the page has over a
//! hundred of them. Here all values lie in boxes, so that it is compiled once, and only these thin handles know the
//! types. They are used like Leptos' own and live as long: until their owner is cleaned up.
//!
//! Setting does nothing once the owner is gone. Reading then is a mistake of the program and panics, but for methods that
//! begin with `try_`, which code after an `.await` needs.

use leptos::prelude as base;
use leptos::prelude::{
    LocalStorage, Update as _, UpdateUntracked as _, With as _, WithUntracked as _,
};
use send_wrapper::SendWrapper;
use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

/// Any value.
type Value = Box<dyn Any>;
/// A signal of any value, as Leptos sees it.
type Slot = base::RwSignal<Value, LocalStorage>;

/// A handle: copies freely, whatever it leads to.
macro_rules! handle {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        pub struct $name<T>($inner, PhantomData<fn() -> T>);

        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T> Copy for $name<T> {}

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

handle! {
    /// A value that can be read and set.
    RwSignal(Slot)
}
handle! {
    /// The reading side of a signal.
    ReadSignal(Slot)
}
handle! {
    /// The setting side of a signal.
    WriteSignal(Slot)
}
handle! {
    /// A value that is computed from others, and told only when it is really another one.
    Memo(base::Memo<SendWrapper<Computed>>)
}
handle! {
    /// Anything that can be read: a signal, a memo, a constant, a function of them.
    Signal(StoredValue<Rc<dyn Fn() -> T>>)
}
handle! {
    /// A value that is kept but not followed.
    StoredValue(Slot)
}

/// What a memo holds.
struct Computed {
    value: Value,
    same: fn(&dyn Any, &dyn Any) -> bool,
}

#[cold]
fn gone() -> ! {
    panic!("a signal was used after its owner was gone")
}

fn slot<T: 'static>(value: T) -> Slot {
    Slot::new_local(Box::new(value))
}

fn look(slot: Slot, track: bool, see: &mut dyn FnMut(&dyn Any)) {
    // Whether it is still there is seen by whether `see` was called.
    let _seen = if track {
        slot.try_with(|value| see(&**value))
    } else {
        slot.try_with_untracked(|value| see(&**value))
    };
}

/// Changes a value and tells those who follow it, unless `quietly`. Says whether it is still there.
fn change(slot: Slot, quietly: bool, act: &mut dyn FnMut(&mut dyn Any)) {
    let _changed = if quietly {
        slot.try_update_untracked(|value| act(&mut **value))
    } else {
        slot.try_update(|value| act(&mut **value))
    };
}

fn change_as<T: 'static, R>(slot: Slot, quietly: bool, act: impl FnOnce(&mut T) -> R) -> Option<R> {
    let mut act = Some(act);
    let mut out = None;
    change(slot, quietly, &mut |value| {
        if let (Some(value), Some(act)) = (value.downcast_mut(), act.take()) {
            out = Some(act(value));
        }
    });
    out
}

/// What all that can be read have in common, given their `look`.
macro_rules! readable {
    ($($name:ident),*) => {$(
        impl<T: 'static> $name<T> {
            fn see<R>(self, track: bool, see: impl FnOnce(&T) -> R) -> Option<R> {
                let mut see = Some(see);
                let mut out = None;
                self.look(track, &mut |value| {
                    if let (Some(value), Some(see)) = (value.downcast_ref(), see.take()) {
                        out = Some(see(value));
                    }
                });
                out
            }

            /// Reads the value and follows it.
            pub fn with<R>(self, see: impl FnOnce(&T) -> R) -> R {
                self.see(true, see).unwrap_or_else(|| gone())
            }

            /// Reads the value without following it.
            pub fn with_untracked<R>(self, see: impl FnOnce(&T) -> R) -> R {
                self.see(false, see).unwrap_or_else(|| gone())
            }

            /// Reads the value without following it, if it is still there.
            pub fn try_with_untracked<R>(self, see: impl FnOnce(&T) -> R) -> Option<R> {
                self.see(false, see)
            }

            /// A copy of the value; follows it.
            #[must_use]
            pub fn get(self) -> T
            where
                T: Clone,
            {
                self.with(T::clone)
            }

            /// A copy of the value.
            #[must_use]
            pub fn get_untracked(self) -> T
            where
                T: Clone,
            {
                self.with_untracked(T::clone)
            }

            /// A copy of the value, if it is still there.
            #[must_use]
            pub fn try_get_untracked(self) -> Option<T>
            where
                T: Clone,
            {
                self.see(false, T::clone)
            }

            /// Follows it without reading.
            pub fn track(self) {
                self.look(true, &mut |_| ());
            }
        }
    )*};
}
readable!(RwSignal, ReadSignal, Memo, Signal);

/// What all that can be set have in common.
macro_rules! writable {
    ($($name:ident),*) => {$(
        impl<T: 'static> $name<T> {
            /// Sets the value.
            pub fn set(self, value: T) {
                self.update(|old| *old = value);
            }

            /// Sets the value, if it is still there.
            pub fn try_set(self, value: T) {
                self.try_update(|old| *old = value);
            }

            /// Changes the value.
            pub fn update(self, act: impl FnOnce(&mut T)) {
                self.try_update(act);
            }

            /// Changes the value, if it is still there.
            pub fn try_update<R>(self, act: impl FnOnce(&mut T) -> R) -> Option<R> {
                change_as(self.0, false, act)
            }

            /// Changes the value and tells nobody, if it is still there.
            pub fn try_update_untracked<R>(self, act: impl FnOnce(&mut T) -> R) -> Option<R> {
                change_as(self.0, true, act)
            }
        }
    )*};
}
writable!(RwSignal, WriteSignal);

impl<T: 'static> RwSignal<T> {
    /// A signal with a first value.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(slot(value), PhantomData)
    }

    fn look(self, track: bool, see: &mut dyn FnMut(&dyn Any)) {
        look(self.0, track, see);
    }

    /// Its reading side.
    #[must_use]
    pub fn read_only(self) -> ReadSignal<T> {
        ReadSignal(self.0, PhantomData)
    }
}

impl<T: 'static> ReadSignal<T> {
    fn look(self, track: bool, see: &mut dyn FnMut(&dyn Any)) {
        look(self.0, track, see);
    }
}

/// A signal as its two sides.
#[must_use]
pub fn signal<T: 'static>(value: T) -> (ReadSignal<T>, WriteSignal<T>) {
    let slot = slot(value);
    (
        ReadSignal(slot, PhantomData),
        WriteSignal(slot, PhantomData),
    )
}

impl<T: PartialEq + 'static> Memo<T> {
    /// A value that `compute` makes, given the one before.
    #[must_use]
    pub fn new(compute: impl Fn(Option<&T>) -> T + 'static) -> Self {
        let same = |a: &dyn Any, b: &dyn Any| a.downcast_ref::<T>() == b.downcast_ref::<T>();
        let compute = move |before: Option<&dyn Any>| Computed {
            value: Box::new(compute(before.and_then(<dyn Any>::downcast_ref))),
            same,
        };
        Self(memo(Box::new(compute)), PhantomData)
    }
}

type Compute = Box<dyn Fn(Option<&dyn Any>) -> Computed>;

fn memo(compute: Compute) -> base::Memo<SendWrapper<Computed>> {
    let compute = SendWrapper::new(compute);
    base::Memo::new_with_compare(
        move |before: Option<&SendWrapper<Computed>>| {
            SendWrapper::new(compute(before.map(|before| &*before.value)))
        },
        |before, now| match (before, now) {
            (Some(before), Some(now)) => !(now.same)(&*before.value, &*now.value),
            _ => true,
        },
    )
}

fn look_at_memo(
    memo: base::Memo<SendWrapper<Computed>>,
    track: bool,
    see: &mut dyn FnMut(&dyn Any),
) {
    let _seen = if track {
        memo.try_with(|computed| see(&*computed.value))
    } else {
        memo.try_with_untracked(|computed| see(&*computed.value))
    };
}

impl<T: 'static> Memo<T> {
    fn look(self, track: bool, see: &mut dyn FnMut(&dyn Any)) {
        look_at_memo(self.0, track, see);
    }
}

impl<T: 'static> Signal<T> {
    /// What a function says.
    #[must_use]
    pub fn derive(value: impl Fn() -> T + 'static) -> Self {
        Self(StoredValue::new(Rc::new(value)), PhantomData)
    }

    fn look(self, track: bool, see: &mut dyn FnMut(&dyn Any)) {
        let Some(value) = self.0.try_get_value() else {
            return;
        };
        if track {
            see(&value());
        } else {
            see(&base::untrack(|| value()));
        }
    }
}

impl<T: Clone + 'static> From<RwSignal<T>> for Signal<T> {
    fn from(signal: RwSignal<T>) -> Self {
        Self::derive(move || signal.get())
    }
}

impl<T: Clone + 'static> From<ReadSignal<T>> for Signal<T> {
    fn from(signal: ReadSignal<T>) -> Self {
        Self::derive(move || signal.get())
    }
}

impl<T: Clone + 'static> From<Memo<T>> for Signal<T> {
    fn from(memo: Memo<T>) -> Self {
        Self::derive(move || memo.get())
    }
}

impl From<String> for Signal<String> {
    fn from(text: String) -> Self {
        Self::derive(move || text.clone())
    }
}

impl<T: Clone + 'static> From<Vec<T>> for Signal<Vec<T>> {
    fn from(values: Vec<T>) -> Self {
        Self::derive(move || values.clone())
    }
}

impl From<&'static str> for Signal<String> {
    fn from(text: &'static str) -> Self {
        Self::derive(move || text.to_owned())
    }
}

impl<T: 'static> StoredValue<T> {
    /// Keeps a value until its owner is gone.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(slot(value), PhantomData)
    }

    /// Reads it, if it is still there.
    pub fn try_with_value<R>(self, see: impl FnOnce(&T) -> R) -> Option<R> {
        ReadSignal(self.0, PhantomData).see(false, see)
    }

    /// Reads it.
    pub fn with_value<R>(self, see: impl FnOnce(&T) -> R) -> R {
        self.try_with_value(see).unwrap_or_else(|| gone())
    }

    /// A copy, if it is still there.
    #[must_use]
    pub fn try_get_value(self) -> Option<T>
    where
        T: Clone,
    {
        self.try_with_value(T::clone)
    }

    /// A copy.
    #[must_use]
    pub fn get_value(self) -> T
    where
        T: Clone,
    {
        self.with_value(T::clone)
    }

    /// Replaces it, if it is still there, which it says.
    pub fn try_set_value(self, value: T) -> bool {
        change_as(self.0, true, |old: &mut T| *old = value).is_some()
    }

    /// Replaces it.
    pub fn set_value(self, value: T) {
        self.update_value(|old| *old = value);
    }

    /// Changes it.
    pub fn update_value(self, act: impl FnOnce(&mut T)) {
        change_as(self.0, true, act);
    }
}

/// A function that is handed to a component.
pub struct Callback<In>(StoredValue<Rc<dyn Fn(In)>>);

impl<In> Clone for Callback<In> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<In> Copy for Callback<In> {}

impl<In: 'static> Callback<In> {
    /// Hands a function over.
    #[must_use]
    pub fn new(act: impl Fn(In) + 'static) -> Self {
        Self(StoredValue::new(Rc::new(act)))
    }

    /// Calls it.
    pub fn run(self, input: In) {
        (self.0.get_value())(input);
    }

    /// Calls it, if it is still there.
    pub fn try_run(self, input: In) {
        if let Some(act) = self.0.try_get_value() {
            act(input);
        }
    }
}

impl<In: 'static, F: Fn(In) + 'static> From<F> for Callback<In> {
    fn from(act: F) -> Self {
        Self::new(act)
    }
}

/// Runs after what is being shown is shown, and again whenever a signal it read changes.
#[derive(Clone, Copy, Debug)]
pub struct Effect;

impl Effect {
    /// For as long as the owner lives.
    pub fn new(act: impl FnMut() + 'static) -> Self {
        start(Box::new(act));
        Self
    }
}

fn start(act: Box<dyn FnMut()>) {
    base::Effect::new(act);
}

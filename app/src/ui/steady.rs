//! Guards against fingers that are faster than eyes: what has just come, or just moved, is not pressed by a tap that was meant for what was
//! there before, and not by a key that is held down.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use std::time::Duration;

/// What has been there for so long may be meant by a tap. A double click takes half a second, a hasty second tap a little longer.
const STEADY: Duration = Duration::from_millis(800);

/// Whether what is on the screen has been there long enough to be meant. `moved` tracks whatever moves it.
#[must_use]
pub fn steady(moved: impl Fn() + 'static) -> Signal<bool> {
    let steady = RwSignal::new(false);
    let times = StoredValue::new(0_u32);
    Effect::new(move || {
        moved();
        let now = times.get_value() + 1;
        times.set_value(now);
        steady.set(false);
        set_timeout(
            move || {
                // The page may be gone by now, or something has moved again.
                if times.try_get_value() == Some(now) {
                    steady.try_set(true);
                }
            },
            STEADY,
        );
    });
    steady.into()
}

/// Whether a key that is held down has pressed a button once already: only the first press counts.
#[must_use]
pub fn is_repeated_press(event: &KeyboardEvent) -> bool {
    event.repeat() && matches!(event.key().as_str(), "Enter" | " ")
}

/// A button that takes or decides. It is pressed by a tap or a key of its own, never by Enter in a field.
#[component]
pub fn Act(
    /// Its class.
    class: &'static str,
    /// Whether it may be pressed.
    #[prop(into)]
    ready: Signal<bool>,
    /// What it does.
    #[prop(into)]
    on_press: Callback<()>,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            class=class type="button"
            aria-disabled=move || (!ready.get()).then_some("true")
            on:keydown=move |event: KeyboardEvent| if is_repeated_press(&event) {
                event.prevent_default();
            }
            on:click=move |_| if ready.get_untracked() {
                on_press.run(());
            }
        >
            {children()}
        </button>
    }
}

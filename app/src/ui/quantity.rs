//! A quantity input (stepper).

use domain::{Fen, Unit};
use leptos::prelude::*;

/// How much of one thing: minus, the number, plus. Money is typed in yuan and has no steps.
#[component]
pub fn Quantity(
    /// Of what.
    #[prop(into)]
    name: String,
    /// Counted in what.
    unit: Unit,
    /// The number as it is typed; [`read`] understands it.
    text: RwSignal<String>,
    /// The most that is possible.
    #[prop(into)]
    most: Signal<u64>,
) -> impl IntoView {
    let Unit::Of(counted) = &unit else {
        let bad = move || read(&Unit::Fen, &text.get()).is_none_or(|n| n > most.get());
        return view! {
            <div class="with-unit">
                <input
                    class="input" inputmode="decimal" autocomplete="off" aria-label=name
                    aria-invalid=move || bad().then_some("true")
                    prop:value=move || text.get()
                    on:input:target=move |event| text.set(event.target().value())
                />
                <span>"元"</span>
            </div>
        }
        .into_any();
    };
    let counted = counted.clone();
    let number = move || read(&unit, &text.get());
    let less = {
        let number = number.clone();
        move |_| {
            let now = untrack(&number).unwrap_or(0).min(most.get_untracked());
            text.set(now.saturating_sub(step(most.get_untracked())).to_string());
        }
    };
    let more = {
        let number = number.clone();
        move |_| {
            let most = most.get_untracked();
            let now = untrack(&number).unwrap_or(0);
            text.set(now.saturating_add(step(most)).min(most).to_string());
        }
    };
    let none = {
        let number = number.clone();
        move || number() == Some(0)
    };
    let all = {
        let number = number.clone();
        move || number().is_some_and(|n| n >= most.get())
    };
    let bad = move || number().is_none_or(|n| n > most.get());
    let [group, fewer, greater] = [
        format!("{name}，数量"),
        format!("减少{name}"),
        format!("增加{name}"),
    ];
    view! {
        <div class="with-unit">
            <div class="stepper" role="group" aria-label=group>
                <button type="button" aria-label=fewer on:click=less disabled=none>"−"</button>
                <input
                    inputmode="numeric" autocomplete="off" aria-label=name
                    aria-invalid=move || bad().then_some("true")
                    prop:value=move || text.get()
                    on:input:target=move |event| text.set(event.target().value())
                />
                <button type="button" aria-label=greater on:click=more disabled=all>"＋"</button>
            </div>
            <span>{counted}</span>
        </div>
    }
    .into_any()
}

/// What was typed: pieces, or fen. Nothing at all is none of it.
#[must_use]
pub fn read(unit: &Unit, text: &str) -> Option<u64> {
    let text = text.trim();
    if text.is_empty() {
        return Some(0);
    }
    let fen = Fen::from_yuan(text).ok()?;
    match unit {
        Unit::Fen => u64::try_from(fen.0).ok(),
        Unit::Of(_) if fen.0 % 100 == 0 => u64::try_from(fen.0 / 100).ok(),
        Unit::Of(_) => None,
    }
}

/// A number as it stands in the field.
#[must_use]
pub fn write(unit: &Unit, quantity: u64) -> String {
    match unit {
        Unit::Of(_) => quantity.to_string(),
        Unit::Fen if quantity.is_multiple_of(100) => (quantity / 100).to_string(),
        Unit::Fen => format!("{}.{:02}", quantity / 100, quantity % 100),
    }
}

/// One at a time, of thousands a hundred at a time.
fn step(most: u64) -> u64 {
    let digits = most.checked_ilog10().unwrap_or(0);
    10_u64.pow(digits.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces() -> Unit {
        Unit::Of("盏".to_owned())
    }

    #[test]
    fn what_is_typed_is_read_and_written_back() {
        assert_eq!(read(&pieces(), " 12 "), Some(12));
        assert_eq!(read(&pieces(), "１２"), Some(12));
        assert_eq!(read(&pieces(), "12,000"), Some(12_000));
        assert_eq!(read(&pieces(), ""), Some(0));
        assert_eq!(read(&pieces(), "1.5"), None);
        assert_eq!(read(&pieces(), "几盏"), None);
        assert_eq!(read(&Unit::Fen, "3200.5"), Some(320_050));
        assert_eq!(write(&Unit::Fen, 320_050), "3200.50");
        assert_eq!(write(&Unit::Fen, 320_000), "3200");
    }

    #[test]
    fn steps_are_as_large_as_the_number_asks() {
        assert_eq!(
            [step(0), step(9), step(60), step(400), step(12_000)],
            [1, 1, 1, 10, 1000]
        );
    }
}

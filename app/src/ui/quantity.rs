//! A quantity input (stepper).

use domain::read::number::count;
use domain::read::text::is_blank;
use domain::read::unit::{AmountError, amount, is_counted};
use domain::{Fen, Unit};
use leptos::prelude::*;

/// How much of one thing: minus, the number, plus. Money is typed in yuan and has no steps. What cannot be read stays as it is typed, and
/// under it stands how to write it.
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
    let unit = StoredValue::new(unit);
    let number = Memo::new(move |_| unit.with_value(|unit| text.with(|text| try_read(unit, text))));
    let words = StoredValue::new(unit.with_value(|unit| match unit {
        Unit::Fen => "元".to_owned(),
        Unit::Of(counted) => counted.clone(),
    }));
    let fault = move || match number.get() {
        Err(words) => Some(words),
        Ok(n) if n > most.get() => {
            let left = unit.with_value(|unit| unit.amount(most.get()));
            Some(format!("只剩 {left}，请改成这么多或更少"))
        }
        Ok(_) => None,
    };
    let bad = move || fault().is_some();
    let explained = move || fault().map(|words| view! { <p class="error">{words}</p> });
    let input = |keyboard: &'static str, label: String| {
        view! {
            <input
                class="input" inputmode=keyboard autocomplete="off" aria-label=label
                aria-invalid=move || bad().then_some("true")
                prop:value=move || text.get()
                on:input:target=move |event| text.set(event.target().value())
            />
        }
    };
    if unit.with_value(|unit| *unit == Unit::Fen) {
        return view! {
            <div class="with-unit">{input("decimal", name)}<span>"元"</span></div>
            {explained}
        }
        .into_any();
    }
    let step_by = move |more: bool| {
        // A number that cannot be read is not replaced by a tap.
        if let Ok(now) = number.get_untracked() {
            let most = most.get_untracked();
            let next = if more {
                now.saturating_add(step(most)).min(most)
            } else {
                now.min(most).saturating_sub(step(most))
            };
            text.set(next.to_string());
        }
    };
    let none = move || number.get() == Ok(0);
    let all = move || number.get().is_ok_and(|n| n >= most.get());
    let [group, fewer, greater] = [
        format!("{name}，数量"),
        format!("减少{name}"),
        format!("增加{name}"),
    ];
    view! {
        <div class="with-unit">
            <div class="stepper" role="group" aria-label=group>
                <button type="button" aria-label=fewer on:click=move |_| step_by(false) disabled=none>"−"</button>
                {input("numeric", name)}
                <button type="button" aria-label=greater on:click=move |_| step_by(true) disabled=all>"＋"</button>
            </div>
            <span>{words.get_value()}</span>
        </div>
        {explained}
    }
    .into_any()
}

/// What was typed: pieces, or fen. Nothing at all is none of it.
///
/// # Errors
/// How to write it.
pub fn try_read(unit: &Unit, text: &str) -> Result<u64, String> {
    let words = match unit {
        Unit::Fen => "元",
        Unit::Of(counted) => counted,
    };
    if is_blank(text) {
        return Ok(0);
    }
    if let Unit::Of(counted) = unit
        && is_counted(counted).is_err()
    {
        // A unit from before such units were refused.
        return count(text, &[counted], u64::MAX).map_err(|e| e.to_string());
    }
    match amount(text, words, u64::MAX) {
        Ok((n, _)) => Ok(n),
        Err(AmountError::Quantity(error)) => Err(error.to_string()),
        Err(AmountError::Unit(error)) => Err(error.to_string()),
    }
}

/// What was typed, if it can be read.
#[must_use]
pub fn read(unit: &Unit, text: &str) -> Option<u64> {
    try_read(unit, text).ok()
}

/// A number as it stands in the field.
#[must_use]
pub fn write(unit: &Unit, quantity: u64) -> String {
    match unit {
        Unit::Of(_) => quantity.to_string(),
        Unit::Fen => Fen(i64::try_from(quantity).unwrap_or(i64::MAX)).typed(),
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
        assert_eq!(read(&pieces(), "2,5"), None);
        assert_eq!(read(&pieces(), "约20盏"), Some(20));
        assert_eq!(read(&Unit::Fen, "￥3.5万"), Some(3_500_000));
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

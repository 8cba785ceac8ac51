//! Form fields: labels, hints, and validation messages.

use leptos::prelude::*;

/// A field's value and its callback.
#[derive(Clone, Copy)]
pub struct Bound {
    /// What is typed.
    pub value: Signal<String>,
    /// Called with every change.
    pub on_input: Callback<String>,
    /// Called when the field is left.
    pub on_leave: Callback<()>,
    /// What is to be repaired.
    pub fault: Signal<Option<String>>,
    /// What was understood, where that is not plainly what stands there.
    pub understood: Signal<Option<String>>,
}

/// The kind of keyboard and control.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// One line.
    #[default]
    Text,
    /// Several lines.
    Lines,
    /// A whole number.
    Number,
    /// An amount of money.
    Money,
    /// A phone number.
    Phone,
    /// A day.
    Day,
}

impl Kind {
    fn input_type(self) -> &'static str {
        match self {
            Self::Phone => "tel",
            Self::Day => "date",
            _ => "text",
        }
    }

    fn keyboard(self) -> Option<&'static str> {
        match self {
            Self::Number => Some("numeric"),
            Self::Money => Some("decimal"),
            Self::Phone => Some("tel"),
            _ => None,
        }
    }
}

/// What is to be repaired, under its field.
#[component]
pub fn Fault(
    /// The field's id.
    #[prop(into)]
    mut id: String,
    /// What is to be repaired.
    fault: Signal<Option<String>>,
) -> impl IntoView {
    id.push_str("-error");
    let id = StoredValue::new(id);
    view! {
        {move || fault.get().map(|words| view! {
            <p class="error" id=id.get_value()>{words}</p>
        })}
    }
}

/// How a number is understood, where it is not plainly what stands in the field: 35,000 for 3.5万.
#[component]
pub fn Understood(
    /// The number with its unit.
    words: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        {move || words.get().map(|words| view! {
            <p class="hint" data-testid="understood">{format!("按 {words} 算")}</p>
        })}
    }
}

/// A question with its answer, hint, and what is to be repaired.
#[component]
pub fn Field(
    /// Unique in the page.
    #[prop(into)]
    id: String,
    /// The question.
    #[prop(into)]
    label: String,
    /// What it holds.
    bound: Bound,
    /// The kind of answer.
    #[prop(optional)]
    kind: Kind,
    /// Stands behind the field: 人, 户, 元.
    #[prop(optional)]
    unit: &'static str,
    /// A word of help.
    #[prop(optional, into)]
    hint: String,
    /// Whether the answer must be there.
    #[prop(optional)]
    required: bool,
    /// What the browser may fill in.
    #[prop(optional)]
    autocomplete: &'static str,
) -> impl IntoView {
    let Bound {
        value,
        on_input,
        on_leave,
        fault,
        understood,
    } = bound;
    let is_bad = move || fault.with(Option::is_some);
    let hint_id = (!hint.is_empty()).then(|| format!("{id}-hint"));
    let described = {
        let (id, hint_id) = (id.clone(), hint_id.clone());
        move || {
            let error = is_bad().then(|| format!("{id}-error"));
            let ids: Vec<String> = error.into_iter().chain(hint_id.clone()).collect();
            (!ids.is_empty()).then(|| ids.join(" "))
        }
    };
    let invalid = move || is_bad().then_some("true");
    let autocomplete = if autocomplete.is_empty() {
        "off"
    } else {
        autocomplete
    };
    let control = if kind == Kind::Lines {
        view! {
            <textarea
                class="input" id=id.clone() rows="3" aria-required=required.then_some("true")
                aria-invalid=invalid aria-describedby=described
                prop:value=move || value.get()
                on:input:target=move |event| on_input.run(event.target().value())
                on:blur=move |_| on_leave.run(())
            ></textarea>
        }
        .into_any()
    } else {
        view! {
            <input
                class="input" id=id.clone() type=kind.input_type() inputmode=kind.keyboard()
                autocomplete=autocomplete aria-required=required.then_some("true")
                aria-invalid=invalid aria-describedby=described
                prop:value=move || value.get()
                on:input:target=move |event| on_input.run(event.target().value())
                on:blur=move |_| on_leave.run(())
            />
        }
        .into_any()
    };
    let control = if unit.is_empty() {
        control
    } else {
        view! { <div class="with-unit">{control}<span aria-hidden="true">{unit}</span></div> }
            .into_any()
    };
    view! {
        <div class="field" class:is-bad=is_bad>
            <label for=id.clone()>{label}</label>
            {control}
            <Understood words=understood />
            {hint_id.map(|hint_id| view! { <p class="hint" id=hint_id>{hint}</p> })}
            <Fault id=id fault=fault />
        </div>
    }
}

/// One of a few answers, as chips.
#[component]
pub fn Chips(
    /// Unique in the page; also the group's name.
    id: &'static str,
    /// The question.
    label: &'static str,
    /// The answers.
    options: Vec<&'static str>,
    /// Which one is chosen.
    chosen: Signal<Option<usize>>,
    /// Called with the one that is chosen.
    #[prop(into)]
    on_choose: Callback<usize>,
    /// What is to be repaired.
    fault: Signal<Option<String>>,
    /// A word of help.
    #[prop(optional)]
    hint: &'static str,
) -> impl IntoView {
    let is_bad = move || fault.with(Option::is_some);
    let described = move || is_bad().then(|| format!("{id}-error"));
    let chips = options
        .into_iter()
        .enumerate()
        .map(|(n, words)| {
            let own_id = if n == 0 {
                id.to_owned()
            } else {
                format!("{id}-{n}")
            };
            view! {
                <label class="chip">
                    <input
                        type="radio" name=id id=own_id
                        prop:checked=move || chosen.get() == Some(n)
                        on:change=move |_| on_choose.run(n)
                    />
                    <span>{words}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field is-group" class:is-bad=is_bad aria-describedby=described>
            <legend>{label}</legend>
            <div class="chips">{chips}</div>
            {(!hint.is_empty()).then(|| view! { <p class="hint">{hint}</p> })}
            <Fault id=id fault=fault />
        </fieldset>
    }
}

//! The questions of the need form.

use crate::desk::Desk;
use crate::desk::need_answers::{Answers, ItemAnswers, Spot, UNITS};
use crate::needs::draft_keeper::DraftKeeper;
use crate::needs::duplicates::{Duplicates, LikelyDuplicates};
use crate::ui::fields::{Bound, Chips, Fault, Field, Kind, Understood};
use domain::{Help, Topic};
use leptos::prelude::*;
use std::collections::BTreeMap;
use wasm_bindgen::JsCast;

/// A need has at most as many items as the rules allow.
const MOST_ITEMS: usize = 12;

/// The form's state, shared by its parts.
#[derive(Clone, Copy)]
pub struct State {
    /// What the form works with.
    pub desk: Desk,
    /// What is typed.
    pub answers: RwSignal<Answers>,
    /// What is to be repaired, by the control's id.
    pub faults: RwSignal<BTreeMap<String, String>>,
    /// Keeps what is typed.
    pub keeper: DraftKeeper,
}

impl State {
    pub fn change(self, change: impl FnOnce(&mut Answers)) {
        self.answers.update(change);
        self.keeper.touched();
    }

    fn fault(self, spot: Spot) -> Signal<Option<String>> {
        let id = spot.id();
        Signal::derive(move || self.faults.with(|f| f.get(&id).cloned()))
    }

    fn repaired(self, spot: Spot) {
        let id = spot.id();
        if self.faults.with_untracked(|f| f.contains_key(&id)) {
            self.faults.update(|f| {
                f.remove(&id);
            });
        }
    }

    /// A line of text on the form.
    fn text(
        self,
        spot: Spot,
        get: fn(&Answers) -> &String,
        set: fn(&mut Answers) -> &mut String,
    ) -> Bound {
        let value = Memo::new(move |_| self.answers.with(|a| get(a).clone()));
        Bound {
            value: value.into(),
            on_input: Callback::new(move |words: String| {
                // Nothing new was typed if the browser only repeats what stands there.
                if self.answers.with_untracked(|a| *get(a) != words) {
                    self.change(|a| *set(a) = words);
                    self.repaired(spot);
                }
            }),
            on_leave: Callback::new(move |()| self.look_at(&[spot])),
            fault: self.fault(spot),
            understood: Memo::new(move |_| self.answers.with(|a| a.understood(spot))).into(),
        }
    }

    /// Says what is wrong with what was just typed, once its field is left.
    fn look_at(self, spots: &[Spot]) {
        let today = self.desk.today();
        let wrong = self.answers.with_untracked(|a| a.wrong(today));
        for (spot, words) in wrong.into_iter().filter(|(s, _)| spots.contains(s)) {
            self.faults.update(|f| {
                f.insert(spot.id(), words);
            });
        }
    }

    /// Shows what is to be repaired and leads to the first of it.
    pub fn show(self, faults: Vec<(Spot, String)>) {
        let first = faults.first().map(|(spot, _)| spot.id());
        self.faults.set(
            faults
                .into_iter()
                .map(|(spot, words)| (spot.id(), words))
                .collect(),
        );
        let Some(first) = first else { return };
        // The focus moves after the messages are shown, so that a screen reader reads them together with the field.
        request_animation_frame(move || {
            let control = document()
                .get_element_by_id(&first)
                .and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok());
            if let Some(control) = control {
                let _focused = control.focus();
            }
        });
    }
}

/// All questions of the form.
#[component]
pub fn Questions(
    /// The form's state.
    state: State,
    /// What is known of needs that are probably the same.
    duplicates: Duplicates,
) -> impl IntoView {
    let answers = state.answers;
    let topic = Signal::derive(move || {
        let topic = answers.with(|a| a.topic);
        topic.and_then(|t| Topic::ALL.iter().position(|o| *o == t))
    });
    let help = Signal::derive(move || {
        let help = answers.with(|a| a.help);
        help.and_then(|h| Help::ALL.iter().position(|o| *o == h))
    });
    let choose_topic = move |n: usize| {
        state.change(|a| a.topic = Topic::ALL.get(n).copied());
        state.repaired(Spot::Topic);
    };
    let choose_help = move |n: usize| {
        state.change(|a| a.help = Help::ALL.get(n).copied());
        state.repaired(Spot::Help);
    };
    view! {
        <Field
            id="title" label="需要什么（一句话）" required=true
            bound=state.text(Spot::Title, |a| &a.title, |a| &mut a.title)
        />
        <LikelyDuplicates duplicates=duplicates />
        <Chips
            id="topic" label="属于哪一类" chosen=topic on_choose=choose_topic fault=state.fault(Spot::Topic)
            options=Topic::ALL.iter().map(|t| t.label()).collect()
        />
        <Chips
            id="help" label="需要哪种帮助" chosen=help on_choose=choose_help fault=state.fault(Spot::Help)
            options=Help::ALL.iter().map(|h| h.choice()).collect()
        />
        <Items state=state />
        <Field
            id="details" label="情况说明（可以不写）" kind=Kind::Lines
            hint="为什么需要，现在怎么样，装在哪里、给谁用。别写个人隐私。"
            bound=state.text(Spot::Details, |a| &a.details, |a| &mut a.details)
        />
        <Field
            id="deadline" label="最晚什么时候" kind=Kind::Day required=true
            bound=state.text(Spot::Deadline, |a| &a.deadline, |a| &mut a.deadline)
        />
        <div class="pair">
            <Field
                id="persons" label="多少人受益" kind=Kind::Number unit="人" required=true
                bound=state.text(Spot::Persons, |a| &a.persons, |a| &mut a.persons)
            />
            <Field
                id="households" label="多少户（可不填）" kind=Kind::Number unit="户"
                bound=state.text(Spot::Households, |a| &a.households, |a| &mut a.households)
            />
        </div>
        <Field
            id="contact-name" label="联系人" required=true autocomplete="name"
            bound=state.text(Spot::ContactName, |a| &a.contact_name, |a| &mut a.contact_name)
        />
        <Field
            id="contact-phone" label="电话" kind=Kind::Phone required=true autocomplete="tel"
            bound=state.text(Spot::ContactPhone, |a| &a.contact_phone, |a| &mut a.contact_phone)
        />
        <p class="hint">"联系人和电话不公开，只给县里和接单的组织看。"</p>
        <Field
            id="budget" label="大约要多少钱（可以不填）" kind=Kind::Money unit="元"
            bound=state.text(Spot::Budget, |a| &a.budget, |a| &mut a.budget)
        />
        <label class="check">
            <input
                type="checkbox" prop:checked=move || answers.with(|a| a.urgent)
                on:change:target=move |event| {
                    let urgent = event.target().checked();
                    state.change(|a| a.urgent = urgent);
                }
            />
            "急（不马上办会出事的才选）"
        </label>
    }
}

#[component]
fn Items(state: State) -> impl IntoView {
    let answers = state.answers;
    let numbers =
        Memo::new(move |_| answers.with(|a| a.items.iter().map(|i| i.no).collect::<Vec<_>>()));
    let add = move |_| state.change(|a| a.items.push(ItemAnswers::new(a.next_no())));
    let room = move || numbers.with(|n| n.len() < MOST_ITEMS);
    view! {
        <For each=move || numbers.get() key=|no| *no let:no>
            <Item state=state no=no />
        </For>
        {move || room().then(|| view! {
            <button class="btn is-quiet is-wide" type="button" on:click=add>"再加一项"</button>
        })}
    }
}

/// One thing that is needed: what, how much, in what unit.
#[component]
fn Item(state: State, no: u16) -> impl IntoView {
    let answers = state.answers;
    let place = Memo::new(move |_| answers.with(|a| a.items.iter().position(|i| i.no == no)));
    let at = move || place.get().unwrap_or(0);
    let part = move |get: fn(&ItemAnswers) -> &String| {
        Memo::new(move |_| {
            answers.with(|a| {
                let item = a.items.iter().find(|i| i.no == no);
                item.map_or_else(String::new, |i| get(i).clone())
            })
        })
    };
    let (name, quantity, unit) = (part(|i| &i.name), part(|i| &i.quantity), part(|i| &i.unit));
    let set = move |change: &dyn Fn(&mut ItemAnswers)| {
        // Nothing new was typed if the browser only repeats what stands there.
        let is_new = answers.with_untracked(|a| {
            a.items.iter().filter(|i| i.no == no).any(|item| {
                let mut changed = item.clone();
                change(&mut changed);
                changed != *item
            })
        });
        if is_new {
            state.change(|a| a.items.iter_mut().filter(|i| i.no == no).for_each(change));
        }
        is_new
    };
    let step = move |by: i64| {
        let stepped = answers.with_untracked(|a| {
            let item = a.items.iter().find(|i| i.no == no);
            item.map(|item| item.stepped(by))
        });
        let spot = Spot::Quantity(place.get_untracked().unwrap_or(0));
        match stepped {
            Some(Ok(words)) => {
                set(&|item| item.quantity.clone_from(&words));
                state.repaired(spot);
            }
            // What was typed stays, and under it stands how to write it.
            Some(Err(why)) => state.faults.update(|f| {
                f.insert(spot.id(), why.to_string());
            }),
            None => {}
        }
    };
    let understood = Memo::new(move |_| {
        answers.with(|a| {
            let item = a.items.iter().find(|i| i.no == no);
            item.and_then(ItemAnswers::understood)
        })
    });
    let left = move |_| {
        let at = place.get_untracked().unwrap_or(0);
        state.look_at(&[Spot::ItemName(at), Spot::Quantity(at), Spot::Unit(at)]);
    };
    let by_title = Memo::new(move |_| answers.with(Answers::name_by_title));
    let set_unit = move |words: String| {
        if set(&|item| item.unit.clone_from(&words)) {
            let at = place.get_untracked().unwrap_or(0);
            // What was wrong with the number may have been its unit.
            state.repaired(Spot::Unit(at));
            state.repaired(Spot::Quantity(at));
        }
    };
    let fault = move |spot: fn(usize) -> Spot| {
        Signal::derive(move || state.faults.with(|f| f.get(&spot(at()).id()).cloned()))
    };
    let faults = [
        fault(Spot::ItemName),
        fault(Spot::Quantity),
        fault(Spot::Unit),
    ];
    let [no_name, no_quantity, no_unit] = faults;
    let label = move |words: &str| match at() {
        0 => words.to_owned(),
        n => format!("第 {} 项{words}", n + 1),
    };
    let is_money = move || answers.with(|a| a.items.iter().any(|i| i.no == no && i.is_money()));
    let remove = move |_| {
        state.change(|a| a.items.retain(|i| i.no != no));
        state.faults.set(BTreeMap::new());
    };
    let several = move || answers.with(|a| a.items.len() > 1);
    let units = move || {
        unit.with(String::is_empty).then(|| {
            let chips = UNITS
                .iter()
                .map(|u| view! {
                    <button class="chip" type="button" on:click=move |_| set_unit((*u).to_owned())>{*u}</button>
                })
                .collect_view();
            view! { <div class="chips" role="group" aria-label="常用单位">{chips}</div> }
        })
    };
    view! {
        <div class="field is-group" class:is-bad=move || faults.iter().any(|f| f.with(Option::is_some))>
            <div class="row">
                <span class="label">{move || label("要什么、要多少")}</span>
                {move || several().then(|| view! {
                    <button class="link" type="button" on:click=remove>"去掉这一项"</button>
                })}
            </div>
            <div class="field">
                <label for=move || Spot::ItemName(at()).id()>{move || label("要什么")}</label>
                <input
                    class="input" id=move || Spot::ItemName(at()).id() autocomplete="off"
                    aria-required=move || by_title.with(Option::is_none).then_some("true")
                    placeholder=move || by_title.get()
                    on:blur=left
                    aria-invalid=move || no_name.with(Option::is_some).then_some("true")
                    prop:value=move || name.get()
                    on:input:target=move |event| {
                        let words = event.target().value();
                        if set(&|item| item.name.clone_from(&words)) {
                            state.repaired(Spot::ItemName(place.get_untracked().unwrap_or(0)));
                        }
                    }
                />
                {move || view! { <Fault id=Spot::ItemName(at()).id() fault=no_name /> }}
            </div>
            <div class="with-unit">
                <div class="stepper" role="group" aria-label=move || label("数量")>
                    <button type="button" aria-label="减少" disabled=is_money on:click=move |_| step(-1)>"−"</button>
                    <input
                        id=move || Spot::Quantity(at()).id() autocomplete="off"
                        inputmode=move || if is_money() { "decimal" } else { "numeric" }
                        aria-label=move || label("数量")
                        on:blur=left
                        aria-invalid=move || no_quantity.with(Option::is_some).then_some("true")
                        prop:value=move || quantity.get()
                        on:input:target=move |event| {
                            let words = event.target().value();
                            if set(&|item| item.quantity.clone_from(&words)) {
                                state.repaired(Spot::Quantity(place.get_untracked().unwrap_or(0)));
                            }
                        }
                    />
                    <button type="button" aria-label="增加" disabled=is_money on:click=move |_| step(1)>"＋"</button>
                </div>
                <input
                    class="input" id=move || Spot::Unit(at()).id() autocomplete="off" placeholder="单位"
                    aria-label=move || label("单位") aria-required="true"
                    on:blur=left
                    aria-invalid=move || no_unit.with(Option::is_some).then_some("true")
                    prop:value=move || unit.get()
                    on:input:target=move |event| set_unit(event.target().value())
                />
            </div>
            <Understood words=understood.into() />
            {move || view! { <Fault id=Spot::Quantity(at()).id() fault=no_quantity /> }}
            {move || view! { <Fault id=Spot::Unit(at()).id() fault=no_unit /> }}
            {units}
        </div>
    }
}

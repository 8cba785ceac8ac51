//! The sheets in which an organization answers a pick: accept it, in whole or in part, or decline it with a reason.

use crate::desk::use_desk;
use crate::supplies::pick_sheet::{CONTACT_DRAFT, kept_field, last_contact, read_places};
use crate::ui::fields::{Chips, Field, Kind};
use crate::ui::kept_form::KeptForm;
use crate::ui::one_tab::InOneTab;
use crate::ui::quantity::Quantity;
use crate::ui::sheet::Sheet;
use crate::ui::steady::{Act, steady};
use crate::ui::trouble;
use domain::commands::{AnswerPick, PickAnswer};
use domain::picks::DeclineReason;
use domain::read::day::day;
use domain::read::text::{line, person};
use domain::{Command, Contact, OrderId, Pick, Revision, Unit};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

/// The default delivery date is this many days ahead.
const USUAL_DAYS: i32 = 30;

/// How the acceptance of that pick lies among the drafts.
fn accept_name(pick: &Pick) -> String {
    format!("accept/{}", pick.id)
}

/// How the refusal of that pick lies among the drafts.
fn decline_name(pick: &Pick) -> String {
    format!("decline/{}", pick.id)
}

/// What is typed where a pick is accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Accepting {
    places: String,
    due: String,
    name: String,
    phone: String,
}

/// What is typed where a pick is declined.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Declining {
    reason: Option<DeclineReason>,
    words: String,
}

/// What an organization is about to answer, and on which wording of its supply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answering {
    /// The pick.
    pub pick: Pick,
    /// The wording of the supply that was on the screen.
    pub seen: Revision,
    /// How many places are left.
    pub left: u32,
}

/// An answer that was recalled stands in its form again.
pub async fn answer_again(desk: crate::desk::Desk, pick: &Pick, command: &Command) {
    let Command::AnswerPick(AnswerPick { answer, .. }) = command else {
        return;
    };
    // If it cannot be stored, it is typed again.
    let _kept = match answer {
        PickAnswer::Accept {
            places,
            due,
            contact,
            ..
        } => {
            let form = Accepting {
                places: places.to_string(),
                due: due.to_string(),
                name: contact.name.clone(),
                phone: contact.phone.clone(),
            };
            desk.put_draft(&accept_name(pick), &form).await
        }
        PickAnswer::Decline { reason, words } => {
            let form = Declining {
                reason: Some(*reason),
                words: words.clone(),
            };
            desk.put_draft(&decline_name(pick), &form).await
        }
    };
}

/// The sheet in which a pick is accepted.
#[component]
pub fn AcceptSheet(
    /// What is answered.
    answering: RwSignal<Option<Answering>>,
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let desk = use_desk();
    let contact = RwSignal::new(None::<Contact>);
    Effect::new(move || {
        if open.get() {
            spawn_local(async move {
                let last = last_contact(desk).await;
                contact.try_set(Some(last));
            });
        }
    });
    view! {
        <Sheet open=open title="答应这份点单">
            {move || Some(view! {
                <Accept answering=answering.get_untracked()? contact=contact.get()? open=open />
            })}
        </Sheet>
    }
}

#[component]
fn Accept(answering: Answering, contact: Contact, open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let Answering { pick, seen, left } = answering;
    let most = pick.places.min(left);
    let empty = StoredValue::new(Accepting {
        places: most.to_string(),
        due: desk.today().plus(USUAL_DAYS).to_string(),
        name: contact.name,
        phone: contact.phone,
    });
    let kept = KeptForm::new(desk, accept_name(&pick), empty.get_value());
    let places = RwSignal::new(most.to_string());
    Effect::new(move || {
        let kept = kept.form.with(|form| form.places.clone());
        if places.with_untracked(|now| *now != kept) {
            places.set(kept);
        }
    });
    Effect::new(move || {
        let typed = places.get();
        if kept.form.with_untracked(|form| form.places != typed) {
            empty.with_value(|empty| kept.change(empty, |form| form.places = typed));
        }
    });
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let id = pick.id;
    let send = move |()| {
        let answer = kept.form.with_untracked(|form| {
            Ok::<_, String>(AnswerPick {
                pick: id,
                answer: PickAnswer::Accept {
                    order: OrderId::from_random(desk.random()),
                    places: read_places(&form.places)?,
                    due: day(&form.due).map_err(|_| "请选一个日期。")?,
                    contact: Contact {
                        name: person(&form.name),
                        phone: line(&form.phone),
                    },
                },
                seen,
            })
        });
        let answer = match answer {
            Ok(answer) => answer,
            Err(why) => return trouble.set(Some(why)),
        };
        busy.set(true);
        trouble.set(None);
        let sending = kept.tab.sending();
        spawn_local(async move {
            let contact = match &answer.answer {
                PickAnswer::Accept { contact, .. } => Some(contact.clone()),
                PickAnswer::Decline { .. } => None,
            };
            match desk.submit(answer).await {
                Ok(_) => {
                    sending.sent().await;
                    if let Some(contact) = contact {
                        let _kept = desk.put_draft(CONTACT_DRAFT, &contact).await;
                    }
                    open.try_set(false);
                }
                Err(error) => {
                    trouble.try_set(Some(trouble::sentence(&error)));
                }
            }
            busy.try_set(false);
        });
    };
    let still = steady(|| ());
    let ready = Signal::derive(move || still.get() && !busy.get() && kept.tab.is_here());
    let asked = format!(
        "{}要 {} 个名额，还有 {left} 个",
        pick.place.village_name, pick.places
    );
    view! {
        <form on:submit=|event| event.prevent_default() novalidate>
            <p>{asked}</p>
            <InOneTab tab=kept.tab>
                <div class="field is-group">
                    <span class="label">"答应几个名额（可以少一些）"</span>
                    <Quantity
                        name="名额" unit=Unit::Of("个".to_owned()) text=places
                        most=Signal::derive(move || u64::from(most))
                    />
                </div>
                <Field
                    id="accept-due" label="打算什么时候做到" kind=Kind::Day required=true
                    bound=kept_field(kept, empty, |f: &Accepting| &f.due, |f| &mut f.due)
                />
                <div class="pair">
                    <Field
                        id="accept-name" label="你们的联系人" required=true autocomplete="name"
                        bound=kept_field(kept, empty, |f: &Accepting| &f.name, |f| &mut f.name)
                    />
                    <Field
                        id="accept-phone" label="你们的电话" kind=Kind::Phone required=true autocomplete="tel"
                        bound=kept_field(kept, empty, |f: &Accepting| &f.phone, |f| &mut f.phone)
                    />
                </div>
            </InOneTab>
            <p class="hint">"答应以后就是你们的一单：在“我的接单”里写进展、报告完成，村里确认才算做到。"</p>
            {move || desk.is_offline().then(|| view! {
                <p class="note is-wait">"现在没有网络。会先保存在本机，有网后自动发送。"</p>
            })}
            <div role="alert">
                {move || trouble.get().map(|why| view! { <p class="note is-alert">{why}</p> })}
            </div>
            <Act class="btn is-wide" ready=ready on_press=send>"答应"</Act>
            <button class="btn is-quiet is-wide" type="button" on:click=move |_| open.set(false)>"再想想"</button>
        </form>
    }
}

/// The sheet in which a pick is declined.
#[component]
pub fn DeclineSheet(
    /// What is answered.
    answering: RwSignal<Option<Answering>>,
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <Sheet open=open title="为什么接不了？">
            {move || answering.get_untracked().map(|answering| view! { <Decline answering=answering open=open /> })}
        </Sheet>
    }
}

#[component]
fn Decline(answering: Answering, open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let Answering { pick, seen, .. } = answering;
    let empty = StoredValue::new(Declining::default());
    let kept = KeptForm::new(desk, decline_name(&pick), Declining::default());
    let chosen = Signal::derive(move || {
        let reason = kept.form.with(|form| form.reason)?;
        DeclineReason::ALL.iter().position(|r| *r == reason)
    });
    let fault = RwSignal::new(None::<String>);
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let id = pick.id;
    let send = move |()| {
        let Declining { reason, words } = kept.form.get_untracked();
        let Some(reason) = reason else {
            return fault.set(Some("请选一个原因".to_owned()));
        };
        busy.set(true);
        trouble.set(None);
        let sending = kept.tab.sending();
        let answer = PickAnswer::Decline { reason, words };
        let command = AnswerPick {
            pick: id,
            answer,
            seen,
        };
        spawn_local(async move {
            match desk.submit(command).await {
                Ok(_) => {
                    sending.sent().await;
                    open.try_set(false);
                }
                Err(error) => {
                    trouble.try_set(Some(trouble::sentence(&error)));
                }
            }
            busy.try_set(false);
        });
    };
    let choose = move |n: usize| {
        fault.set(None);
        empty.with_value(|empty| {
            kept.change(empty, |form| {
                form.reason = DeclineReason::ALL.get(n).copied();
            });
        });
    };
    let still = steady(|| ());
    let ready = Signal::derive(move || still.get() && !busy.get() && kept.tab.is_here());
    view! {
        <form on:submit=|event| event.prevent_default() novalidate>
            <p class="meta">{format!("{} · {}", pick.place.line(), pick.wanted)}</p>
            <InOneTab tab=kept.tab>
                <Chips
                    id="decline-reason" label="原因（村里会看到）" chosen=chosen on_choose=choose fault=fault.into()
                    options=DeclineReason::ALL.iter().map(|r| r.label()).collect()
                />
                <Field
                    id="decline-words" label="再写一句（选“别的原因”时要写）" kind=Kind::Lines
                    bound=kept_field(kept, empty, |f: &Declining| &f.words, |f| &mut f.words)
                />
            </InOneTab>
            {move || desk.is_offline().then(|| view! {
                <p class="note is-wait">"现在没有网络。会先保存在本机，有网后自动发送。"</p>
            })}
            <div role="alert">
                {move || trouble.get().map(|why| view! { <p class="note is-alert">{why}</p> })}
            </div>
            <Act class="btn is-alert is-wide" ready=ready on_press=send>"婉拒"</Act>
            <button class="btn is-quiet is-wide" type="button" on:click=move |_| open.set(false)>"再想想"</button>
        </form>
    }
}

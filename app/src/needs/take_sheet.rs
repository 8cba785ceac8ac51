//! The sheet (modal dialog) for taking a need, or part of it.

use crate::desk::use_desk;
use crate::needs::taking::{Asked, Taking};
use crate::ui::quantity::Quantity;
use crate::ui::sheet::Sheet;
use crate::words;
use domain::{Day, Need};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

/// The sheet for taking (part of) a need. Without a network it says that the order is only an intent until the server confirms it.
#[component]
pub fn TakeSheet(
    /// The need.
    need: Need,
    /// Whether the sheet is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let desk = use_desk();
    let need = StoredValue::new(need);
    Effect::new(move || {
        if open.get() {
            // A sync brings the present quantities left, and shows whether there is a network.
            desk.sync_now();
        }
    });
    view! {
        <Sheet open=open title="接多少？">
            <TakeForm need=need.get_value() open=open />
        </Sheet>
    }
}

#[component]
fn TakeForm(need: Need, open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let taking = Taking::new(desk, &need);
    let Taking { trouble, gone, .. } = taking;
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        taking.send(open);
    };
    let fields = taking
        .asked
        .with_value(|asked| asked.iter().map(item_field).collect_view());
    view! {
        <form on:submit=submit on:input=move |_| taking.keep() novalidate>
            <Faster taking=taking />
            {fields}
            {move || taking.is_partly().then(|| view! {
                <button type="button" class="link" on:click=move |_| taking.take_all()>"全部接下"</button>
            })}
            <Due due=taking.due deadline=need.content.deadline />
            <Contacts taking=taking />
            <Offline />
            <div role="alert">
                {move || trouble.get().map(|why| view! { <p class="note is-alert">{why}</p> })}
            </div>
            {move || (!gone.get()).then(|| view! {
                <button class="btn is-wide" type="submit">
                    {move || if desk.is_offline() { "记下接单意向" } else { "接单" }}
                </button>
            })}
            <button class="btn is-quiet is-wide" type="button" on:click=move |_| open.set(false)>
                {move || if gone.get() { "关闭，看看类似的需求" } else { "先不接" }}
            </button>
        </form>
    }
}

/// The notice that others took while the sheet was open, and how the typed quantities were adjusted.
#[component]
fn Faster(taking: Taking) -> impl IntoView {
    let Taking { faster, gone, .. } = taking;
    let news = move || {
        faster.get().map(|who| {
            let words = if gone.get() {
                format!("刚才{who}接满了，没有剩下的。")
            } else {
                format!("刚才{who}接了一部分，数量已按还剩的改好。")
            };
            view! { <p class="note is-alert">{words}</p> }
        })
    };
    view! { <div role="alert">{news}</div> }
}

fn item_field(asked: &Asked) -> impl IntoView + use<> {
    let Asked { item, text, left } = asked.clone();
    let label = format!("take-item-{}", item.no.0);
    let (name, unit) = (item.name.clone(), item.unit.clone());
    let label_words = move || match left.get() {
        0 => format!("{}：已经有人接满了", item.name),
        left => format!("{}，还剩 {}", item.name, item.unit.amount(left)),
    };
    let stepper = move || {
        (left.get() > 0).then(|| {
            view! {
                <Quantity name=name.clone() unit=unit.clone() text=text most=left />
            }
        })
    };
    view! {
        <div class="field is-group">
            <span class="label" id=label>{label_words}</span>
            {stepper}
        </div>
    }
}

/// By when it will be in the village.
#[component]
fn Due(due: RwSignal<String>, deadline: Day) -> impl IntoView {
    let today = use_desk().today();
    view! {
        <div class="field">
            <label for="take-due">"打算什么时候交到村里"</label>
            <input
                class="input" id="take-due" type="date" required
                min=today.to_string()
                prop:value=move || due.get()
                on:input:target=move |event| due.set(event.target().value())
            />
            <p class="hint">{format!("村里最晚 {} 要用", words::day(deadline, today))}</p>
        </div>
    }
}

/// Whom the village may call.
#[component]
fn Contacts(taking: Taking) -> impl IntoView {
    let Taking {
        contact_name,
        contact_phone,
        ..
    } = taking;
    view! {
        <div class="pair">
            <div class="field">
                <label for="take-name">"你们的联系人"</label>
                <input
                    class="input" id="take-name" autocomplete="name"
                    prop:value=move || contact_name.get()
                    on:input:target=move |event| contact_name.set(event.target().value())
                />
            </div>
            <div class="field">
                <label for="take-phone">"你们的电话"</label>
                <input
                    class="input" id="take-phone" type="tel" inputmode="tel" autocomplete="tel"
                    prop:value=move || contact_phone.get()
                    on:input:target=move |event| contact_phone.set(event.target().value())
                />
            </div>
        </div>
    }
}

/// The warning that an order taken without a network is only an intent.
#[component]
fn Offline() -> impl IntoView {
    let desk = use_desk();
    move || {
        desk.is_offline().then(|| view! {
            <p class="note is-wait">
                <b>"现在没有网络。"</b>
                "先替你记下，这还不算接到。有网后由系统按先后确认；若被别人先接走，会马上告诉你，并推荐类似的需求。"
            </p>
        })
    }
}

//! The sheet (modal dialog) for taking a need, or part of it.

use crate::desk::use_desk;
use crate::needs::taking::{Asked, Taking, Way};
use crate::ui::changed::Changed;
use crate::ui::fields::Fault;
use crate::ui::one_tab::{InOneTab, OneTab};
use crate::ui::quantity::Quantity;
use crate::ui::sheet::Sheet;
use crate::ui::steady::{Act, steady};
use crate::words;
use domain::{Day, Need};
use leptos::prelude::*;

/// The sheet for taking (part of) a need. Without a network it says that the order is only an intent until the server confirms it.
#[component]
pub fn TakeSheet(
    /// The need.
    need: Need,
    /// Whether the sheet is open.
    open: RwSignal<bool>,
    /// How the organization comes to take it.
    #[prop(default = Way::Own)]
    way: Way,
) -> impl IntoView {
    let desk = use_desk();
    let way = StoredValue::new(way);
    let need = RwSignal::new(need);
    Effect::new(move || {
        if open.get() {
            // A sync brings the present quantities left, and shows whether there is a network.
            desk.sync_now();
        }
    });
    view! {
        <Sheet open=open title="接多少？">
            {move || {
                let tab = way.with_value(|way| Taking::tab(desk, need.with_untracked(|need| need.id), way));
                move || view! {
                    <TakeForm
                        need=need.get() way=way.get_value() tab=tab open=open
                        on_read=move |now| need.set(now)
                    />
                }
            }}
        </Sheet>
    }
}

#[component]
fn TakeForm(
    need: Need,
    way: Way,
    tab: OneTab,
    open: RwSignal<bool>,
    /// The person has read what the village changed: the form is made anew for the need as it is now.
    #[prop(into)]
    on_read: Callback<Need>,
) -> impl IntoView {
    let desk = use_desk();
    let is_own = way == Way::Own;
    let taking = Taking::new(desk, &need, way, tab);
    let Taking { trouble, gone, .. } = taking;
    let still = steady(move || {
        taking.faster.track();
        taking.changed.track();
    });
    let changed = taking.changed;
    let ready = Signal::derive(move || {
        still.get() && !taking.busy.get() && tab.is_here() && changed.with(Vec::is_empty)
    });
    let has_read = move |()| {
        if let Some(now) = taking.changed_need() {
            on_read.run(now);
        }
    };
    let fields = taking
        .asked
        .with_value(|asked| asked.iter().map(item_field).collect_view());
    view! {
        <form on:submit=|event| event.prevent_default() novalidate>
            <Faster taking=taking />
            <div role="alert"><Changed changed=changed on_read=has_read /></div>
            <InOneTab tab=tab>
                {fields}
                {move || taking.is_partly().then(|| view! {
                    <button type="button" class="link" on:click=move |_| taking.take_all()>"全部接下"</button>
                })}
                <Due due=taking.due deadline=need.content.deadline />
                <Contacts taking=taking />
            </InOneTab>
            <Offline />
            <div role="alert">
                {move || trouble.get().map(|why| view! { <p class="note is-alert">{why}</p> })}
            </div>
            {move || (!gone.get()).then(|| view! {
                <Act class="btn is-wide" ready=ready on_press=move |()| taking.send(open)>
                    {move || if desk.is_offline() { "记下接单意向" } else { "接单" }}
                </Act>
            })}
            <button class="btn is-quiet is-wide" type="button" on:click=move |_| open.set(false)>
                {move || match (gone.get(), is_own) {
                    (true, true) => "关闭，看看类似的需求",
                    (true, false) => "关闭",
                    (false, _) => "先不接",
                }}
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
    let desk = use_desk();
    view! {
        <div class="field">
            <label for="take-due">"打算什么时候交到村里"</label>
            <input
                class="input" id="take-due" type="date" required
                min=move || desk.today().to_string() max=deadline.to_string()
                prop:value=move || due.get()
                on:input:target=move |event| due.set(event.target().value())
            />
            <p class="hint">{move || format!("村里最晚 {} 要用", words::day(deadline, desk.today()))}</p>
        </div>
    }
}

/// Whom the village may call.
#[component]
fn Contacts(taking: Taking) -> impl IntoView {
    let Taking {
        contact_name,
        contact_phone,
        contact_fault,
        ..
    } = taking;
    let is_bad = move || contact_fault.with(Option::is_some).then_some("true");
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
                    required aria-invalid=is_bad aria-describedby="take-phone-error"
                    prop:value=move || contact_phone.get()
                    on:input:target=move |event| {
                        contact_phone.set(event.target().value());
                        contact_fault.set(None);
                    }
                />
            </div>
        </div>
        <div role="alert"><Fault id="take-phone" fault=contact_fault.into() /></div>
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

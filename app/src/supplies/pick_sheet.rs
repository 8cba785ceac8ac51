//! The sheet in which a village picks places of a supply.

use crate::desk::{Desk, use_desk};
use crate::ui::fields::{Bound, Field, Kind};
use crate::ui::kept_form::KeptForm;
use crate::ui::one_tab::InOneTab;
use crate::ui::quantity::{self, Quantity};
use crate::ui::sheet::Sheet;
use crate::ui::steady::{Act, steady};
use crate::ui::trouble;
use domain::commands::PickSupply;
use domain::read::text::{line, person};
use domain::{Contact, PickId, Revision, Supply, SupplyId, Unit};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

/// Whom others called last time.
pub const CONTACT_DRAFT: &str = "take/contact";

/// What is typed into the sheet, kept until it is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Form {
    places: String,
    words: String,
    name: String,
    phone: String,
}

/// A field of a form that is kept.
pub fn kept_field<T>(
    kept: KeptForm<T>,
    empty: StoredValue<T>,
    get: fn(&T) -> &String,
    set: fn(&mut T) -> &mut String,
) -> Bound
where
    T: Clone + PartialEq + Serialize + serde::de::DeserializeOwned + Send + Sync + 'static,
{
    kept.field(empty, get, set)
}

/// Whom others called last time, or the person who is signed in, without a number.
pub async fn last_contact(desk: Desk) -> Contact {
    let name = desk.actor().name;
    let kept = desk.draft::<Contact>(CONTACT_DRAFT).await;
    kept.unwrap_or(Contact {
        name,
        phone: String::new(),
    })
}

/// The sheet for picking. Without a network it says that nothing is picked before the organization has heard of it.
#[component]
pub fn PickSheet(
    /// The supply as it stood when the sheet was opened.
    supply: Signal<Option<Supply>>,
    /// Whether the sheet is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let desk = use_desk();
    let contact = RwSignal::new(None::<Contact>);
    Effect::new(move || {
        if open.get() {
            // A sync brings the places that are left now, and shows whether there is a network.
            desk.sync_now();
            spawn_local(async move {
                let last = last_contact(desk).await;
                contact.try_set(Some(last));
            });
        }
    });
    view! {
        <Sheet open=open title="点这个项目">
            {move || Some(view! {
                <Fields supply=supply.get_untracked()? contact=contact.get()? open=open now=supply />
            })}
        </Sheet>
    }
}

#[component]
fn Fields(
    supply: Supply,
    contact: Contact,
    open: RwSignal<bool>,
    /// The supply as it is now.
    now: Signal<Option<Supply>>,
) -> impl IntoView {
    let desk = use_desk();
    let (id, seen) = (supply.id, supply.revision);
    let empty = StoredValue::new(Form {
        places: "1".to_owned(),
        words: String::new(),
        name: contact.name,
        phone: contact.phone,
    });
    let kept = KeptForm::new(desk, format!("pick/{id}"), empty.get_value());
    let left = Memo::new(move |_| now.with(|now| now.as_ref().map_or(0, Supply::left)));
    let changed = Memo::new(move |_| now.with(|n| n.as_ref().map(|n| n.revision)) != Some(seen));
    let places = RwSignal::new("1".to_owned());
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
    let send = move |()| {
        let pick = match kept
            .form
            .with_untracked(|form| command(desk, id, seen, form))
        {
            Ok(pick) => pick,
            Err(why) => return trouble.set(Some(why)),
        };
        busy.set(true);
        trouble.set(None);
        let sending = kept.tab.sending();
        spawn_local(async move {
            let contact = pick.contact.clone();
            match desk.submit(pick).await {
                Ok(_) => {
                    sending.sent().await;
                    // If it cannot be kept, it is typed again next time.
                    let _kept = desk.put_draft(CONTACT_DRAFT, &contact).await;
                    open.try_set(false);
                }
                Err(error) => {
                    trouble.try_set(Some(trouble::sentence(&error)));
                }
            }
            busy.try_set(false);
        });
    };
    let still = steady(move || left.track());
    let ready = Signal::derive(move || {
        still.get() && !busy.get() && kept.tab.is_here() && !changed.get() && left.get() > 0
    });
    let what = supply.content.words_of(1);
    let conditions = supply.content.conditions.clone();
    view! {
        <form on:submit=|event| event.prevent_default() novalidate>
            <p>{format!("每个名额：{what}")}</p>
            {(!conditions.is_empty()).then(|| view! { <p class="note is-fact words">{format!("村里要准备：{conditions}")}</p> })}
            <div role="alert">
                {move || (changed.get() && !busy.get()).then(|| view! {
                    <p class="note is-alert">"这个项目刚刚改了。请先关上，看过改动再点。"</p>
                })}
            </div>
            <InOneTab tab=kept.tab>
                <div class="field is-group">
                    <span class="label">{move || format!("要几个名额？还有 {} 个", left.get())}</span>
                    <Quantity
                        name="名额" unit=Unit::Of("个".to_owned()) text=places
                        most=Signal::derive(move || u64::from(left.get()))
                    />
                </div>
                <Field
                    id="pick-words" label="给对方的话（可以不写）" kind=Kind::Lines
                    bound=kept_field(kept, empty, |f: &Form| &f.words, |f| &mut f.words)
                />
                <div class="pair">
                    <Field
                        id="pick-name" label="村里联系人" required=true autocomplete="name"
                        bound=kept_field(kept, empty, |f: &Form| &f.name, |f| &mut f.name)
                    />
                    <Field
                        id="pick-phone" label="电话" kind=Kind::Phone required=true autocomplete="tel"
                        bound=kept_field(kept, empty, |f: &Form| &f.phone, |f| &mut f.phone)
                    />
                </div>
            </InOneTab>
            <p class="hint">"联系人和电话只给这家组织、县里的两个部门看。没有答应的，号码会从点单里去掉。"</p>
            {move || desk.is_offline().then(|| view! {
                <p class="note is-wait">
                    <b>"现在没有网络。"</b>
                    "先替你记下，这还不算点到。有网后自动发给对方，对方答应才算；名额若先满了，会马上告诉你。"
                </p>
            })}
            <div role="alert">
                {move || trouble.get().map(|why| view! { <p class="note is-alert">{why}</p> })}
            </div>
            <Act class="btn is-wide" ready=ready on_press=send>
                {move || if desk.is_offline() { "记下点单" } else { "点单" }}
            </Act>
            <button class="btn is-quiet is-wide" type="button" on:click=move |_| open.set(false)>"先不点"</button>
        </form>
    }
}

fn command(
    desk: Desk,
    supply: SupplyId,
    seen: Revision,
    form: &Form,
) -> Result<PickSupply, String> {
    Ok(PickSupply {
        pick: PickId::from_random(desk.random()),
        supply,
        places: read_places(&form.places)?,
        words: form.words.trim().to_owned(),
        contact: Contact {
            name: person(&form.name),
            phone: line(&form.phone),
        },
        seen,
    })
}

/// A number of places as it is typed.
pub fn read_places(text: &str) -> Result<u32, String> {
    match quantity::try_read(&Unit::Of("个".to_owned()), text)? {
        0 => Err("请写要几个名额，至少 1 个。".to_owned()),
        places => Ok(u32::try_from(places).unwrap_or(u32::MAX)),
    }
}

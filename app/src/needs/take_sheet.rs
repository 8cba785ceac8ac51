use crate::desk::{Desk, Known, use_desk};
use crate::ui::quantity::{self, Quantity};
use crate::ui::sheet::Sheet;
use crate::ui::trouble;
use crate::words;
use domain::command::TakeOrder;
use domain::{Contact, Day, Entity, ItemNo, Key, Need, NeedItem, OrderId, OrderLine, Rejection};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use sync::engine::SubmitError;

/// Whom the village called last time.
const CONTACT_DRAFT: &str = "take/contact";
/// An organization that says nothing means a month.
const USUAL_DAYS: i32 = 30;

/// What is typed into the sheet, kept until it is sent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Form {
    amounts: Vec<(ItemNo, String)>,
    due: String,
}

/// One item with how much of it is wanted.
#[derive(Clone)]
struct Asked {
    item: NeedItem,
    text: RwSignal<String>,
    left: RwSignal<u64>,
}

impl Asked {
    fn quantity(&self) -> Option<u64> {
        quantity::read(&self.item.unit, &self.text.get_untracked())
    }

    /// There is so much now: whoever wanted all wants all of it, and nobody more than there is.
    fn now_left(&self, left: u64) {
        let before = self.left.get_untracked();
        let wanted = self.quantity();
        if left != before {
            self.left.set(left);
        }
        if wanted.is_some_and(|n| n > left || (n == before && n != left)) {
            self.text.set(quantity::write(&self.item.unit, left));
        }
    }

    fn take_all(&self) {
        let left = self.left.get_untracked();
        self.text.set(quantity::write(&self.item.unit, left));
    }
}

/// Taking (part of) a need. Without a network it says what that is worth.
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
            // What is left may have changed, and it shows whether there is a network.
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
    let id = need.id;
    let today = desk.today();
    let due = RwSignal::new(usual_due(need.content.deadline, today).to_string());
    let contact_name = RwSignal::new(desk.actor().name);
    let contact_phone = RwSignal::new(String::new());
    let trouble = RwSignal::new(None::<String>);
    let busy = StoredValue::new(false);
    let asked: Vec<Asked> = need
        .content
        .items
        .iter()
        .map(|item| Asked {
            text: RwSignal::new(quantity::write(&item.unit, need.left(item))),
            left: RwSignal::new(need.left(item)),
            item: item.clone(),
        })
        .collect();
    let asked = StoredValue::new(asked);
    restore(desk, &need, asked, due, contact_name, contact_phone);
    let faster = RwSignal::new(None::<String>);
    follow(desk, &need, asked, faster);
    let gone =
        Memo::new(move |_| asked.with_value(|asked| asked.iter().all(|a| a.left.get() == 0)));

    let keep = move || {
        let form = Form {
            amounts: asked.with_value(|asked| {
                let typed = |a: &Asked| (a.item.no, a.text.get_untracked());
                asked.iter().map(typed).collect()
            }),
            due: due.get_untracked(),
        };
        spawn_local(async move {
            // What could not be kept is still in the form.
            let _kept = desk.put_draft(&draft_name(&id), &form).await;
        });
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_value() {
            return;
        }
        let contact = Contact {
            name: contact_name.get_untracked().trim().to_owned(),
            phone: contact_phone.get_untracked().trim().to_owned(),
        };
        let order = asked.with_value(|asked| lines(asked)).and_then(|lines| {
            Ok(TakeOrder {
                order: OrderId::from_random(desk.random()),
                need: id,
                lines,
                due: due.get_untracked().parse().map_err(|_| "请选一个日期。")?,
                contact: (!contact.phone.is_empty()).then_some(contact),
            })
        });
        let order = match order {
            Ok(order) => order,
            Err(why) => return trouble.set(Some(why.to_owned())),
        };
        busy.set_value(true);
        trouble.set(None);
        spawn_local(async move {
            let contact = order.contact.clone();
            match desk.submit(order).await {
                Ok(_) => {
                    // A form that stays only offers what was typed before.
                    let _gone = desk.delete_draft(&draft_name(&id)).await;
                    if let Some(contact) = contact {
                        let _kept = desk.put_draft(CONTACT_DRAFT, &contact).await;
                    }
                    open.try_set(false);
                }
                Err(error) => {
                    if let SubmitError::Rejected(rejection) = &error {
                        asked.try_with_value(|asked| show_left(asked, rejection));
                    }
                    trouble.try_set(Some(trouble::sentence(&error)));
                }
            }
            busy.try_set_value(false);
        });
    };
    let fields = asked.with_value(|asked| asked.iter().map(item_field).collect_view());
    let partly = move || {
        asked.with_value(|asked| {
            let all = |a: &Asked| quantity::read(&a.item.unit, &a.text.get()) == Some(a.left.get());
            !asked.iter().all(all)
        })
    };
    let take_all = move |_| {
        asked.with_value(|asked| asked.iter().for_each(Asked::take_all));
        keep();
    };
    let offline = move || {
        desk.is_offline().then(|| view! {
            <p class="note is-wait">
                <b>"现在没有网络。"</b>
                "先替你记下，这还不算接到。有网后由系统按先后确认；若被别人先接走，会马上告诉你，并推荐类似的需求。"
            </p>
        })
    };
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
    view! {
        <form on:submit=submit on:input=move |_| keep() novalidate>
            <div role="alert">{news}</div>
            {fields}
            {move || partly().then(|| view! {
                <button type="button" class="link" on:click=take_all>"全部接下"</button>
            })}
            <div class="field">
                <label for="take-due">"打算什么时候交到村里"</label>
                <input
                    class="input" id="take-due" type="date" required
                    min=today.to_string()
                    prop:value=move || due.get()
                    on:input:target=move |event| due.set(event.target().value())
                />
                <p class="hint">{format!("村里最晚 {} 要用", words::day(need.content.deadline, today))}</p>
            </div>
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
            {offline}
            <div role="alert">
                {move || trouble.get().map(|why| view! { <p class="note is-alert">{why}</p> })}
            </div>
            {move || (!gone.get()).then(|| view! {
                <button class="btn is-wide" type="submit">
                    {move || if desk.is_offline() { "记下接单意向" } else { "接单" }}
                </button>
            })}
            <button class="btn is-quiet is-wide" type="button" on:click=move |_| open.set(false)>
                {move || if gone.get() { "关上，看看类似的需求" } else { "先不接" }}
            </button>
        </form>
    }
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

fn draft_name(need: &domain::NeedId) -> String {
    format!("take/{need}")
}

fn usual_due(deadline: Day, today: Day) -> Day {
    deadline.min(today.plus(USUAL_DAYS)).max(today)
}

/// Puts back what was typed before, and whom the village called last time.
fn restore(
    desk: Desk,
    need: &Need,
    asked: StoredValue<Vec<Asked>>,
    due: RwSignal<String>,
    name: RwSignal<String>,
    phone: RwSignal<String>,
) {
    let id = need.id;
    spawn_local(async move {
        if let Some(contact) = desk.draft::<Contact>(CONTACT_DRAFT).await {
            name.try_set(contact.name);
            phone.try_set(contact.phone);
        }
        let Some(form) = desk.draft::<Form>(&draft_name(&id)).await else {
            return;
        };
        asked.try_with_value(|asked| {
            for a in asked {
                let typed = form.amounts.iter().find(|(no, _)| *no == a.item.no);
                let Some((_, text)) = typed else { continue };
                let fits =
                    quantity::read(&a.item.unit, text).is_some_and(|n| n <= a.left.get_untracked());
                if fits {
                    a.text.set(text.clone());
                }
            }
        });
        if form.due.parse::<Day>().is_ok_and(|day| day >= desk.today()) {
            due.try_set(form.due);
        }
    });
}

/// Follows what others take while the sheet is open; `faster` is who took last.
fn follow(
    desk: Desk,
    need: &Need,
    asked: StoredValue<Vec<Asked>>,
    faster: RwSignal<Option<String>>,
) {
    let key = Key::Need(need.id);
    let before = need.pledges.len();
    let known = desk.entity(move || Some(key));
    Effect::new(move || {
        known.with(|known| {
            let Known::Here(seen) = known else { return };
            let Entity::Need(need) = &seen.entity else {
                return;
            };
            // One's own order is on its way: what is left now is not for this sheet any more.
            if seen.pending.is_some() {
                return;
            }
            if let Some(pledge) = need.pledges.get(before..).and_then(<[_]>::last) {
                faster.set(Some(pledge.org_name.clone()));
            }
            asked.with_value(|asked| {
                for a in asked {
                    a.now_left(need.item(a.item.no).map_or(0, |item| need.left(item)));
                }
            });
        });
    });
}

/// The refusal says what is left.
fn show_left(asked: &[Asked], rejection: &Rejection) {
    let Rejection::Taken(taken) = rejection else {
        return;
    };
    for item in taken.wanted.iter().chain(&taken.others) {
        if let Some(a) = asked.iter().find(|a| a.item.no == item.item) {
            a.now_left(item.left);
        }
    }
}

/// What is wanted, or what is wrong with it.
fn lines(asked: &[Asked]) -> Result<Vec<OrderLine>, &'static str> {
    let mut lines = Vec::new();
    for a in asked {
        let left = a.left.get_untracked();
        if left == 0 {
            continue;
        }
        match a.quantity() {
            Some(0) => {}
            Some(quantity) if quantity <= left => lines.push(OrderLine {
                item: a.item.no,
                quantity,
            }),
            Some(_) => return Err("写的数量比还剩的多，请改小一点。"),
            None => return Err("数量请写数字。"),
        }
    }
    if lines.is_empty() {
        return Err("请至少接一样。");
    }
    Ok(lines)
}

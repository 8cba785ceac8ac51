//! The state of the sheet for taking a need: stored as a draft while it is typed, adjusted when others take, then submitted.

use crate::desk::{Desk, Known};
use crate::ui::changed::{Change, changes};
use crate::ui::one_tab::OneTab;
use crate::ui::quantity;
use crate::ui::trouble;
use domain::commands::{AnswerDispatch, AnswerOffer, DispatchAnswer, OfferAnswer, TakeOrder};
use domain::orders::offers::last_due;
use domain::read::day::day;
use domain::read::text::{line, person};
use domain::rejection::Field;
use domain::{
    Command, Contact, Day, DispatchId, Entity, Facts, ItemNo, Key, Need, NeedContent, NeedId,
    NeedItem, OrderId, OrderLine, Rejection, Revision, Role,
};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use sync::engine::SubmitError;
use sync::replica::ListItem;

/// Whom the village called last time.
pub const CONTACT_DRAFT: &str = "take/contact";
/// The default delivery date is this many days ahead.
const USUAL_DAYS: i32 = 30;

/// What is typed into the sheet, kept until it is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Form {
    amounts: Vec<(ItemNo, String)>,
    due: String,
    /// Whom the village may call, if that was typed: name and telephone.
    #[serde(default)]
    contact: Option<(String, String)>,
}

/// How an organization comes to take a need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// By itself.
    Own,
    /// A bureau asks for it.
    Asked {
        /// With which dispatch.
        dispatch: DispatchId,
        /// How much of what; none leaves it to the organization.
        lines: Vec<OrderLine>,
    },
    /// It has waited, and this is offered to it.
    Offered(Vec<OrderLine>),
}

fn of_item(lines: &[OrderLine], item: ItemNo) -> u64 {
    let of_it = lines.iter().filter(|line| line.item == item);
    of_it.map(|line| line.quantity).sum()
}

impl Way {
    /// How much of an item may be taken.
    fn left(&self, need: &Need, item: &NeedItem) -> u64 {
        match self {
            Self::Offered(lines) => of_item(lines, item.no),
            Self::Own | Self::Asked { .. } => need.left(item),
        }
    }

    /// How much of an item is wanted at first.
    fn wanted(&self, need: &Need, item: &NeedItem) -> u64 {
        let left = self.left(need, item);
        match self {
            Self::Asked { lines, .. } if !lines.is_empty() => of_item(lines, item.no).min(left),
            _ => left,
        }
    }

    fn draft_name(&self, need: NeedId) -> String {
        match self {
            Self::Own => format!("take/{need}"),
            Self::Asked { dispatch, .. } => format!("take-dispatch/{dispatch}"),
            Self::Offered(_) => format!("take-offer/{need}"),
        }
    }
}

/// One item with how much of it is wanted.
#[derive(Clone)]
pub struct Asked {
    /// The item.
    pub item: NeedItem,
    /// How much is wanted, as it is typed.
    pub text: RwSignal<String>,
    /// How much of it is left to take.
    pub left: RwSignal<u64>,
}

impl Asked {
    /// All that is left of an item, or what is asked for.
    fn of(way: &Way, need: &Need, item: &NeedItem) -> Self {
        let left = way.left(need, item);
        Self {
            item: item.clone(),
            text: RwSignal::new(quantity::write(&item.unit, way.wanted(need, item))),
            left: RwSignal::new(left),
        }
    }

    fn quantity(&self) -> Result<u64, String> {
        quantity::try_read(&self.item.unit, &self.text.get_untracked())
    }

    /// Takes over the quantity left now. If all was wanted, all that is left is wanted now; otherwise the wanted quantity is capped.
    fn now_left(&self, left: u64) {
        let before = self.left.get_untracked();
        let wanted = self.quantity();
        if left != before {
            self.left.set(left);
        }
        if wanted.is_ok_and(|n| n > left || (n == before && n != left)) {
            self.text.set(quantity::write(&self.item.unit, left));
        }
    }

    fn take_all(&self) {
        let left = self.left.get_untracked();
        self.text.set(quantity::write(&self.item.unit, left));
    }
}

/// How much is taken of each item, by when, and whom the village may call.
#[derive(Clone, Copy)]
pub struct Taking {
    desk: Desk,
    need: NeedId,
    way: StoredValue<Way>,
    /// Which tab writes it.
    pub tab: OneTab,
    /// The items.
    pub asked: StoredValue<Vec<Asked>>,
    /// The day by which it will be there, as it is typed.
    pub due: RwSignal<String>,
    /// Whom the village may call.
    pub contact_name: RwSignal<String>,
    /// Their telephone.
    pub contact_phone: RwSignal<String>,
    /// What is to be repaired about whom the village may call.
    pub contact_fault: RwSignal<Option<String>>,
    /// Why it was not sent.
    pub trouble: RwSignal<Option<String>>,
    /// Who took last while the sheet was open.
    pub faster: RwSignal<Option<String>>,
    /// Nothing is left.
    pub gone: Memo<bool>,
    /// What the village has changed since the sheet was opened: nothing is taken before that was read.
    pub changed: RwSignal<Vec<Change>>,
    /// The need as it is now, once it is not as it was.
    now: StoredValue<Option<Need>>,
    /// The wording on the screen.
    read: StoredValue<Revision>,
    /// The last day that may be named.
    last_due: Day,
    /// It is being kept.
    pub busy: RwSignal<bool>,
    /// What is on the form without anybody having typed on it, as far as it is known; nothing until what was left is read.
    untouched: StoredValue<Option<Form>>,
}

impl Taking {
    /// Which tab writes the sheet of a need.
    #[must_use]
    pub fn tab(desk: Desk, need: NeedId, way: &Way) -> OneTab {
        OneTab::new(desk, way.draft_name(need))
    }

    /// All that is left of a need; or what was typed before, as soon as that is read in the `tab` that writes it.
    #[must_use]
    pub fn new(desk: Desk, need: &Need, way: Way, tab: OneTab) -> Self {
        let items = need.content.items.iter();
        let asked = items.map(|item| Asked::of(&way, need, item)).collect();
        let asked = StoredValue::new(asked);
        let taking = Self {
            desk,
            need: need.id,
            way: StoredValue::new(way),
            tab,
            asked,
            due: RwSignal::new(usual_due(last_due(need), desk.today()).to_string()),
            contact_name: RwSignal::new(desk.actor().name),
            contact_phone: RwSignal::new(String::new()),
            contact_fault: RwSignal::new(None),
            trouble: RwSignal::new(None),
            faster: RwSignal::new(None),
            gone: Memo::new(move |_| {
                asked.with_value(|asked: &Vec<Asked>| asked.iter().all(|a| a.left.get() == 0))
            }),
            changed: RwSignal::new(Vec::new()),
            now: StoredValue::new(None),
            read: StoredValue::new(need.revision),
            last_due: last_due(need),
            busy: RwSignal::new(false),
            untouched: StoredValue::new(None),
        };
        tab.open(move || taking.restore());
        taking.follow(need.pledges.len(), need.content.clone());
        // Whatever changes the form, a key or a tap on a button, it is kept.
        Effect::new(move || taking.keep());
        taking
    }

    /// What is on the form. Tracked.
    fn form(self) -> Form {
        Form {
            amounts: self.asked.with_value(|asked| {
                let typed = |a: &Asked| (a.item.no, a.text.get());
                asked.iter().map(typed).collect()
            }),
            due: self.due.get(),
            contact: Some((self.contact_name.get(), self.contact_phone.get())),
        }
    }

    /// Puts back what was typed before, and whom the village called last time.
    async fn restore(self) {
        let desk = self.desk;
        self.untouched.try_set_value(None);
        let contact = match desk.draft::<Contact>(CONTACT_DRAFT).await {
            Some(contact) => Some(contact),
            None => last_contact(desk).await,
        };
        let name = self.way.try_with_value(|way| way.draft_name(self.need));
        let left = match name {
            Some(name) => desk.draft::<Form>(&name).await,
            None => None,
        };
        // The page may be gone by now.
        if self.due.try_get_untracked().is_none() {
            return;
        }
        if let Some(contact) = contact {
            self.contact_name.set(contact.name);
            self.contact_phone.set(contact.phone);
        }
        if let Some(form) = left {
            self.fill(form);
        }
        self.untouched.set_value(Some(untrack(|| self.form())));
    }

    /// Puts what was typed before on the form.
    fn fill(self, form: Form) {
        self.asked.with_value(|asked| {
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
        if let Some((name, phone)) = form.contact {
            self.contact_name.set(name);
            self.contact_phone.set(phone);
        }
        let today = self.desk.today();
        let fits = |day: Day| (today..=self.last_due).contains(&day);
        if form.due.parse::<Day>().is_ok_and(fits) {
            self.due.set(form.due);
        }
    }

    /// The need as it is now, once it is not as it was.
    #[must_use]
    pub fn changed_need(self) -> Option<Need> {
        self.now.get_value()
    }

    /// Follows what others take, and what the village changes, while the sheet is open; `before` orders and the content `read` were there
    /// when it opened.
    fn follow(self, before: usize, read: NeedContent) {
        let key = Key::Need(self.need);
        let known = self.desk.entity(move || Some(key));
        Effect::new(move || {
            known.with(|known| {
                let Known::Here(seen) = known else { return };
                let Entity::Need(need) = &seen.entity else {
                    return;
                };
                // The own order is submitted, so later changes of the quantity left do not concern this sheet.
                if seen.pending.is_some() {
                    return;
                }
                let changed = changes(&read, &need.content, self.desk.today());
                self.now.set_value(Some((**need).clone()));
                if changed.is_empty() {
                    // What stands there is what is on the screen, word for word.
                    self.read.set_value(need.revision);
                }
                if self.changed.with_untracked(|before| *before != changed) {
                    self.changed.set(changed);
                }
                if let Some(pledge) = need.pledges.get(before..).and_then(<[_]>::last) {
                    self.faster.set(Some(pledge.org_name.clone()));
                }
                let way = self.way_now(need);
                let was_kept = self.untouched.get_value() == Some(untrack(|| self.form()));
                self.asked.with_value(|asked| {
                    for a in asked {
                        a.now_left(need.item(a.item.no).map_or(0, |item| way.left(need, item)));
                    }
                });
                if was_kept {
                    // Others changed the quantities, nobody has typed.
                    self.untouched.set_value(Some(untrack(|| self.form())));
                }
            });
        });
    }

    /// How the organization comes to it now: what was offered may be offered no more.
    fn way_now(self, need: &Need) -> Way {
        match (self.way.get_value(), self.desk.actor().role) {
            (Way::Offered(_), Role::Member { org, .. }) => {
                let offer = need.offer_to(org);
                Way::Offered(offer.map(|offer| offer.lines.clone()).unwrap_or_default())
            }
            (way, _) => way,
        }
    }

    /// Whether it is less, or other, than all that is left. Tracked.
    #[must_use]
    pub fn is_partly(self) -> bool {
        self.asked.with_value(|asked| {
            let all = |a: &Asked| quantity::read(&a.item.unit, &a.text.get()) == Some(a.left.get());
            !asked.iter().all(all)
        })
    }

    /// Wants all that is left.
    pub fn take_all(self) {
        self.asked
            .with_value(|asked| asked.iter().for_each(Asked::take_all));
    }

    /// Keeps what is typed on this device, once it differs from what stood there. Tracked.
    fn keep(self) {
        let form = self.form();
        let is_typed = self
            .untouched
            .with_value(|untouched| untouched.as_ref().is_some_and(|before| *before != form));
        if !is_typed || self.busy.get_untracked() {
            return;
        }
        self.untouched.set_value(Some(form.clone()));
        self.tab.put(Some(&form));
    }

    /// The order, or what is wrong with what is typed.
    fn order(self) -> Result<(Command, Contact), String> {
        let contact = Contact {
            name: person(&self.contact_name.get_untracked()),
            phone: line(&self.contact_phone.get_untracked()),
        };
        let lines = self.asked.with_value(|asked| lines(asked))?;
        let (order, need) = (OrderId::from_random(self.desk.random()), self.need);
        let due = day(&self.due.get_untracked()).map_err(|_| "请选一个日期。")?;
        let seen = Some(self.read.get_value());
        let whom = contact.clone();
        let command: Command = match self.way.get_value() {
            Way::Own => TakeOrder {
                order,
                need,
                lines,
                due,
                contact: Some(contact),
                seen,
            }
            .into(),
            Way::Asked { dispatch, .. } => {
                let answer = DispatchAnswer::Accept {
                    order,
                    lines,
                    due,
                    contact,
                    seen,
                };
                AnswerDispatch { dispatch, answer }.into()
            }
            Way::Offered(_) => {
                let answer = OfferAnswer::Take {
                    order,
                    lines,
                    due,
                    contact,
                    seen,
                };
                AnswerOffer { need, answer }.into()
            }
        };
        Ok((command, whom))
    }

    /// Sends the order and shuts the sheet, which is `open`; or says what is wrong.
    pub fn send(self, open: RwSignal<bool>) {
        if self.busy.get_untracked() {
            return;
        }
        let (order, contact) = match self.order() {
            Ok(order) => order,
            Err(why) => return self.trouble.set(Some(why)),
        };
        self.busy.set(true);
        self.trouble.set(None);
        self.contact_fault.set(None);
        let (desk, sending) = (self.desk, self.tab.sending());
        spawn_local(async move {
            match desk.submit(order).await {
                Ok(_) => {
                    sending.sent().await;
                    let _kept = desk.put_draft(CONTACT_DRAFT, &contact).await;
                    open.try_set(false);
                }
                Err(error) => {
                    if let SubmitError::Rejected(rejection) = &error {
                        self.asked
                            .try_with_value(|asked| show_left(asked, rejection));
                    }
                    let words = trouble::sentence(&error);
                    let shown_at = match &error {
                        SubmitError::Rejected(rejection) if is_about_contact(rejection) => {
                            self.contact_fault
                        }
                        _ => self.trouble,
                    };
                    shown_at.try_set(Some(words));
                }
            }
            self.busy.try_set(false);
        });
    }
}

fn is_about_contact(rejection: &Rejection) -> bool {
    let field = Field::Contact;
    matches!(rejection, Rejection::Invalid { field: about, .. } if *about == field)
}

/// Whom the village called about the last order of this organization.
async fn last_contact(desk: Desk) -> Option<Contact> {
    let orders = untrack(|| desk.list(|facts| matches!(facts, Facts::Order(_))));
    let at = |item: &ListItem| item.summary.order().map(|order| order.facts.at);
    let last = orders.into_iter().max_by_key(at)?;
    match desk.read(last.key).await?.entity {
        Entity::Order(order) => order.contact,
        _ => None,
    }
}

fn usual_due(last: Day, today: Day) -> Day {
    last.min(today.plus(USUAL_DAYS)).max(today)
}

/// Shows the quantities left from a rejection.
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
fn lines(asked: &[Asked]) -> Result<Vec<OrderLine>, String> {
    let mut lines = Vec::new();
    for a in asked {
        let left = a.left.get_untracked();
        if left == 0 {
            continue;
        }
        match a.quantity() {
            Ok(0) => {}
            Ok(quantity) if quantity <= left => lines.push(OrderLine {
                item: a.item.no,
                quantity,
            }),
            Ok(_) => {
                let most = a.item.unit.amount(left);
                return Err(format!(
                    "{}只剩 {most}，请改成 {most} 或更少。",
                    a.item.name
                ));
            }
            Err(why) => return Err(format!("{}：{why}。", a.item.name)),
        }
    }
    if lines.is_empty() {
        return Err("请至少接一样。".to_owned());
    }
    Ok(lines)
}

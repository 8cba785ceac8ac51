//! What the holder of an order writes: a report, that it is delivered, or that it is given back.

use crate::desk::{Desk, use_desk};
use crate::parts::sheet::Sheet;
use crate::parts::trouble;
use domain::command::{MarkDelivered, ReleaseOrder, ReportProgress};
use domain::{Command, Fen, OrderId, ProgressId};
use leptos::ev::SubmitEvent;
use leptos::task::spawn_local;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use view::prelude::*;

/// A form that is kept as a draft while it is typed and sent as one command.
struct Kept<T: Send + Sync + 'static> {
    desk: Desk,
    name: StoredValue<String>,
    form: RwSignal<T>,
    trouble: RwSignal<Option<String>>,
    busy: StoredValue<bool>,
    open: RwSignal<bool>,
}

impl<T: Send + Sync + 'static> Clone for Kept<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Kept<T> {}

impl<T: Clone + Default + Serialize + DeserializeOwned + Send + Sync + 'static> Kept<T> {
    /// The form as it was left.
    fn new(name: String, open: RwSignal<bool>) -> Self {
        let desk = use_desk();
        let form = RwSignal::new(T::default());
        let kept = Self {
            desk,
            name: StoredValue::new(name.clone()),
            form,
            trouble: RwSignal::new(None),
            busy: StoredValue::new(false),
            open,
        };
        spawn_local(async move {
            if let Some(left) = desk.draft::<T>(&name).await {
                form.try_set(left);
            }
        });
        kept
    }

    /// Changes an answer and keeps the form.
    fn put(self, change: impl FnOnce(&mut T)) {
        self.form.update(change);
        let (name, form) = (self.name.get_value(), self.form.get_untracked());
        spawn_local(async move {
            // What could not be kept is still in the form.
            let _kept = self.desk.put_draft(&name, &form).await;
        });
    }

    /// Sends a command, or says why not; the form stays open then.
    fn send(self, command: Result<Command, &'static str>) {
        if self.busy.get_value() {
            return;
        }
        let command = match command {
            Ok(command) => command,
            Err(why) => return self.trouble.set(Some(why.to_owned())),
        };
        self.busy.set_value(true);
        self.trouble.set(None);
        let name = self.name.get_value();
        spawn_local(async move {
            match self.desk.submit(command).await {
                Ok(_) => {
                    // A form that stays only offers what was typed before.
                    let _gone = self.desk.delete_draft(&name).await;
                    self.open.try_set(false);
                }
                Err(error) => {
                    self.trouble.try_set(Some(trouble::sentence(&error)));
                }
            }
            self.busy.try_set_value(false);
        });
    }
}

/// What went wrong, at the end of a form.
#[component]
fn Trouble(trouble: RwSignal<Option<String>>) -> View {
    view! {
        <div role="alert">
            {move || trouble.get().map(|why| view! { <p class="note is-alert">{why}</p> })}
        </div>
    }
}

/// Without a network it is said that a form is only kept.
#[component]
fn OfflineNote() -> View {
    let desk = use_desk();
    let note = move || {
        desk.is_offline().then(|| {
            view! {
                <p class="note is-wait">"现在没有网络。会先保存在本机，有网后自动发送。"</p>
            }
        })
    };
    view! { {note} }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct ReportForm {
    text: String,
    cash: String,
    goods: String,
    persons: String,
    visits: String,
}

impl ReportForm {
    fn command(&self, order: OrderId, progress: ProgressId) -> Result<Command, &'static str> {
        let money = |text: &str| match text.trim() {
            "" => Ok(Fen(0)),
            text => Fen::from_yuan(text)
                .map_err(|_| "金额请写数字，最多两位小数，例如 3200 或 3200.50。"),
        };
        let count = |text: &str| match text.trim() {
            "" => Ok(0),
            text => text.parse::<u32>().map_err(|_| "人数和人次请写整数。"),
        };
        Ok(ReportProgress {
            order,
            progress,
            text: self.text.trim().to_owned(),
            cash: money(&self.cash)?,
            goods: money(&self.goods)?,
            persons: count(&self.persons)?,
            visits: count(&self.visits)?,
        }
        .into())
    }
}

/// Reporting what was done.
#[component]
pub fn Report(
    /// On which order.
    order: OrderId,
    /// Whether the form is open.
    open: RwSignal<bool>,
) -> View {
    view! {
        <Sheet open=open title="写进展">
            <ReportFields order=order open=open />
        </Sheet>
    }
}

#[component]
fn ReportFields(order: OrderId, open: RwSignal<bool>) -> View {
    let kept = Kept::<ReportForm>::new(format!("report/{order}"), open);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let progress = ProgressId::from_random(kept.desk.random());
        kept.send(
            kept.form
                .with_untracked(|form| form.command(order, progress)),
        );
    };
    view! {
        <form on:submit=submit novalidate>
            <div class="field">
                <label for="report-text">"做了什么"</label>
                <textarea
                    class="input" id="report-text" rows="4" maxlength="500"
                    prop:value=move || kept.form.with(|f| f.text.clone())
                    on:input:target=move |e| kept.put(|f| f.text = e.target().value())
                ></textarea>
                <p class="hint">"写给村里看的，一两句就行。不要写受助人的姓名和证件号。"</p>
            </div>
            <div class="pair">
                <div class="field">
                    <label for="report-cash">"现金支出（元）"</label>
                    <input
                        class="input" id="report-cash" inputmode="decimal" autocomplete="off"
                        prop:value=move || kept.form.with(|f| f.cash.clone())
                        on:input:target=move |e| kept.put(|f| f.cash = e.target().value())
                    />
                </div>
                <div class="field">
                    <label for="report-goods">"物资折价（元）"</label>
                    <input
                        class="input" id="report-goods" inputmode="decimal" autocomplete="off"
                        prop:value=move || kept.form.with(|f| f.goods.clone())
                        on:input:target=move |e| kept.put(|f| f.goods = e.target().value())
                    />
                </div>
            </div>
            <div class="pair">
                <div class="field">
                    <label for="report-persons">"多少人"</label>
                    <input
                        class="input" id="report-persons" inputmode="numeric" autocomplete="off"
                        prop:value=move || kept.form.with(|f| f.persons.clone())
                        on:input:target=move |e| kept.put(|f| f.persons = e.target().value())
                    />
                </div>
                <div class="field">
                    <label for="report-visits">"多少人次"</label>
                    <input
                        class="input" id="report-visits" inputmode="numeric" autocomplete="off"
                        prop:value=move || kept.form.with(|f| f.visits.clone())
                        on:input:target=move |e| kept.put(|f| f.visits = e.target().value())
                    />
                </div>
            </div>
            <p class="hint">"只有“做了什么”要填，其他没有就空着。"</p>
            <OfflineNote />
            <Trouble trouble=kept.trouble />
            <button class="btn is-wide" type="submit">"发给村里"</button>
            <button class="btn is-quiet is-wide" type="button" on:click=move |_| open.set(false)>"先不发"</button>
        </form>
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct WordsForm {
    text: String,
}

/// Saying that an order is delivered.
#[component]
pub fn Deliver(
    /// Which order.
    order: OrderId,
    /// Whether the form is open.
    open: RwSignal<bool>,
) -> View {
    view! {
        <Sheet open=open title="都做完了？">
            <DeliverFields order=order open=open />
        </Sheet>
    }
}

#[component]
fn DeliverFields(order: OrderId, open: RwSignal<bool>) -> View {
    let kept = Kept::<WordsForm>::new(format!("deliver/{order}"), open);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let note = kept.form.with_untracked(|form| form.text.trim().to_owned());
        kept.send(Ok(MarkDelivered { order, note }.into()));
    };
    view! {
        <form on:submit=submit novalidate>
            <p>"发出后，村里会去看，看过再确认。村里确认了才算做到。"</p>
            <div class="field">
                <label for="deliver-note">"请村里看看什么（可以不填）"</label>
                <textarea
                    class="input" id="deliver-note" rows="3" maxlength="500"
                    prop:value=move || kept.form.with(|f| f.text.clone())
                    on:input:target=move |e| kept.put(|f| f.text = e.target().value())
                ></textarea>
            </div>
            <OfflineNote />
            <Trouble trouble=kept.trouble />
            <button class="btn is-wide" type="submit">"报告已完成"</button>
            <button class="btn is-quiet is-wide" type="button" on:click=move |_| open.set(false)>"还没做完"</button>
        </form>
    }
}

/// Giving an order back, with a reason and a second look.
#[component]
pub fn Release(
    /// Which order.
    order: OrderId,
    /// Whether the form is open.
    open: RwSignal<bool>,
) -> View {
    view! {
        <Sheet open=open title="放弃这一单？">
            <ReleaseFields order=order open=open />
        </Sheet>
    }
}

#[component]
fn ReleaseFields(order: OrderId, open: RwSignal<bool>) -> View {
    let kept = Kept::<WordsForm>::new(format!("release/{order}"), open);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let reason = kept.form.with_untracked(|form| form.text.trim().to_owned());
        kept.send(if reason.is_empty() {
            Err("请写一句原因，村里会看到。")
        } else {
            Ok(ReleaseOrder { order, reason }.into())
        });
    };
    view! {
        <form on:submit=submit novalidate>
            <p>"放弃后，接下的数量会放回项目库，由别的组织来接，不能撤回。"</p>
            <div class="field">
                <label for="release-reason">"为什么放弃（村里会看到）"</label>
                <textarea
                    class="input" id="release-reason" rows="3" maxlength="500"
                    prop:value=move || kept.form.with(|f| f.text.clone())
                    on:input:target=move |e| kept.put(|f| f.text = e.target().value())
                ></textarea>
            </div>
            <OfflineNote />
            <Trouble trouble=kept.trouble />
            <button class="btn is-alert is-wide" type="submit">"确定放弃"</button>
            <button class="btn is-quiet is-wide" type="button" on:click=move |_| open.set(false)>"接着做"</button>
        </form>
    }
}

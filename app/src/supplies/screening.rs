//! A bureau's decision on a supply: agree, or send it back with a reason.

use crate::desk::{Desk, use_desk};
use crate::supplies::pick_sheet::kept_field;
use crate::ui::fields::{Chips, Field, Kind};
use crate::ui::kept_form::KeptForm;
use crate::ui::one_tab::InOneTab;
use crate::ui::sheet::Sheet;
use crate::ui::steady::{Act, steady};
use crate::ui::trouble;
use domain::commands::{ScreenSupply, Screening};
use domain::needs::ReturnReason;
use domain::{Command, Revision, SupplyId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

/// How the return of a supply lies among the drafts.
fn return_name(supply: SupplyId) -> String {
    format!("return-supply/{supply}")
}

/// A return as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Returning {
    reason: Option<ReturnReason>,
    words: String,
}

/// A return that was recalled stands in its form again.
pub async fn return_again(desk: Desk, command: &Command) {
    if let Command::ScreenSupply(ScreenSupply {
        supply,
        opinion: Screening::Return { reason, words },
        ..
    }) = command
    {
        let form = Returning {
            reason: Some(*reason),
            words: words.clone(),
        };
        // If it cannot be stored, the officer writes it again.
        let _kept = desk.put_draft(&return_name(*supply), &form).await;
    }
}

/// The agreement to the wording that was on the screen.
pub fn agree(supply: SupplyId, seen: Revision) -> ScreenSupply {
    ScreenSupply {
        supply,
        opinion: Screening::Publish {
            remark: String::new(),
        },
        seen,
    }
}

/// The sheet in which a supply is sent back.
#[component]
pub fn ReturnSheet(
    /// The supply and its wording when the sheet was opened.
    screened: RwSignal<Option<(SupplyId, Revision)>>,
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <Sheet open=open title="退回，请组织修改">
            {move || screened.get_untracked().map(|(supply, seen)| view! {
                <Return supply=supply seen=seen open=open />
            })}
        </Sheet>
    }
}

#[component]
fn Return(supply: SupplyId, seen: Revision, open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let empty = StoredValue::new(Returning::default());
    let kept = KeptForm::new(desk, return_name(supply), Returning::default());
    let reasons = [
        ReturnReason::Unclear,
        ReturnReason::NotPlausible,
        ReturnReason::Duplicate,
        ReturnReason::OutOfScope,
        ReturnReason::Privacy,
        ReturnReason::Other,
    ];
    let words_of = |reason: ReturnReason| match reason {
        ReturnReason::Duplicate => "和已有的项目重复",
        ReturnReason::OutOfScope => "不在组织的业务范围",
        other => other.label(),
    };
    let chosen = Signal::derive(move || {
        let reason = kept.form.with(|form| form.reason)?;
        reasons.iter().position(|r| *r == reason)
    });
    let fault = RwSignal::new(None::<String>);
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let choose = move |n: usize| {
        fault.set(None);
        empty.with_value(|empty| {
            kept.change(empty, |form| form.reason = reasons.get(n).copied());
        });
    };
    let send = move |()| {
        let Returning { reason, words } = kept.form.get_untracked();
        let Some(reason) = reason else {
            return fault.set(Some("请选一个原因".to_owned()));
        };
        if words.trim().is_empty() {
            return trouble.set(Some("请写一句要改什么，组织会看到。".to_owned()));
        }
        busy.set(true);
        trouble.set(None);
        let sending = kept.tab.sending();
        let command = ScreenSupply {
            supply,
            opinion: Screening::Return { reason, words },
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
    let still = steady(|| ());
    let ready = Signal::derive(move || still.get() && !busy.get() && kept.tab.is_here());
    view! {
        <form on:submit=|event| event.prevent_default() novalidate>
            <InOneTab tab=kept.tab>
                <Chips
                    id="return-reason" label="原因" chosen=chosen on_choose=choose fault=fault.into()
                    options=reasons.iter().map(|r| words_of(*r)).collect()
                />
                <Field
                    id="return-words" label="要改什么（组织会看到）" kind=Kind::Lines required=true
                    bound=kept_field(kept, empty, |f: &Returning| &f.words, |f| &mut f.words)
                />
            </InOneTab>
            <div role="alert">
                {move || trouble.get().map(|why| view! { <p class="note is-alert">{why}</p> })}
            </div>
            <Act class="btn is-alert is-wide" ready=ready on_press=send>"退回"</Act>
            <button class="btn is-quiet is-wide" type="button" on:click=move |_| open.set(false)>"再看看"</button>
        </form>
    }
}

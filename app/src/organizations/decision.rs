//! What the bureau that registered an organization decides: let it in or not, agree to a change or not, suspend it, lift that.

use crate::desk::{Desk, use_desk};
use crate::ui::kept_form::KeptForm;
use crate::ui::one_tab::InOneTab;
use crate::ui::sheet::Sheet;
use crate::ui::steady::{Act, steady};
use crate::ui::trouble;
use domain::commands::{
    ApproveOrganization, LiftSuspension, RefuseOrganization, SuspendOrganization,
};
use domain::organizations::RefuseReason;
use domain::organizations::offers::{may_decide, may_lift, may_suspend};
use domain::{Actor, Command, CreditCode, Organization, Revision};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

/// Does something once; what went wrong is said.
#[derive(Clone, Copy)]
struct Doing {
    desk: Desk,
    busy: RwSignal<bool>,
    trouble: RwSignal<Option<String>>,
}

impl Doing {
    fn new(desk: Desk) -> Self {
        Self {
            desk,
            busy: RwSignal::new(false),
            trouble: RwSignal::new(None),
        }
    }

    fn run(self, command: Command, done: impl AsyncFnOnce() + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.trouble.set(None);
        spawn_local(async move {
            match self.desk.submit(command).await {
                Ok(_) => done().await,
                Err(error) => {
                    self.trouble.try_set(Some(trouble::sentence(&error)));
                }
            }
            self.busy.try_set(false);
        });
    }

    fn alert(self) -> impl IntoView {
        view! {
            <div role="alert">
                {move || self.trouble.get().map(|why| view! { <p class="note is-alert">{why}</p> })}
            </div>
        }
    }
}

/// What somebody may decide about an organization as it is on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    organization: CreditCode,
    seen: Revision,
    is_change: bool,
    decides: bool,
    suspends: bool,
    lifts: bool,
}

impl Asked {
    /// What this person may decide.
    #[must_use]
    pub fn of(org: &Organization, actor: &Actor) -> Self {
        Self {
            organization: org.code,
            seen: org.revision,
            is_change: org.stage().is_known(),
            decides: may_decide(org, actor).is_ok(),
            suspends: may_suspend(org, actor).is_ok(),
            lifts: may_lift(org, actor).is_ok(),
        }
    }
}

/// The buttons of the bureau, as many as the rules keep.
#[component]
pub fn Decisions(
    /// What may be decided.
    asked: Asked,
) -> impl IntoView {
    let desk = use_desk();
    let Asked {
        organization,
        seen,
        is_change,
        decides,
        suspends,
        lifts,
    } = asked;
    let doing = Doing::new(desk);
    let (refusing, suspending) = (RwSignal::new(false), RwSignal::new(false));
    let ready = steady(|| ());
    let (agree, refuse) = if is_change {
        ("同意改动", "不同意改动")
    } else {
        ("通过登记", "不通过")
    };
    let approve = move |()| {
        let approve = ApproveOrganization { organization, seen };
        doing.run(approve.into(), async || ());
    };
    let lift = move |()| {
        let words = String::new();
        let lift = LiftSuspension {
            organization,
            words,
            seen: Some(seen),
        };
        doing.run(lift.into(), async || ());
    };
    view! {
        {doing.alert()}
        {decides.then(|| view! {
            <div class="btn-row">
                <button class="btn is-alert" type="button" on:click=move |_| refusing.set(true)>{refuse}</button>
                <Act class="btn is-main" ready=ready on_press=approve>{agree}</Act>
            </div>
        })}
        {lifts.then(|| view! { <Act class="btn is-wide" ready=ready on_press=lift>"恢复接单"</Act> })}
        {suspends.then(|| view! {
            <button class="btn is-quiet is-wide" type="button" on:click=move |_| suspending.set(true)>"暂停这家组织接单"</button>
        })}
        <Sheet open=refusing title=refuse>
            <Refusing organization=organization seen=seen open=refusing />
        </Sheet>
        <Sheet open=suspending title="暂停接单">
            <Suspending organization=organization seen=seen open=suspending />
        </Sheet>
    }
}

/// What is typed before an organization is refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Refusal {
    reason: Option<RefuseReason>,
    words: String,
}

#[component]
fn Refusing(organization: CreditCode, seen: Revision, open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let doing = Doing::new(desk);
    let kept = KeptForm::new(desk, format!("refuse/{organization}"), Refusal::default());
    let form = kept.form;
    let still = steady(|| ());
    let ready = Signal::derive(move || still.get() && !doing.busy.get() && kept.tab.is_here());
    let send = move |()| {
        let Refusal { reason, words } = form.get_untracked();
        let Some(reason) = reason else {
            return doing.trouble.set(Some("请选一个原因。".to_owned()));
        };
        let refuse = RefuseOrganization {
            organization,
            reason,
            words,
            seen,
        };
        let sending = kept.tab.sending();
        doing.run(refuse.into(), async move || {
            sending.sent().await;
            open.try_set(false);
        });
    };
    let reasons = RefuseReason::ALL
        .into_iter()
        .map(|reason| {
            view! {
                <label class="check">
                    <input
                        type="radio" name="refuse"
                        prop:checked=move || form.with(|form| form.reason == Some(reason))
                        on:change=move |_| kept.change(&Refusal::default(), |form| form.reason = Some(reason))
                    />
                    {reason.label()}
                </label>
            }
        })
        .collect_view();
    view! {
        <form on:submit=|event| event.prevent_default() novalidate>
            <InOneTab tab=kept.tab>
            <fieldset class="field is-group"><legend>"为什么"</legend><div>{reasons}</div></fieldset>
            <div class="field">
                <label for="refuse-words">"怎么改才行（对方会看到）"</label>
                <textarea
                    class="input" id="refuse-words" rows="3" prop:value=move || form.with(|form| form.words.clone())
                    on:input:target=move |event| kept.change(&Refusal::default(), |form| form.words = event.target().value())
                ></textarea>
            </div>
            </InOneTab>
            {doing.alert()}
            <div class="btn-row">
                <button class="btn is-quiet is-main" type="button" on:click=move |_| open.set(false)>"再看看"</button>
                <Act class="btn is-alert" ready=ready on_press=send>"确定"</Act>
            </div>
        </form>
    }
}

/// What is typed before an organization is suspended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Suspension {
    words: String,
    until: String,
}

#[component]
fn Suspending(organization: CreditCode, seen: Revision, open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let doing = Doing::new(desk);
    let empty = Suspension::default;
    let kept = KeptForm::new(desk, format!("suspend/{organization}"), empty());
    let form = kept.form;
    let still = steady(|| ());
    let ready = Signal::derive(move || still.get() && !doing.busy.get() && kept.tab.is_here());
    let send = move |()| {
        let Suspension { words, until } = form.get_untracked();
        let until = match until.trim() {
            "" => None,
            day => match day.parse() {
                Ok(day) => Some(day),
                Err(_) => {
                    return doing
                        .trouble
                        .set(Some("日期看不懂，请重新选；不定日期就空着。".to_owned()));
                }
            },
        };
        let suspend = SuspendOrganization {
            organization,
            words,
            until,
            seen: Some(seen),
        };
        let sending = kept.tab.sending();
        doing.run(suspend.into(), async move || {
            sending.sent().await;
            open.try_set(false);
        });
    };
    view! {
        <form on:submit=|event| event.prevent_default() novalidate>
            <p>"暂停以后，这家组织的手机下一次联网就看不到项目库，也不能接新的单。手上的单照常做完，村里会看到它暂停了。"</p>
            <InOneTab tab=kept.tab>
            <div class="field">
                <label for="suspend-words">"为什么暂停（对方会看到）"</label>
                <textarea
                    class="input" id="suspend-words" rows="3" prop:value=move || form.with(|form| form.words.clone())
                    on:input:target=move |event| kept.change(&empty(), |form| form.words = event.target().value())
                ></textarea>
            </div>
            <div class="field">
                <label for="suspend-until">"到哪天为止（不填就要手动恢复）"</label>
                <input
                    class="input" id="suspend-until" type="date" prop:value=move || form.with(|form| form.until.clone())
                    on:input:target=move |event| kept.change(&empty(), |form| form.until = event.target().value())
                />
            </div>
            </InOneTab>
            {doing.alert()}
            <div class="btn-row">
                <button class="btn is-quiet is-main" type="button" on:click=move |_| open.set(false)>"先不暂停"</button>
                <Act class="btn is-alert" ready=ready on_press=send>"暂停接单"</Act>
            </div>
        </form>
    }
}

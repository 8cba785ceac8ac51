//! The forms of an order: report progress, mark as delivered, release, dispute.

use crate::desk::{Desk, use_desk};
use crate::ui::fields::Chips;
use crate::ui::kept_form::KeptForm;
use crate::ui::one_tab::InOneTab;
use crate::ui::sheet::Sheet;
use crate::ui::steady::{Act, steady};
use crate::ui::trouble;
use domain::commands::{DisputeDelivery, MarkDelivered, ReleaseOrder, ReportProgress};
use domain::orders::ReleaseReason;
use domain::read::limits::{MAX_PERSONS, MAX_VISITS};
use domain::read::{NumberError, number};
use domain::{Command, Fen, OrderId, ProgressId, Revision};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// One form: its questions, and the command made from the answers.
pub struct OrderForm {
    /// The prefix of its draft's name; the order's id follows.
    pub name: &'static str,
    /// The question over it.
    pub title: &'static str,
    /// The text before the questions.
    pub says: &'static str,
    /// What is chosen before anything is written, if something is.
    pub choice: Option<Choice>,
    /// What it asks.
    pub questions: &'static [Question],
    /// The text after the questions.
    pub hint: &'static str,
    /// The button that sends it: its class and its words.
    pub send: (&'static str, &'static str),
    /// The label of the cancel button.
    pub stay: &'static str,
    /// The command made from the answers.
    pub command: fn(On, &[String], Desk) -> Result<Command, String>,
}

/// What a form is about.
#[derive(Clone, Copy)]
pub struct On {
    /// The order.
    pub order: OrderId,
    /// The delivery on the screen, for the form that answers it.
    pub seen: Option<Revision>,
}

/// One question. The first one of a form is answered in words, the others in numbers, two in a line; a single one by a day.
pub struct Question {
    /// Unique in the page.
    pub id: &'static str,
    /// The question.
    pub label: &'static str,
}

/// One of a few reasons. It lies behind the other answers, by its words, so that the list of unfinished forms can say it.
pub struct Choice {
    /// The question.
    pub label: &'static str,
    /// The answers.
    pub options: fn() -> Vec<&'static str>,
}

/// The answers as they are typed, in the order of the questions; those at the end may be missing.
type Answers = Vec<String>;

/// How the answers lie among the drafts.
fn draft_name(form: &OrderForm, order: OrderId) -> String {
    format!("{}/{order}", form.name)
}

/// Puts a dispute that was recalled back into its form.
pub async fn dispute_again(desk: Desk, command: &Command) {
    if let Command::DisputeDelivery(DisputeDelivery { order, reason, .. }) = command {
        let answers: Answers = vec![reason.clone()];
        // If it cannot be stored, the person writes it again.
        let _kept = desk
            .put_draft(&draft_name(&DISPUTE, *order), &answers)
            .await;
    }
}

/// An answer without the blanks around it.
#[must_use]
pub fn answer(answers: &[String], n: usize) -> &str {
    answers.get(n).map_or("", |answer| answer.trim())
}

/// The form for reporting progress.
pub static REPORT: OrderForm = OrderForm {
    name: "report",
    title: "写进展",
    says: "写给村里看的，一两句就行。不要写受助人的姓名和证件号。",
    choice: None,
    questions: &[
        Question {
            id: "report-text",
            label: "做了什么",
        },
        Question {
            id: "report-cash",
            label: "现金支出（元）",
        },
        Question {
            id: "report-goods",
            label: "物资折价（元）",
        },
        Question {
            id: "report-persons",
            label: "多少人",
        },
        Question {
            id: "report-visits",
            label: "多少人次",
        },
    ],
    hint: "只有“做了什么”要填，其他没有就空着。",
    send: ("btn is-wide", "发给村里"),
    stay: "先不发",
    command: report,
};

/// The form for marking an order as delivered.
pub static DELIVER: OrderForm = OrderForm {
    name: "deliver",
    title: "都做完了？",
    says: "发出后，村里会去看，看过再确认。村里确认了才算做到。",
    choice: None,
    questions: &[Question {
        id: "deliver-note",
        label: "请村里看看什么（可以不填）",
    }],
    hint: "",
    send: ("btn is-wide", "报告已完成"),
    stay: "还没做完",
    command: |On { order, .. }, answers, _| {
        let note = answer(answers, 0).to_owned();
        Ok(MarkDelivered { order, note }.into())
    },
};

/// The form for releasing an order, with a reason and a confirmation.
pub static RELEASE: OrderForm = OrderForm {
    name: "release",
    title: "放弃这一单？",
    says: "放弃后，接下的数量会放回项目库，由别的组织来接，不能撤回。",
    choice: Some(Choice {
        label: "为什么放弃",
        options: || ReleaseReason::GIVEN.map(ReleaseReason::label).to_vec(),
    }),
    questions: &[Question {
        id: "release-words",
        label: "再写一句（选“其他原因”的一定要写）",
    }],
    hint: "村里和主管部门会看到。",
    send: ("btn is-alert is-wide", "确定放弃"),
    stay: "接着做",
    command: |On { order, .. }, answers, _| {
        let chosen = answer(answers, 1);
        let mut given = ReleaseReason::GIVEN.into_iter();
        let Some(reason) = given.find(|reason| reason.label() == chosen) else {
            return Err("请选一个放弃的原因。".to_owned());
        };
        let words = answer(answers, 0).to_owned();
        if reason.needs_words() && words.is_empty() {
            return Err("选了“其他原因”，请写一句是什么原因，村里会看到。".to_owned());
        }
        Ok(ReleaseOrder {
            order,
            reason,
            words,
        }
        .into())
    },
};

/// The form for disputing a delivery.
pub static DISPUTE: OrderForm = OrderForm {
    name: "dispute",
    title: "哪里没有做到？",
    says: "写清楚还差什么，对方会看到，改好后再请你确认。",
    choice: None,
    questions: &[Question {
        id: "dispute",
        label: "哪里没有做到",
    }],
    hint: "",
    send: ("btn is-wide", "告诉对方"),
    stay: "再看看",
    command: |On { order, seen }, answers, _| match answer(answers, 0) {
        "" => Err("请写一句：哪里还没有做到。".to_owned()),
        reason => Ok(DisputeDelivery {
            order,
            reason: reason.to_owned(),
            seen,
        }
        .into()),
    },
};

fn report(On { order, .. }: On, answers: &[String], desk: Desk) -> Result<Command, String> {
    // Nothing in a field is none; what cannot be read is said with the question's label.
    let told = |n: usize, why: NumberError| format!("“{}”{why}。", REPORT.questions[n].label);
    let money = |n| match answer(answers, n) {
        "" => Ok(Fen(0)),
        text => number::yuan(text).map_err(|why| told(n, why)),
    };
    let count =
        |n, read: fn(&str, u32) -> Result<u32, NumberError>, at_most| match answer(answers, n) {
            "" => Ok(0),
            text => read(text, at_most).map_err(|why| told(n, why)),
        };
    Ok(ReportProgress {
        order,
        progress: ProgressId::from_random(desk.random()),
        text: answer(answers, 0).to_owned(),
        cash: money(1)?,
        goods: money(2)?,
        persons: count(3, number::persons, MAX_PERSONS)?,
        visits: count(4, number::visits, MAX_VISITS)?,
    }
    .into())
}

/// A form over the page. What is typed is kept until it is sent.
#[component]
pub fn OrderSheet(
    /// What it asks.
    form: &'static OrderForm,
    /// On which order.
    #[prop(into)]
    order: Signal<Option<OrderId>>,
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Why it cannot be sent any more, if somebody else was faster: the form stays, with what was typed.
    #[prop(optional, into)]
    over: Signal<Option<String>>,
    /// The delivery on the screen when it was opened, for the form that answers it.
    #[prop(optional, into)]
    seen: Signal<Option<Revision>>,
) -> impl IntoView {
    view! {
        <Sheet open=open title=form.title>
            {move || order.get_untracked().map(|order| {
                let on = On { order, seen: seen.get_untracked() };
                view! { <Fields form=form on=on open=open over=over /> }
            })}
        </Sheet>
    }
}

#[component]
fn Fields(
    form: &'static OrderForm,
    on: On,
    open: RwSignal<bool>,
    over: Signal<Option<String>>,
) -> impl IntoView {
    let desk = use_desk();
    let answered = form.questions.len() + usize::from(form.choice.is_some());
    let empty = StoredValue::new(vec![String::new(); answered]);
    let kept = KeptForm::new(desk, draft_name(form, on.order), empty.get_value());
    let answers = kept.form;
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let typed = move |n: usize, words: String| {
        empty.with_value(|empty| {
            kept.change(empty, |answers: &mut Answers| {
                answers.resize(answered, String::new());
                answers[n] = words;
            });
        });
    };
    let send = move |()| {
        let command = match answers.with_untracked(|answers| (form.command)(on, answers, desk)) {
            Ok(command) => command,
            Err(why) => return trouble.set(Some(why)),
        };
        busy.set(true);
        trouble.set(None);
        let sending = kept.tab.sending();
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
    // While the own act is being kept it is no news.
    let over = Signal::derive(move || over.get().filter(|_| !busy.get()));
    let still = steady(|| ());
    let ready = Signal::derive(move || {
        still.get() && !busy.get() && kept.tab.is_here() && over.with(Option::is_none)
    });
    let value = move |n: usize| answers.with(|answers| answers.get(n).cloned().unwrap_or_default());
    let number = move |n: usize| {
        let Question { id, label } = form.questions[n];
        view! {
            <div class="field">
                <label for=id>{label}</label>
                <input
                    class="input" id=id inputmode="decimal" autocomplete="off"
                    prop:value=move || value(n)
                    on:input:target=move |e| typed(n, e.target().value())
                />
            </div>
        }
    };
    let day = move || {
        let Question { id, label } = form.questions[1];
        view! {
            <div class="field">
                <label for=id>{label}</label>
                <input
                    class="input" id=id type="date" min=desk.today().to_string()
                    prop:value=move || value(1)
                    on:input:target=move |e| typed(1, e.target().value())
                />
            </div>
        }
    };
    let numbers = match form.questions.len() {
        2 => day().into_any(),
        n => (1..n)
            .step_by(2)
            .map(|n| view! { <div class="pair">{number(n)}{number(n + 1)}</div> })
            .collect_view()
            .into_any(),
    };
    let choice = form.choice.as_ref().map(|choice| {
        let options = (choice.options)();
        let all = StoredValue::new(options.clone());
        let behind = form.questions.len();
        let chosen = Signal::derive(move || {
            let chosen = value(behind);
            all.with_value(|all| all.iter().position(|option| *option == chosen))
        });
        let choose = move |n: usize| {
            let words = all.with_value(|all| all.get(n).map(|option| (*option).to_owned()));
            typed(behind, words.unwrap_or_default());
        };
        view! {
            <Chips
                id="choice" label=choice.label options=options chosen=chosen on_choose=choose
                fault=Signal::derive(|| None::<String>)
            />
        }
    });
    let Question { id, label } = form.questions[0];
    let (class, words) = form.send;
    view! {
        <form on:submit=|event| event.prevent_default() novalidate>
            <p>{form.says}</p>
            <InOneTab tab=kept.tab>
                {choice}
                <div class="field">
                    <label for=id>{label}</label>
                    <textarea
                        class="input" id=id rows="3"
                        prop:value=move || value(0)
                        on:input:target=move |e| typed(0, e.target().value())
                    ></textarea>
                </div>
                {numbers}
            </InOneTab>
            {(!form.hint.is_empty()).then(|| view! { <p class="hint">{form.hint}</p> })}
            {move || desk.is_offline().then(|| view! {
                <p class="note is-wait">"现在没有网络。会先保存在本机，有网后自动发送。"</p>
            })}
            <div role="alert">
                {move || over.get().map(|why| view! {
                    <p class="note is-alert">{why}"写的内容还在，不会丢。"</p>
                })}
                {move || trouble.get().map(|why| view! { <p class="note is-alert">{why}</p> })}
            </div>
            <Act class=class ready=ready on_press=send>{words}</Act>
            <button class="btn is-quiet is-wide" type="button" on:click=move |_| open.set(false)>{form.stay}</button>
        </form>
    }
}

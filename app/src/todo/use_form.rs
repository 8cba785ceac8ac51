//! Whether what was delivered months ago is still in use: the village says so in one tap and, if it likes, a few words.

use crate::desk::use_desk;
use crate::todo::review_form::{back_to_todo, order_of};
use crate::ui::kept_form::KeptForm;
use crate::ui::one_tab::InOneTab;
use crate::ui::shell::{Shell, path_id};
use crate::ui::steady::{Act, steady};
use crate::ui::trouble;
use crate::words;
use domain::OrderId;
use domain::commands::StillInUse;
use domain::reviews::Answer;
use domain::reviews::offers::{may_answer_use, use_question};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

/// What is typed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Typed {
    answer: Option<Answer>,
    words: String,
}

/// An order with what was delivered and by whom, and after how many months is asked, if somebody is.
type Asked = (OrderId, String, String, Option<u8>);

/// The page of the question.
#[component]
pub fn UsePage() -> impl IntoView {
    let desk = use_desk();
    let (order, instead) = order_of(path_id::<OrderId>());
    // Answering it takes the question away, and the form still has to go on to the list: what was asked stays asked.
    let asked = Memo::new(move |before: Option<&Option<Asked>>| {
        if let Some(Some(before @ (.., Some(_)))) = before {
            return Some(before.clone());
        }
        order.with(|order| {
            let order = order.as_ref()?;
            let month = use_question(order)
                .map(|asked| asked.month)
                .filter(|month| may_answer_use(order, &desk.actor(), *month).is_ok());
            let what = format!("{}：{}", order.title, order.lines_words);
            Some((order.id, what, order.org_name.clone(), month))
        })
    });
    let page = move || match asked.get() {
        None => instead(),
        Some((_, _, _, None)) => view! {
            <p class="note is-fact">"这个问题已经回答过了，或者不用你回答。"</p>
        }
        .into_any(),
        Some((order, what, org, Some(month))) => {
            view! { <Form order=order what=what org=org month=month /> }.into_any()
        }
    };
    view! { <Shell title="还在用吗" back="/todo" form=true>{page}</Shell> }
}

#[component]
fn Form(order: OrderId, what: String, org: String, month: u8) -> impl IntoView {
    let desk = use_desk();
    let kept = KeptForm::new(desk, format!("use/{order}"), Typed::default());
    let form = kept.form;
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let done = back_to_todo();
    let still = steady(|| ());
    let ready = Signal::derive(move || still.get() && !busy.get() && kept.tab.is_here());
    let send = move |()| {
        let typed = form.get_untracked();
        let Some(answer) = typed.answer else {
            return trouble.set(Some(
                "请选一个：还在用、有的在用，还是没有用了。".to_owned(),
            ));
        };
        busy.set(true);
        trouble.set(None);
        let said = StillInUse {
            order,
            month,
            answer,
            words: typed.words,
        };
        let sending = kept.tab.sending();
        spawn_local(async move {
            match desk.submit(said).await {
                Ok(_) => {
                    sending.sent().await;
                    done.try_run(());
                }
                Err(error) => {
                    trouble.try_set(Some(trouble::sentence(&error)));
                    busy.try_set(false);
                }
            }
        });
    };
    let since = words::months(month);
    let chips = Answer::ALL
        .into_iter()
        .map(|answer| {
            view! {
                <label class="chip">
                    <input
                        type="radio" name="use"
                        prop:checked=move || form.with(|form| form.answer == Some(answer))
                        on:change=move |_| kept.change(&Typed::default(), |form| form.answer = Some(answer))
                    />
                    <span>{answer.use_label()}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <form class="stack" on:submit=|event| event.prevent_default() novalidate>
            <div class="card"><b>{what}</b><p class="meta">{format!("{org}做的，{since}了")}</p></div>
            <InOneTab tab=kept.tab>
            <fieldset class="field is-group"><legend>"现在还在用吗？"</legend><div class="chips">{chips}</div></fieldset>
            <div class="field">
                <label for="use-words">"坏了、少了、没人管，写一句（可以不写）"</label>
                <textarea
                    class="input" id="use-words" rows="3" prop:value=move || form.with(|form| form.words.clone())
                    on:input:target=move |event| kept.change(&Typed::default(), |form| form.words = event.target().value())
                ></textarea>
            </div>
            </InOneTab>
            {move || desk.is_offline().then(|| view! {
                <p class="note is-wait">"现在没有网络。会先保存在本机，有网后自动发送。"</p>
            })}
            <div role="alert">
                {move || trouble.get().map(|why| view! { <p class="note is-alert">{why}</p> })}
            </div>
            <Act class="btn is-wide" ready=ready on_press=send>"回答"</Act>
        </form>
    }
}

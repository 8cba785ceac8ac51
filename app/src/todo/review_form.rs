//! Leaving a review of an order: three questions and a text.

use crate::desk::{Known, use_desk};
use crate::ui::kept_form::KeptForm;
use crate::ui::newer::Newer;
use crate::ui::one_tab::InOneTab;
use crate::ui::shell::{Shell, path_id};
use crate::ui::steady::{Act, steady};
use crate::ui::trouble;
use domain::commands::LeaveReview;
use domain::reviews::offers::may_review;
use domain::reviews::{ASKED_FOR_DAYS, Answer, Side};
use domain::{Entity, Key, Order, OrderId, Rejection, ReviewId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use serde::{Deserialize, Serialize};

/// What is typed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Typed {
    answers: [Option<Answer>; 3],
    words: String,
}

/// The order of a page's address, with what there is to show where there is none.
pub(super) fn order_of(id: Option<OrderId>) -> (Memo<Option<Order>>, impl Fn() -> AnyView + Copy) {
    let desk = use_desk();
    let known = desk.entity(move || id.map(Key::Order));
    let order = Memo::new(move |_| {
        known.with(|known| match known {
            Known::Here(seen) => match &seen.entity {
                Entity::Order(order) => Some((**order).clone()),
                _ => None,
            },
            Known::Reading | Known::Absent | Known::Newer => None,
        })
    });
    let instead = move || {
        known.with(|known| match known {
            Known::Newer => view! { <Newer /> }.into_any(),
            Known::Absent => view! {
                <div class="empty">
                    <h2>"这台设备上没有这一单"</h2>
                    <p>"可能还没有下载，或者你没有权限看。请连上网络同步后再看。"</p>
                </div>
            }
            .into_any(),
            Known::Reading | Known::Here(_) => {
                view! { <div class="card skeleton" aria-busy="true"><i></i><i></i><i></i></div> }
                    .into_any()
            }
        })
    };
    (order, instead)
}

/// Goes back to the list of what waits.
pub(super) fn back_to_todo() -> Callback<()> {
    let navigate = StoredValue::new(use_navigate());
    Callback::new(move |()| {
        navigate.try_with_value(|navigate| navigate("/todo", Default::default()));
    })
}

/// An order with its title and its organization, and who is asked about it or why nobody is.
type Asked = (OrderId, String, String, Result<Side, Rejection>);

/// The page on which one side of an order says how it went.
#[component]
pub fn ReviewPage() -> impl IntoView {
    let desk = use_desk();
    let id = path_id::<OrderId>();
    let (order, instead) = order_of(id);
    // Sending it makes the order one that is reviewed, and the form still has to go on to the list: what was asked stays asked.
    let side = Memo::new(move |before: Option<&Option<Asked>>| {
        if let Some(Some(before @ (.., Ok(_)))) = before {
            return Some(before.clone());
        }
        order.with(|order| {
            let order = order.as_ref()?;
            Some((
                order.id,
                order.title.clone(),
                order.org_name.clone(),
                may_review(order, &desk.actor()),
            ))
        })
    });
    let page = move || {
        match side.get() {
        None => instead(),
        Some((_, _, _, Err(why))) => view! {
            <p class="note is-fact">{why.sentence()}</p>
            {id.map(|id| view! { <a class="btn is-quiet" href=format!("/orders/{id}")>"看这一单"</a> })}
        }
        .into_any(),
        Some((order, title, org_name, Ok(side))) => {
            view! { <Form order=order title=title org_name=org_name side=side /> }.into_any()
        }
    }
    };
    view! { <Shell title="评一评" back="/todo" form=true>{page}</Shell> }
}

#[component]
fn Form(order: OrderId, title: String, org_name: String, side: Side) -> impl IntoView {
    let desk = use_desk();
    let kept = KeptForm::new(desk, format!("review/{order}"), Typed::default());
    let form = kept.form;
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let done = back_to_todo();
    let still = steady(|| ());
    let ready = Signal::derive(move || still.get() && !busy.get() && kept.tab.is_here());
    let send = move |()| {
        let typed = form.get_untracked();
        let [Some(a), Some(b), Some(c)] = typed.answers else {
            return trouble.set(Some("还有问题没有选。三个问题都选一下。".to_owned()));
        };
        busy.set(true);
        trouble.set(None);
        let review = LeaveReview {
            review: ReviewId::from_random(desk.random()),
            order,
            answers: [a, b, c],
            words: typed.words,
        };
        let sending = kept.tab.sending();
        spawn_local(async move {
            match desk.submit(review).await {
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
    let question = move |(n, question): (usize, &'static str)| {
        let chips = Answer::ALL
            .into_iter()
            .map(|answer| {
                view! {
                    <label class="chip">
                        <input
                            type="radio" name=format!("question-{n}")
                            prop:checked=move || form.with(|form| form.answers[n] == Some(answer))
                            on:change=move |_| kept.change(&Typed::default(), |form| form.answers[n] = Some(answer))
                        />
                        <span>{side.says(n, answer)}</span>
                    </label>
                }
            })
            .collect_view();
        view! {
            <fieldset class="field is-group"><legend>{question}</legend><div class="chips">{chips}</div></fieldset>
        }
    };
    let other = match side {
        Side::Village => org_name,
        Side::Organization => "村里".to_owned(),
    };
    view! {
        <form class="stack" on:submit=|event| event.prevent_default() novalidate>
            <div class="card"><b>{title}</b><p class="meta">{other}</p></div>
            <InOneTab tab=kept.tab>
            {side.questions().into_iter().enumerate().map(question).collect_view()}
            <div class="field">
                <label for="review-words">"还有什么要说的（可以不写）"</label>
                <textarea
                    class="input" id="review-words" rows="3" prop:value=move || form.with(|form| form.words.clone())
                    on:input:target=move |event| kept.change(&Typed::default(), |form| form.words = event.target().value())
                ></textarea>
            </div>
            </InOneTab>
            <p class="hint">
                {format!("对方也写好了，或者办完满 {ASKED_FOR_DAYS} 天，双方和主管部门才看得到；在那之前只有你们自己看得到。")}
            </p>
            {move || desk.is_offline().then(|| view! {
                <p class="note is-wait">"现在没有网络。会先保存在本机，有网后自动发送。"</p>
            })}
            <div role="alert">
                {move || trouble.get().map(|why| view! { <p class="note is-alert">{why}</p> })}
            </div>
            <Act class="btn is-wide" ready=ready on_press=send>"交上去"</Act>
        </form>
    }
}

//! Screening one need: the departments' opinions, possible duplicates, and the decision to publish or return it.

use crate::desk::need_answers::is_alike;
use crate::desk::{Desk, Known, use_desk};
use crate::ui::need_facts::NeedFacts;
use crate::ui::need_row::{stage_pill, waited};
use crate::ui::sheet::Sheet;
use crate::ui::trouble;
use crate::words;
use domain::commands::{ScreenNeed, Screening};
use domain::needs::{NeedFacts, NeedStage, ReturnReason};
use domain::{Department, Entity, Facts, Key, Need, NeedId, NeedState, PublishRule, Role};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use sync::replica::ListItem;

/// How many possible duplicates are shown.
const MOST_ALIKE: usize = 3;

/// The department of the signed-in officer.
#[must_use]
pub fn own_department(desk: Desk) -> Option<Department> {
    match desk.actor().role {
        Role::Bureau { department, .. } => Some(department),
        _ => None,
    }
}

/// Whether one department's approval publishes a need in this officer's county.
#[must_use]
pub fn publish_rule(desk: Desk) -> Memo<PublishRule> {
    let county = match desk.actor().role {
        Role::Bureau { region, .. } => Some(region),
        _ => None,
    };
    let known = desk.entity(move || county.map(Key::County));
    Memo::new(move |_| {
        known.with(|known| match known {
            Known::Here(seen) => match &seen.entity {
                Entity::County(county) => county.publish,
                _ => PublishRule::default(),
            },
            Known::Reading | Known::Absent | Known::Newer => PublishRule::default(),
        })
    })
}

/// Whether a department has agreed to a need.
#[must_use]
pub fn has_agreed(need: &Need, department: Department) -> bool {
    need.opinions.iter().any(|opinion| opinion.by == department)
}

/// How a need stands for one officer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// The approval of this officer's department publishes it.
    Publishes,
    /// This officer's department is asked, and the other one still has to agree.
    Agrees,
    /// This department has agreed; the other one is asked.
    Other,
    /// It does not wait for an opinion.
    Nobody,
}

impl Turn {
    fn of(need: &Need, own: Option<Department>, rule: PublishRule) -> Self {
        let Some(own) = own else { return Self::Nobody };
        if !matches!(need.state, NeedState::Submitted { .. }) {
            return Self::Nobody;
        }
        if has_agreed(need, own) {
            return Self::Other;
        }
        let other_agreed = Department::ALL
            .iter()
            .any(|d| *d != own && has_agreed(need, *d));
        match rule {
            PublishRule::Both if !other_agreed => Self::Agrees,
            PublishRule::Both | PublishRule::Either => Self::Publishes,
        }
    }
}

/// Agrees to a need; `then` runs once that is kept.
pub fn agree(
    desk: Desk,
    need: NeedId,
    remark: String,
    trouble: RwSignal<Option<String>>,
    then: Callback<NeedId>,
) {
    let opinion = Screening::Publish { remark };
    decide(desk, need, opinion, trouble, move |need| {
        then.try_run(need);
    });
}

/// `then` must not be a callback owned by the asking form: the overlay removes that form before the decision is stored.
fn decide(
    desk: Desk,
    need: NeedId,
    opinion: Screening,
    trouble: RwSignal<Option<String>>,
    then: impl Fn(NeedId) + 'static,
) {
    trouble.set(None);
    spawn_local(async move {
        match desk.submit(ScreenNeed { need, opinion }).await {
            Ok(_) => {
                let _gone = desk.delete_draft(&draft_name(&need)).await;
                then(need);
            }
            Err(error) => {
                trouble.try_set(Some(trouble::sentence(&error)));
            }
        }
    });
}

/// One need to screen, with everything that the decision needs.
#[component]
pub fn ScreeningDetail(
    /// The need.
    need: Memo<Option<Need>>,
    /// Whether one department's approval publishes it.
    rule: Memo<PublishRule>,
    /// The remark for the other department, as it is typed.
    remark: RwSignal<String>,
    /// Whether the question about returning it is open.
    returning: RwSignal<bool>,
    /// Why the last decision was not kept.
    trouble: RwSignal<Option<String>>,
    /// Called once a decision is kept.
    #[prop(into)]
    on_decided: Callback<NeedId>,
) -> impl IntoView {
    let desk = use_desk();
    let own = own_department(desk);
    let id = Memo::new(move |_| need.with(|need| need.as_ref().map(|need| need.id)));
    let turn = Memo::new(move |_| {
        let rule = rule.get();
        need.with(|need| {
            need.as_ref()
                .map_or(Turn::Nobody, |need| Turn::of(need, own, rule))
        })
    });
    let heading = move || need.get().map(|need| view! { <Heading need=need /> });
    let facts = move || need.get().map(|need| view! { <NeedFacts need=need /> });
    let opinions = move || {
        need.get()
            .map(|need| view! { <Opinions need=need rule=rule.get() /> })
    };
    let agree = move |_| {
        if let Some(id) = id.get_untracked() {
            agree(
                desk,
                id,
                remark.get_untracked().trim().to_owned(),
                trouble,
                on_decided,
            );
        }
    };
    let decision = move || match turn.get() {
        Turn::Publishes | Turn::Agrees => {
            let label = if turn.get() == Turn::Publishes {
                "同意并发布"
            } else {
                "同意"
            };
            view! {
                <div class="field">
                    <label for="remark">"意见（可以不写，村里和另一个部门能看到）"</label>
                    <input
                        class="input" id="remark" autocomplete="off"
                        prop:value=move || remark.get()
                        on:input:target=move |event| remark.set(event.target().value())
                    />
                </div>
                <div role="alert">
                    {move || trouble.get().map(|why| view! { <p class="note is-alert">{why}</p> })}
                </div>
                <div class="actions">
                    <button class="btn is-alert" type="button" on:click=move |_| returning.set(true)>
                        "退回，写原因"
                    </button>
                    <button class="btn is-main" type="button" on:click=agree>{label}</button>
                </div>
            }
            .into_any()
        }
        Turn::Other => view! {
            <p class="note is-done">"你们部门已经同意，正在等另一个部门。"</p>
        }
        .into_any(),
        Turn::Nobody => ().into_any(),
    };
    let question = move || {
        id.get().map(|id| {
            view! {
                <ReturnSheet need=id open=returning trouble=trouble on_decided=on_decided />
            }
        })
    };
    view! {
        {heading}
        {facts}
        {move || id.get().map(|id| view! { <Alike need=id /> })}
        {opinions}
        {decision}
        {question}
    }
}

#[component]
fn Heading(need: Need) -> impl IntoView {
    let desk = use_desk();
    let today = desk.today();
    let left = words::time_left(need.content.deadline, today);
    let (class, pill) = match need.content.urgent {
        true => ("pill is-alert", format!("急 · {left}")),
        false => ("pill", left),
    };
    let sent = match need.state {
        NeedState::Submitted { at } => {
            let again = need
                .history
                .iter()
                .any(|e| matches!(e.what, domain::needs::NeedHappened::Returned { .. }));
            let how = if again { "改过再交" } else { "提交" };
            format!(
                "村里 {}{how}，{}",
                words::day(at.day(), today),
                waited(at, desk.now())
            )
        }
        _ => need.state.stage().label().to_owned(),
    };
    view! {
        <div class="row is-top">
            <h2>{need.content.title.clone()}</h2>
            <span class=class>{pill}</span>
        </div>
        <p class="meta">{sent}</p>
    }
}

/// What each department says.
#[component]
fn Opinions(need: Need, rule: PublishRule) -> impl IntoView {
    let desk = use_desk();
    let own = own_department(desk);
    let now = desk.now();
    let submitted = matches!(need.state, NeedState::Submitted { .. });
    let cards = Department::ALL
        .map(|department| {
            let opinion = need.opinions.iter().find(|o| o.by == department);
            let is_own = own == Some(department);
            let (class, word) = match opinion {
                Some(_) => ("pill is-done", "同意"),
                None if is_own && submitted => ("pill is-you", "待你处理"),
                None => ("pill", "还没有意见"),
            };
            let said = opinion.map(|o| {
                let remark = o.remark.trim();
                let colon = if remark.is_empty() { "" } else { "：" };
                format!("{}{colon}{remark}", words::moment(o.at, now))
            });
            view! {
                <div class="card">
                    <div class="row"><b>{department.label()}</b><span class=class>{word}</span></div>
                    {said.map(|said| view! { <p class="meta">{said}</p> })}
                </div>
            }
        })
        .collect_view();
    let rule = match rule {
        PublishRule::Either => "本县设置：两个部门有一个同意，就发布。",
        PublishRule::Both => "本县设置：两个部门都同意，才发布。",
    };
    view! {
        <div class="opinions">{cards}</div>
        <p class="meta">{rule}</p>
    }
}

/// Possible duplicates: needs of the same village with a similar title.
#[component]
fn Alike(need: NeedId) -> impl IntoView {
    let desk = use_desk();
    let found = Memo::new(move |_| {
        let own = desk.list_item(&Key::Need(need))?;
        let own = own.summary.need()?;
        let same_village = |facts: &Facts| {
            matches!(facts, Facts::Need(other)
                if other.village == own.facts.village && other.stage != NeedStage::Withdrawn)
        };
        let line = |item: ListItem| match (item.key, item.summary.need()) {
            (Key::Need(id), Some(other))
                if id != need && is_alike(&own.texts.title, &other.texts.title) =>
            {
                let NeedFacts {
                    stage,
                    holders,
                    to_confirm,
                    at,
                    ..
                } = other.facts;
                let stage = stage_pill(stage, holders, to_confirm).1;
                Some((id, other.texts.title.clone(), at, stage))
            }
            _ => None,
        };
        let mut alike: Vec<_> = desk
            .list(same_village)
            .into_iter()
            .filter_map(line)
            .collect();
        alike.sort_by_key(|(_, _, at, _)| std::cmp::Reverse(*at));
        alike.truncate(MOST_ALIKE);
        Some(alike)
    });
    let lines =
        move || {
            found.get().filter(|found| !found.is_empty()).map(|found| {
                let links = found
                .into_iter()
                .map(|(id, title, at, stage)| view! {
                    <a class="link" href=format!("/needs/{id}")>
                        {format!("{title}（{} · {stage}）", words::day(at.day(), desk.today()))}
                    </a>
                })
                .collect_view();
                view! {
                    <div class="note is-you" role="note" aria-label="可能重复">
                        <b>"可能重复："</b>"同一个村还有"
                        <br/>
                        {links}
                    </div>
                }
            })
        };
    view! { {lines} }
}

/// A return as it is written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct ReturnForm {
    reason: Option<ReturnReason>,
    words: String,
}

fn draft_name(need: &NeedId) -> String {
    format!("return/{need}")
}

/// Text templates for returning a need, by reason, which the officer completes.
fn suggestions(reason: ReturnReason) -> &'static [&'static str] {
    match reason {
        ReturnReason::Unclear => &[
            "请写清装在哪里、给谁用。",
            "请写清规格和型号。",
            "请写清为什么需要、现在怎么样。",
        ],
        ReturnReason::NotPlausible => &[
            "请核对数量，和村里户数、人数对一对。",
            "请核对最晚什么时候要用。",
        ],
        ReturnReason::Duplicate => &["和村里之前发的一条一样，请在那一条上改。"],
        ReturnReason::OutOfScope => &[
            "这件事有别的项目资金，请先问乡镇。",
            "这件事不适合社会组织来做，请报给乡镇。",
        ],
        ReturnReason::Privacy => &["请去掉姓名、证件号等个人信息，只写人数。"],
        ReturnReason::Other => &[],
    }
}

#[component]
fn ReturnSheet(
    need: NeedId,
    open: RwSignal<bool>,
    trouble: RwSignal<Option<String>>,
    on_decided: Callback<NeedId>,
) -> impl IntoView {
    view! {
        <Sheet open=open title="退回给村里修改">
            <ReturnFields need=need open=open trouble=trouble on_decided=on_decided />
        </Sheet>
    }
}

#[component]
fn ReturnFields(
    need: NeedId,
    open: RwSignal<bool>,
    trouble: RwSignal<Option<String>>,
    on_decided: Callback<NeedId>,
) -> impl IntoView {
    let desk = use_desk();
    let form = RwSignal::new(ReturnForm::default());
    trouble.set(None);
    spawn_local(async move {
        if let Some(left) = desk.draft::<ReturnForm>(&draft_name(&need)).await {
            form.try_set(left);
        }
    });
    let put = move |change: &dyn Fn(&mut ReturnForm)| {
        form.update(|form| change(form));
        let kept = form.get_untracked();
        spawn_local(async move {
            // If storing fails, the text is still in the form.
            let _kept = desk.put_draft(&draft_name(&need), &kept).await;
        });
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let ReturnForm { reason, words } = form.get_untracked();
        let Some(reason) = reason else {
            return trouble.set(Some("请选一个原因。".to_owned()));
        };
        let words = words.trim().to_owned();
        if words.is_empty() {
            return trouble.set(Some(
                "请写一句村里要怎么改，村干部看得懂才改得对。".to_owned(),
            ));
        }
        let opinion = Screening::Return { reason, words };
        decide(desk, need, opinion, trouble, move |need| {
            open.try_set(false);
            on_decided.try_run(need);
        });
    };
    let reasons = ReturnReason::ALL
        .map(|reason| {
            view! {
                <label class="chip">
                    <input
                        type="radio" name="reason"
                        prop:checked=move || form.with(|f| f.reason == Some(reason))
                        on:change=move |_| put(&|f| f.reason = Some(reason))
                    />
                    <span>{reason.label()}</span>
                </label>
            }
        })
        .collect_view();
    let chosen = Memo::new(move |_| form.with(|f| f.reason));
    let offered = move || {
        chosen
            .get()
            .map(suggestions)
            .unwrap_or_default()
            .iter()
            .map(|words| {
                view! {
                    <button
                        type="button" class="chip"
                        on:click=move |_| put(&|f| {
                            if !f.words.contains(words) {
                                f.words.push_str(words);
                            }
                        })
                    >
                        {*words}
                    </button>
                }
            })
            .collect_view()
    };
    view! {
        <form on:submit=submit novalidate>
            <fieldset class="field is-group">
                <legend>"为什么"</legend>
                <div class="chips">{reasons}</div>
            </fieldset>
            <div class="chips" role="group" aria-label="常用的说法">{offered}</div>
            <div class="field">
                <label for="return-words">"请村里怎么改"</label>
                <textarea
                    class="input" id="return-words" rows="3"
                    prop:value=move || form.with(|f| f.words.clone())
                    on:input:target=move |e| {
                        let words = e.target().value();
                        put(&|f| f.words.clone_from(&words));
                    }
                ></textarea>
            </div>
            <div role="alert">
                {move || trouble.get().map(|why| view! { <p class="note is-alert">{why}</p> })}
            </div>
            <button class="btn is-alert is-wide" type="submit">"退回给村里"</button>
            <button class="btn is-quiet is-wide" type="button" on:click=move |_| open.set(false)>"先不退"</button>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_but_other_offers_words() {
        for reason in ReturnReason::ALL {
            assert_eq!(
                suggestions(reason).is_empty(),
                reason == ReturnReason::Other,
                "{reason:?}"
            );
        }
    }
}

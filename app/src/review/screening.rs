//! One need to screen: the departments' opinions, possible duplicates, and the form that publishes or returns it.

use crate::desk::duplicates::{Compare, Found};
use crate::desk::use_desk;
use crate::review::decision::{Decided, Decision, Turn, other_department};
use crate::review::opinion::{ReturnForm, return_name};
use crate::ui::changed::Changed;
use crate::ui::kept_form::KeptForm;
use crate::ui::need_facts::NeedFacts;
use crate::ui::need_row::waited;
use crate::ui::one_tab::{InOneTab, WrittenElsewhere};
use crate::ui::sheet::Sheet;
use crate::ui::steady::{Act, steady};
use crate::words;
use domain::commands::Screening;
use domain::needs::duplicates::Told;
use domain::needs::{NeedHappened, ReturnReason, ToldApart};
use domain::{Department, Kind, Need, NeedId, NeedState, PublishRule, Rejection, Summarized};
use leptos::prelude::*;

/// One need to screen, with everything that the decision needs: first what others say and what this officer says, then what is asked for.
#[component]
pub fn ScreeningDetail(
    /// The decision on it.
    decision: Decision,
    /// Called once it is kept.
    on_decided: Callback<Decided>,
    /// Leads to the next need.
    #[prop(into)]
    on_next: Callback<()>,
) -> impl IntoView {
    let Decision {
        own,
        rule,
        need,
        turn,
        ..
    } = decision;
    let id = Memo::new(move |_| need.with(|need| need.as_ref().map(|need| need.id)));
    // What is said of days is said anew when another one begins.
    let desk = use_desk();
    let heading = move || {
        let _today = desk.today();
        need.get().map(|need| view! { <Heading need=need /> })
    };
    let facts = move || {
        let _today = desk.today();
        need.get().map(|need| view! { <NeedFacts need=need /> })
    };
    let opinions = move || {
        need.get()
            .map(|need| view! { <Opinions need=need rule=rule.get() own=own /> })
    };
    let is_asked = Memo::new(move |_| turn.get().is_own());
    let form = move || {
        is_asked
            .get()
            .then(|| view! { <RemarkField decision=decision /> })
    };
    let buttons = move || {
        is_asked
            .get()
            .then(|| view! { <Buttons decision=decision on_decided=on_decided /> })
    };
    let elsewhere = move || {
        (turn.get() == Turn::Other).then(|| {
            let words = format!("你们部门已经同意，等{}。", other_department(own));
            view! { <p class="note is-done">{words}</p> }
        })
    };
    let question = move || {
        id.get().map(|id| {
            view! { <ReturnSheet need=id decision=decision on_decided=on_decided /> }
        })
    };
    view! {
        {heading}
        <News decision=decision on_next=on_next />
        {opinions}
        {form}
        {facts}
        <Alike need=need />
        {elsewhere}
        {buttons}
        {question}
    }
}

/// What has happened to the opened need since the officer began to read. It stays open, with everything that was typed.
#[component]
fn News(decision: Decision, on_next: Callback<()>) -> impl IntoView {
    let Decision {
        gone,
        turn,
        changed,
        news,
        remark,
        ..
    } = decision;
    let told = move || {
        let words = match (gone.get(), news.get()) {
            (true, _) => "这条已经不在这台设备上了，可能村里刚才撤回了。".to_owned(),
            (false, Some(words)) => words,
            (false, None) => return None,
        };
        let is_over = !turn.get().is_own();
        let typed = is_over && !remark.words().trim().is_empty();
        Some(view! {
            <div class="note is-you">
                <p>{words}</p>
                {typed.then(|| view! {
                    <p>"你写的意见还在这台设备上："{move || remark.words()}</p>
                })}
                {is_over.then(|| view! {
                    <button class="link" type="button" on:click=move |_| on_next.run(())>"看下一条"</button>
                })}
            </div>
        })
    };
    view! {
        <div role="alert">
            {told}
            <Changed changed=changed on_read=move |()| decision.has_read() />
        </div>
    }
}

/// What this officer says to the village and the other department.
#[component]
fn RemarkField(decision: Decision) -> impl IntoView {
    let remark = decision.remark;
    let label = format!(
        "意见（可以不写，村里和{}能看到）",
        other_department(decision.own)
    );
    view! {
        <WrittenElsewhere tab=Signal::derive(move || remark.tab()) what="这一条的审核" />
        <div class="field">
            <label for="remark">{label}</label>
            <input
                class="input" id="remark" autocomplete="off" disabled=move || !remark.is_here()
                prop:value=move || remark.words()
                on:input:target=move |event| remark.typed(event.target().value())
            />
        </div>
    }
}

/// The two buttons, at the bottom of the screen.
#[component]
fn Buttons(decision: Decision, on_decided: Callback<Decided>) -> impl IntoView {
    let Decision {
        turn,
        trouble,
        ready,
        changed,
        ..
    } = decision;
    let label = move || match (changed.with(Vec::is_empty), turn.get()) {
        (false, _) => "先看改动",
        (true, Turn::Publishes) => "同意并发布",
        (true, _) => "同意",
    };
    view! {
        <div role="alert">
            {move || trouble.get().map(|why| view! { <p class="note is-alert">{why}</p> })}
            {move || (turn.get() == Turn::Overdue).then(|| view! {
                <p class="note is-alert">{Rejection::OverdueToPublish.sentence()}</p>
            })}
        </div>
        <div class="actions">
            <Act class="btn is-alert" ready=ready on_press=move |()| decision.ask_to_return()>
                "退回，写原因"
            </Act>
            {move || turn.get().may_agree().then(|| view! {
                <Act class="btn is-main" ready=ready on_press=move |()| decision.agree(on_decided)>
                    {label}
                </Act>
            })}
        </div>
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
                .any(|e| matches!(e.what, NeedHappened::Returned { .. }));
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

/// What each department says, and why the need was sent back before.
#[component]
fn Opinions(need: Need, rule: PublishRule, own: Option<Department>) -> impl IntoView {
    let now = use_desk().now();
    let submitted = matches!(need.state, NeedState::Submitted { .. });
    let lines = Department::ALL
        .map(|department| {
            let opinion = need.opinions.iter().find(|o| o.by == department);
            let returned = match &need.state {
                NeedState::Returned {
                    at,
                    by,
                    reason,
                    words,
                } if *by == department => Some((*at, *reason, words)),
                _ => None,
            };
            let (class, word) = match (opinion, returned) {
                (_, Some(_)) => ("pill is-alert", "退回"),
                (Some(_), None) => ("pill is-done", "同意"),
                (None, None) if own == Some(department) && submitted => ("pill is-you", "待你处理"),
                (None, None) => ("pill", "还没有意见"),
            };
            let said = match (opinion, returned) {
                (_, Some((at, reason, words))) => {
                    Some((words::moment(at, now), why(reason, words)))
                }
                (Some(o), None) => Some((words::moment(o.at, now), o.remark.trim().to_owned())),
                (None, None) => None,
            };
            let said = said.map(|(at, words)| match words.is_empty() {
                true => at,
                false => format!("{at}：{words}"),
            });
            view! {
                <li>
                    <span>
                        <b>{department.label()}</b>
                        {said.map(|said| view! { <span class="meta words">" "{said}</span> })}
                    </span>
                    <span class=class>{word}</span>
                </li>
            }
        })
        .collect_view();
    let before = submitted.then(|| returned_before(&need)).flatten();
    let repaired = before.is_some().then(|| {
        let changed = need.repaired();
        if changed.is_empty() {
            return view! { <p class="note is-you">"村里没有改内容，原样再交。"</p> }.into_any();
        }
        let lines = changed
            .iter()
            .map(|change| view! { <li>{change.words()}</li> })
            .collect_view();
        view! {
            <section class="note is-you" aria-label="退回以后村里改了">
                <p><b>"退回以后村里改了："</b></p>
                <ul class="plain-list">{lines}</ul>
            </section>
        }
        .into_any()
    });
    let rule = match rule {
        PublishRule::Either => "本县设置：两个部门有一个同意，就发布。",
        PublishRule::Both => "本县设置：两个部门都同意，才发布。",
    };
    view! {
        {before.map(|words| view! { <p class="note is-fact">{words}</p> })}
        {repaired}
        <ul class="lines opinions" aria-label="两个部门的意见">{lines}</ul>
        <p class="meta">{rule}</p>
    }
}

/// A reason for returning, with its words.
fn why(reason: ReturnReason, words: &str) -> String {
    match words.trim() {
        "" => reason.label().to_owned(),
        words => format!("{}，{words}", reason.label()),
    }
}

/// Who returned the need last before the village sent it again, and why.
fn returned_before(need: &Need) -> Option<String> {
    need.history
        .iter()
        .rev()
        .find_map(|event| match &event.what {
            NeedHappened::Returned {
                by, reason, words, ..
            } => Some(format!("{}上次退回：{}", by.label(), why(*reason, words))),
            _ => None,
        })
}

/// Needs that are probably the same matter; those that somebody has told apart are named apart.
#[component]
fn Alike(need: Memo<Option<Need>>) -> impl IntoView {
    let desk = use_desk();
    let compare = Compare::new(desk);
    let told = Memo::new(move |_| {
        need.with(|need| {
            let need = need.as_ref()?;
            let Summarized { facts, texts } = need.summary();
            Some((need.id, Told::of(&facts, &texts), need.told_apart.clone()))
        })
    });
    let found = Memo::new(move |_| {
        told.with(|told| match told {
            Some((id, told, _)) => compare.with(told.clone(), &[*id]),
            None => Vec::new(),
        })
    });
    let line = move |own: NeedId, found: Found, apart: &[ToldApart]| {
        let id = found.id;
        let apart = apart.iter().find(|told| told.other == id);
        let said = apart.map(|told| match told.by {
            None => "村里说不是同一件事".to_owned(),
            Some(by) => format!("{}说不是同一件事", by.label()),
        });
        let acts = said.is_none().then(|| {
            view! {
                <a class="link" href=format!("/follow/merge?a={own}&b={id}")>"并排看，合并"</a>
            }
        });
        view! {
            <div class="alike-one">
                <p><b>{found.title}</b></p>
                <p class="meta">{format!("{} · {}", found.likely.reasons, found.stage)}</p>
                <p class="links">
                    <a class="link" href=format!("/needs/{id}")>"打开看看"</a>
                    {acts}
                    {said.map(|said| view! { <span class="meta">{said}</span> })}
                </p>
            </div>
        }
    };
    let lines = move || {
        let found = found.get();
        let (own, _, apart) = told.get()?;
        (!found.is_empty()).then(|| {
            let lines = found
                .into_iter()
                .map(|found| line(own, found, &apart))
                .collect_view();
            view! {
                <section class="note is-you alike" aria-label="可能重复">
                    <p><b>"可能重复："</b></p>
                    {lines}
                </section>
            }
        })
    };
    view! { {lines} }
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
fn ReturnSheet(need: NeedId, decision: Decision, on_decided: Callback<Decided>) -> impl IntoView {
    view! {
        <Sheet open=decision.returning title="退回给村里修改">
            <ReturnFields need=need decision=decision on_decided=on_decided />
        </Sheet>
    }
}

#[component]
fn ReturnFields(need: NeedId, decision: Decision, on_decided: Callback<Decided>) -> impl IntoView {
    let desk = use_desk();
    let Decision {
        returning: open,
        trouble,
        turn,
        news,
        ready,
        busy,
        ..
    } = decision;
    let kept = KeptForm::new(desk, return_name(need), ReturnForm::default());
    let form = kept.form;
    trouble.set(None);
    let put = move |change: &dyn Fn(&mut ReturnForm)| {
        kept.change(&ReturnForm::default(), |form| change(form));
    };
    let decided = move |decided: Decided| {
        open.try_set(false);
        on_decided.try_run(decided);
    };
    let submit = move |()| {
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
        decision.decide(Screening::Return { reason, words }, decided);
    };
    let still = steady(|| ());
    let may = Signal::derive(move || still.get() && ready.get() && kept.tab.is_here());
    let over = move || {
        (!turn.get().is_own() && !busy.get()).then(|| {
            let words = news.get().unwrap_or_default();
            view! {
                <p class="note is-alert">{words}"现在不能退回了，写的内容还在，不会丢。"</p>
            }
        })
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
        <form on:submit=|event| event.prevent_default() novalidate>
            <InOneTab tab=kept.tab>
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
            </InOneTab>
            // The need itself may be decided in another tab by now.
            <WrittenElsewhere tab=Signal::derive(move || decision.remark.tab()) what="这一条的审核" />
            <div role="alert">
                {over}
                {move || trouble.get().map(|why| view! { <p class="note is-alert">{why}</p> })}
            </div>
            <Act class="btn is-alert is-wide" ready=may on_press=submit>"退回给村里"</Act>
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

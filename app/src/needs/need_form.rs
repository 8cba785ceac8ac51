//! The page with the need form: save as a draft, or send to the county.

use crate::desk::need_answers::{Answers, QUESTIONS};
use crate::desk::{Desk, use_desk};
use crate::needs::draft_keeper::{DraftKeeper, Kept};
use crate::needs::duplicates::{AskOnce, Duplicates};
use crate::needs::form_window::{Another, Elsewhere, Moved, Window, WrittenElsewhere, join};
use crate::needs::need_questions::{Questions, State};
use crate::needs::need_start::{Opened, Start, Way, has_sent, start_again, start_new};
use crate::ui::shell::Shell;
use crate::ui::shell::path_id;
use crate::ui::trouble;
use crate::words;
use domain::commands::{EditNeed, PostNeed, SaveNeed, TellApart};
use domain::needs::offers::may_be_sent;
use domain::{Key, Millis, Need, NeedContent, NeedId, NeedState};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use std::rc::Rc;
use sync::engine::SubmitError;

/// Writing a new need.
#[component]
pub fn NewNeed() -> impl IntoView {
    view! { <NeedForm is_new=true /> }
}

/// Writing a need again.
#[component]
pub fn EditNeed() -> impl IntoView {
    view! { <NeedForm is_new=false /> }
}

/// Writing a need, new or again.
#[component]
fn NeedForm(
    /// Whether it is a new need; else the address names one.
    is_new: bool,
) -> impl IntoView {
    let desk = use_desk();
    let id = path_id::<NeedId>();
    let opened = RwSignal::new_local(Opened::Reading);
    let moved = RwSignal::new(None::<Moved>);
    let keeper = StoredValue::new(None::<DraftKeeper>);
    let tabs = join(desk, moved, keeper);
    let open = Callback::new(move |way: Way| {
        opened.set(Opened::Reading);
        moved.set(None);
        keeper.set_value(None);
        let tabs = tabs.get_value();
        spawn_local(async move {
            let found = match (way, id) {
                (Way::TakeOver(id), _) => start_again(desk, id, way, &tabs).await,
                _ if is_new => start_new(desk, way).await,
                (_, Some(id)) => start_again(desk, id, way, &tabs).await,
                (_, None) => Opened::Absent,
            };
            // The signals are disposed of if the page was left meanwhile.
            opened.try_set(found);
        });
    });
    open.run(Way::Resume);
    let title = if is_new {
        "发一条需求"
    } else {
        "修改需求"
    };
    move || match opened.get() {
        Opened::Ready(start) => {
            let window = Window {
                moved,
                tabs,
                keeper,
            };
            view! { <Form title=title start=*start on_open=open window=window /> }.into_any()
        }
        Opened::Elsewhere(need) => {
            view! { <Elsewhere title=title need=need on_open=open /> }.into_any()
        }
        Opened::Reading => view! {
            <Shell title=title back="/" form=true>
                <div class="card skeleton" aria-busy="true"><i></i><i></i><i></i></div>
            </Shell>
        }
        .into_any(),
        Opened::Absent => view! {
            <Shell title=title back="/">
                <div class="empty">
                    <h2>"这条需求不在这台设备上"</h2>
                    <p>"可能还没有同步到，也可能不是本村的。请回到首页，有网时再看。"</p>
                    <a class="btn" href="/">"回到首页"</a>
                </div>
            </Shell>
        }
        .into_any(),
        Opened::Over(stage) => view! {
            <Shell title=title back="/">
                <div class="empty">
                    <h2>{format!("这条需求{}，不能再改", stage.label())}</h2>
                    <p>"如果村里还需要，请另外发一条。"</p>
                    <a class="btn" href="/needs/new">"另发一条需求"</a>
                </div>
            </Shell>
        }
        .into_any(),
    }
}

/// What the two buttons do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Keep,
    Send,
}

/// A form that is being written, and what becomes of it.
#[derive(Clone, Copy)]
struct Writing {
    state: State,
    duplicates: Duplicates,
    /// Nobody has seen the need yet.
    is_new: bool,
    window: Window,
    /// Whether the county has the need already: what is written are changes to it.
    edits: bool,
    /// Why it was not sent.
    trouble: RwSignal<Option<String>>,
    busy: StoredValue<bool>,
    /// Leaves the page. It does not depend on the page's signals, since submitting may take longer than the page exists.
    home: StoredValue<Rc<dyn Fn()>, LocalStorage>,
}

impl Writing {
    fn new(desk: Desk, start: &Start, window: Window) -> Self {
        let navigate = use_navigate();
        let answers = RwSignal::new(start.answers.clone());
        let first = if start.restored {
            Kept::All
        } else {
            Kept::Untouched
        };
        let state = State {
            desk,
            answers,
            faults: RwSignal::default(),
            keeper: DraftKeeper::new(desk, answers, first, start.claim.clone()),
        };
        window.keeper.set_value(Some(state.keeper));
        let edits = start.need.as_ref().is_some_and(|n| {
            matches!(
                n.state,
                NeedState::Submitted { .. } | NeedState::Published { .. }
            )
        });
        Self {
            state,
            duplicates: Duplicates::follow(state),
            is_new: start.need.is_none(),
            window,
            edits,
            trouble: RwSignal::new(None),
            busy: StoredValue::new(false),
            home: StoredValue::new_local(Rc::new(move || navigate("/", Default::default()))),
        }
    }

    /// Keeps the form or sends it, then goes home; or shows what is to be repaired.
    fn act(self, wanted: Wanted) {
        if self.busy.get_value() || self.window.moved.get_untracked().is_some() {
            return;
        }
        self.trouble.set(None);
        if self.is_new && self.was_sent_elsewhere() {
            return;
        }
        let form = self.state.answers.get_untracked();
        let faults = match wanted {
            Wanted::Keep => form.unreadable(),
            Wanted::Send => form.missing(self.state.desk.today()),
        };
        let home = self.home.get_value();
        let content = form.content();
        if wanted == Wanted::Keep
            && (content.is_none() || domain::read::text::is_blank(&form.title))
        {
            // The form is incomplete even for a draft need, so it stays a form on this device, and the list says so.
            self.state.keeper.flush();
            return home();
        }
        let Some(content) = content.filter(|_| faults.is_empty()) else {
            return self.state.show(faults);
        };
        if wanted == Wanted::Send && !self.edits && self.duplicates.asks() {
            return;
        }
        let told_apart = form.told_apart.clone();
        self.busy.set_value(true);
        spawn_local(async move {
            match self.submit(wanted, form.need, content).await {
                Ok(()) => {
                    if wanted == Wanted::Send {
                        tell_apart(self.state.desk, form.need, told_apart).await;
                    }
                    self.state.keeper.done().await;
                    self.window.tell(&has_sent(form.need));
                    home();
                }
                Err(SubmitError::Rejected(rejection)) if form.fault(&rejection).is_some() => {
                    if self.state.answers.try_get_untracked().is_some() {
                        self.state
                            .show(form.fault(&rejection).into_iter().collect());
                    }
                }
                Err(error) => {
                    self.trouble.try_set(Some(trouble::sentence(&error)));
                }
            }
            self.busy.try_set_value(false);
        });
    }

    /// A new need never overwrites one: if this one exists by now, another tab has sent it, and what is typed here becomes a need of its own.
    fn was_sent_elsewhere(self) -> bool {
        let desk = self.state.desk;
        let need = self.state.answers.with_untracked(|a| a.need);
        if untrack(|| desk.list_item(&Key::Need(need))).is_none() {
            return false;
        }
        let other = NeedId::from_random(desk.random());
        self.state.change(|a| a.need = other);
        self.trouble.set(Some(
            "刚才这条已经在另一个窗口里发出去了，没有被改动。这里写的要另发一条的话，请再点一次。"
                .to_owned(),
        ));
        true
    }

    async fn submit(
        self,
        wanted: Wanted,
        need: NeedId,
        content: NeedContent,
    ) -> Result<(), SubmitError> {
        let desk = self.state.desk;
        match (wanted, self.edits) {
            (Wanted::Keep, _) => desk.submit(SaveNeed { need, content }).await,
            (Wanted::Send, false) => desk.submit(PostNeed { need, content }).await,
            (Wanted::Send, true) => desk.submit(EditNeed { need, content }).await,
        }
        .map(|_| ())
    }
}

/// Tells the county which needs that look alike are other matters.
async fn tell_apart(desk: Desk, need: NeedId, others: Vec<NeedId>) {
    for other in others {
        // If it cannot be stored, the county sees two needs that look alike, and asks.
        let _told = desk.submit(TellApart { need, other }).await;
    }
}

#[component]
fn Form(
    title: &'static str,
    start: Start,
    on_open: Callback<Way>,
    window: Window,
) -> impl IntoView {
    let desk = use_desk();
    let writing = Writing::new(desk, &start, window);
    let Writing {
        state,
        edits,
        trouble,
        ..
    } = writing;
    let Start {
        need,
        restored,
        elsewhere,
        claim,
        answers: Answers { need: id, .. },
    } = start;
    let is_new = need.is_none();
    window.follow(claim.lost);
    let on_fresh = Callback::new(move |()| {
        if !is_new {
            // What was changed is not wanted any more.
            state.keeper.give_up();
        }
        on_open.run(Way::Fresh);
    });
    let back = if is_new {
        "/".to_owned()
    } else {
        format!("/needs/{id}")
    };
    let saved = move || view! { <Saved state=state /> };
    let actions = move || view! { <Actions writing=writing /> };
    view! {
        <Shell title=title back=back aside=saved actions=actions form=true>
            <WrittenElsewhere window=window need=id on_open=on_open />
            {elsewhere.map(|(id, title)| view! { <Another id=id title=title /> })}
            <Remaining answers=state.answers need=need.clone() />
            <NotKept keeper=state.keeper />
            {need.as_ref().and_then(why_returned)}
            {restored.then(|| view! { <Restored is_new=is_new on_fresh=on_fresh /> })}
            {edits.then(|| view! {
                <p class="note is-fact">"改动要等有网络才会发到县里。已经有人接的，不能改名、改单位，也不能改得更少。"</p>
            })}
            <div role="alert">
                {move || trouble.get().map(|words| view! { <p class="note is-alert">{words}</p> })}
            </div>
            <div class="stack" inert=move || window.moved.with(Option::is_some)>
                <Questions state=state duplicates=writing.duplicates />
            </div>
            <AskOnce duplicates=writing.duplicates on_send=move |()| writing.act(Wanted::Send) />
        </Shell>
    }
}

/// How far the form is kept on this device.
#[component]
fn Saved(state: State) -> impl IntoView {
    let words = move || match state.keeper.kept.get() {
        Kept::Untouched => String::new(),
        Kept::Keeping => "正在存…".to_owned(),
        Kept::All => format!("已存 {}", words::clock(state.answers.with(|a| a.kept_at))),
        Kept::Failed => "没存上".to_owned(),
    };
    view! { <span data-testid="draft-saved">{words}</span> }
}

/// The two buttons. A need that the county has already cannot be saved as a draft, only changed.
#[component]
fn Actions(writing: Writing) -> impl IntoView {
    let edits = writing.edits;
    let send = if edits {
        "把改动发给县里"
    } else {
        "发给县里审核"
    };
    let gone = move || writing.window.moved.with(Option::is_some);
    view! {
        {(!edits).then(|| view! {
            <button
                class="btn is-quiet" type="button" disabled=gone
                on:click=move |_| writing.act(Wanted::Keep)
            >"先存着"</button>
        })}
        <button
            class="btn is-main" type="button" disabled=gone
            on:click=move |_| writing.act(Wanted::Send)
        >{send}</button>
    }
}

/// The alert that the device cannot store the form.
#[component]
fn NotKept(keeper: DraftKeeper) -> impl IntoView {
    move || {
        (keeper.kept.get() == Kept::Failed).then(|| {
            view! {
                <p class="note is-alert" role="alert">
                    "这台设备现在存不下写的内容，请不要关掉这一页。可以先删掉一些照片或不用的应用。"
                </p>
            }
        })
    }
}

/// What is still to be repaired on a form whose questions are all answered: it can be sent only once there is nothing.
fn to_repair(answers: &Answers, need: Option<&Need>, now: Millis) -> Option<String> {
    if let Some((_, words)) = answers.missing(now.day()).into_iter().next() {
        return Some(words);
    }
    let refused = may_be_sent(&answers.content()?, need, now).err()?;
    let fault = answers.fault(&refused).map(|(_, words)| words);
    Some(fault.unwrap_or_else(|| refused.sentence()))
}

#[component]
fn Remaining(answers: RwSignal<Answers>, need: Option<Need>) -> impl IntoView {
    let desk = use_desk();
    let left = Memo::new(move |_| answers.with(Answers::unanswered));
    let repair =
        Memo::new(move |_| answers.with(|answers| to_repair(answers, need.as_ref(), desk.now())));
    let words = move || match (left.get(), repair.get()) {
        (0, None) => format!("{QUESTIONS} 个问题都答了，可以发了"),
        (0, Some(words)) => format!("都写了，还有要改的：{words}"),
        (n, _) => format!("还有 {n} 个问题 · 共 {QUESTIONS} 个"),
    };
    view! { <p class="meta" data-testid="remaining">{words}</p> }
}

fn why_returned(need: &Need) -> Option<AnyView> {
    let NeedState::Returned {
        by, reason, words, ..
    } = &need.state
    else {
        return None;
    };
    let words = if words.trim().is_empty() {
        reason.label()
    } else {
        words.trim()
    };
    Some(
        view! { <p class="note is-alert">{format!("{}退回修改：{words}", by.label())}</p> }
            .into_any(),
    )
}

#[component]
fn Restored(is_new: bool, on_fresh: Callback<()>) -> impl IntoView {
    let (words, other) = if is_new {
        ("这是上次没写完的，接着写就行。", "另写一条新的")
    } else {
        ("这是上次没改完的，接着改就行。", "不要这些改动")
    };
    view! {
        <p class="note is-you">
            {words}
            <button class="link" type="button" on:click=move |_| on_fresh.run(())>{other}</button>
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::text::read_json;

    const NOW: Millis = Millis(1_795_482_000_000);

    fn answered() -> Answers {
        let content = r#"{"title":"村口缺路灯","topic":"environment","help":"relief",
            "items":[{"no":1,"name":"路灯","quantity":12,"unit":"盏"}],"deadline":"2026-12-31","persons":320,
            "contact":{"name":"杨秀英","phone":"19900000001"}}"#;
        let content: NeedContent = read_json(content).expect("a content");
        Answers::of(NeedId::from_random([1; 16]), &content)
    }

    #[test]
    fn a_form_is_said_to_be_ready_only_if_the_rules_accept_it() {
        assert_eq!(to_repair(&answered(), None, NOW), None);
        let spoilt: [fn(&mut Answers); 5] = [
            |form| form.title = "缺灯".to_owned(),
            |form| form.deadline = "2026-11-01".to_owned(),
            |form| form.persons = "很多".to_owned(),
            |form| form.items[0].quantity = "0".to_owned(),
            |form| form.contact_phone = "12".to_owned(),
        ];
        for spoil in spoilt {
            let mut form = answered();
            spoil(&mut form);
            assert_eq!(form.unanswered(), 0, "{form:?}");
            assert!(to_repair(&form, None, NOW).is_some(), "{form:?}");
        }
    }
}

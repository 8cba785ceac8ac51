use crate::desk::{Desk, use_desk};
use crate::parts::draft_keeper::{DraftKeeper, Kept};
use crate::parts::fields::{Bound, Chips, Fault, Field, Kind};
use crate::parts::need_answers::{Answers, ItemAnswers, QUESTIONS, Spot, UNITS, YUAN, is_alike};
use crate::parts::shell::Shell;
use crate::parts::trouble;
use crate::program::path_id;
use crate::words;
use domain::command::{EditNeed, PostNeed, SaveNeed};
use domain::need::NeedStage;
use domain::{Entity, Help, Key, Need, NeedId, NeedState, Role, Topic};
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use sync::engine::SubmitError;
use view::prelude::*;
use wasm_bindgen::JsCast;

/// Units of a need that has items are at most as many as the rules allow.
const MOST_ITEMS: usize = 12;

/// What the page found out before it can show the form.
#[derive(Clone, Debug)]
enum Opened {
    /// It is being read.
    Reading,
    /// There is no such need on this device.
    Absent,
    /// It is too late to change it.
    Over(NeedStage),
    /// Here is the form.
    Ready(Box<Start>),
}

/// A form to begin or go on with.
#[derive(Clone, Debug)]
struct Start {
    answers: Answers,
    /// Where the need stands; none for one that nobody has seen yet.
    need: Option<Need>,
    /// Whether it was left unfinished.
    restored: bool,
}

/// Writing a need, new or again.
#[component]
pub fn NeedForm(
    /// Whether it is a new need; else the path names one.
    is_new: bool,
) -> View {
    let desk = use_desk();
    let id = path_id::<NeedId>();
    let opened = RwSignal::new(Opened::Reading);
    let open = move |fresh: bool| {
        opened.set(Opened::Reading);
        spawn_local(async move {
            let found = match (is_new, id) {
                (true, _) => start_new(desk, fresh).await,
                (false, Some(id)) => start_again(desk, id, fresh).await,
                (false, None) => Opened::Absent,
            };
            // The page may be gone by now.
            opened.try_set(found);
        });
    };
    open(false);
    let open = Callback::new(move |()| open(true));
    let title = if is_new {
        "发一条需求"
    } else {
        "修改需求"
    };
    let shown = move || match opened.get() {
        Opened::Ready(start) => {
            view! { <Form title=title start=*start on_fresh=open /> }
        }
        Opened::Reading => view! {
            <Shell title=title back="/" form=true>
                <div class="card skeleton" aria-busy="true"><i></i><i></i><i></i></div>
            </Shell>
        },
        Opened::Absent => view! {
            <Shell title=title back="/">
                <div class="empty">
                    <h2>"这条需求不在这台设备上"</h2>
                    <p>"可能还没有同步到，也可能不是本村的。请回到首页，有网时再看。"</p>
                    <a class="btn" href="/">"回到首页"</a>
                </div>
            </Shell>
        },
        Opened::Over(stage) => view! {
            <Shell title=title back="/">
                <div class="empty">
                    <h2>{format!("这条需求{}，不能再改", stage.label())}</h2>
                    <p>"如果村里还需要，请另外发一条。"</p>
                    <a class="btn" href="/needs/new">"另发一条需求"</a>
                </div>
            </Shell>
        },
    };
    shown.into_view()
}

/// A new form, or the one for a new need that was left last.
async fn start_new(desk: Desk, fresh: bool) -> Opened {
    let mut drafts = if fresh {
        Vec::new()
    } else {
        desk.drafts::<Answers>().await
    };
    drafts.retain(|(name, form)| {
        *name == Answers::draft_name(form.need)
            && untrack(|| desk.head(&Key::Need(form.need))).is_none()
    });
    drafts.sort_by_key(|(_, form)| Reverse(form.kept_at));
    if let Some((_, answers)) = drafts.into_iter().next() {
        return Opened::Ready(Box::new(Start {
            answers,
            need: None,
            restored: true,
        }));
    }
    let need = NeedId::from_random(desk.random());
    let mut answers = Answers::new(need, desk.today());
    match last_contact(desk).await {
        Some(contact) => {
            answers.contact_name = contact.name;
            answers.contact_phone = contact.phone;
        }
        None => answers.contact_name = desk.actor().name,
    }
    Opened::Ready(Box::new(Start {
        answers,
        need: None,
        restored: false,
    }))
}

/// The contact of the village's last need.
async fn last_contact(desk: Desk) -> Option<domain::Contact> {
    let Role::Village { place } = desk.actor().role else {
        return None;
    };
    let own = untrack(|| {
        desk.heads(|key, head| matches!(key, Key::Need(_)) && head.village == place.village)
    });
    let last = own.into_iter().max_by_key(|l| l.head.at)?;
    match desk.read(last.key).await?.entity {
        Entity::Need(need) => need.content.contact,
        _ => None,
    }
}

/// The form of a need that exists, as it was left or as the need is.
async fn start_again(desk: Desk, id: NeedId, fresh: bool) -> Opened {
    let need = match desk.read(Key::Need(id)).await.map(|seen| seen.entity) {
        Some(Entity::Need(need)) => Some(*need),
        _ => None,
    };
    if let Some(stage @ (NeedStage::Withdrawn | NeedStage::Closed)) =
        need.as_ref().map(|n| n.state.stage())
    {
        return Opened::Over(stage);
    }
    let name = Answers::draft_name(id);
    let draft = if fresh {
        // What is thrown away on purpose.
        let _gone = desk.delete_draft(&name).await;
        None
    } else {
        desk.draft::<Answers>(&name).await
    };
    let restored = draft.is_some();
    let answers = draft.or_else(|| need.as_ref().map(|n| Answers::of(id, &n.content)));
    match answers {
        Some(answers) => Opened::Ready(Box::new(Start {
            answers,
            need,
            restored,
        })),
        None => Opened::Absent,
    }
}

/// The form's state, shared by its parts.
#[derive(Clone, Copy)]
struct State {
    desk: Desk,
    answers: RwSignal<Answers>,
    faults: RwSignal<BTreeMap<String, String>>,
    keeper: DraftKeeper,
}

impl State {
    fn change(self, change: impl FnOnce(&mut Answers)) {
        self.answers.update(change);
        self.keeper.touched();
    }

    fn fault(self, spot: Spot) -> Signal<Option<String>> {
        let id = spot.id();
        Signal::derive(move || self.faults.with(|f| f.get(&id).cloned()))
    }

    fn repaired(self, spot: Spot) {
        let id = spot.id();
        if self.faults.with_untracked(|f| f.contains_key(&id)) {
            self.faults.update(|f| {
                f.remove(&id);
            });
        }
    }

    /// A line of text on the form.
    fn text(
        self,
        spot: Spot,
        get: fn(&Answers) -> &String,
        set: fn(&mut Answers) -> &mut String,
    ) -> Bound {
        let value = Memo::new(move |_| self.answers.with(|a| get(a).clone()));
        Bound {
            value: value.into(),
            on_input: Callback::new(move |words| {
                self.change(|a| *set(a) = words);
                self.repaired(spot);
            }),
            fault: self.fault(spot),
        }
    }

    /// Shows what is to be repaired and leads to the first of it.
    fn show(self, faults: Vec<(Spot, String)>) {
        let first = faults.first().map(|(spot, _)| spot.id());
        self.faults.set(
            faults
                .into_iter()
                .map(|(spot, words)| (spot.id(), words))
                .collect(),
        );
        let Some(first) = first else { return };
        // After the page shows the words, so that they are read together with the field.
        request_animation_frame(move || {
            let control = document()
                .get_element_by_id(&first)
                .and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok());
            if let Some(control) = control {
                let _focused = control.focus();
            }
        });
    }
}

/// What the two buttons do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Keep,
    Send,
}

#[component]
fn Form(title: &'static str, start: Start, on_fresh: Callback<()>) -> View {
    let desk = use_desk();
    let navigate = use_navigate();
    let Start {
        answers,
        need,
        restored,
    } = start;
    let id = answers.need;
    let is_new = need.is_none();
    let edits = need.as_ref().is_some_and(|n| {
        matches!(
            n.state,
            NeedState::Submitted { .. } | NeedState::Published { .. }
        )
    });
    let answers = RwSignal::new(answers);
    let first = if restored {
        Kept::Kept
    } else {
        Kept::Untouched
    };
    let state = State {
        desk,
        answers,
        faults: RwSignal::new(BTreeMap::new()),
        keeper: DraftKeeper::new(desk, answers, first),
    };
    let trouble = RwSignal::new(None::<String>);
    let busy = StoredValue::new(false);
    let act = move |wanted: Wanted| {
        if busy.get_value() {
            return;
        }
        let form = answers.get_untracked();
        let faults = match wanted {
            Wanted::Keep => form.unreadable(),
            Wanted::Send => form.missing(),
        };
        trouble.set(None);
        let leave = navigate.clone();
        let home = move || leave("/", Default::default());
        let content = form.content();
        if wanted == Wanted::Keep && (content.is_none() || form.title.trim().is_empty()) {
            // Not enough for a need yet: it stays a form on this device, and the list says so.
            state.keeper.flush();
            return home();
        }
        let Some(content) = content.filter(|_| faults.is_empty()) else {
            return state.show(faults);
        };
        busy.set_value(true);
        spawn_local(async move {
            let done = match (wanted, edits) {
                (Wanted::Keep, _) => desk.submit(SaveNeed { need: id, content }).await,
                (Wanted::Send, false) => desk.submit(PostNeed { need: id, content }).await,
                (Wanted::Send, true) => desk.submit(EditNeed { need: id, content }).await,
            };
            match done {
                Ok(_) => {
                    state.keeper.done().await;
                    home();
                }
                Err(SubmitError::Rejected(rejection)) if form.fault(&rejection).is_some() => {
                    if state.answers.try_get_untracked().is_some() {
                        state.show(form.fault(&rejection).into_iter().collect());
                    }
                }
                Err(error) => {
                    trouble.try_set(Some(trouble::sentence(&error)));
                }
            }
            busy.try_set_value(false);
        });
    };
    let act = StoredValue::new(act);
    let press = move |wanted| act.with_value(|act| act(wanted));
    let saved = move || match state.keeper.kept.get() {
        Kept::Untouched => String::new(),
        Kept::Keeping => "正在存…".to_owned(),
        Kept::Kept => format!("已存 {}", words::clock(answers.with(|a| a.kept_at))),
        Kept::Failed => "没存上".to_owned(),
    };
    let saved = move || view! { <span data-testid="draft-saved">{saved}</span> };
    let actions = move || {
        let send = if edits {
            "把改动发给县里"
        } else {
            "发给县里审核"
        };
        view! {
            {(!edits).then(|| view! {
                <button class="btn is-quiet" type="button" on:click=move |_| press(Wanted::Keep)>"先存着"</button>
            })}
            <button class="btn is-main" type="button" on:click=move |_| press(Wanted::Send)>{send}</button>
        }
    };
    let back = if is_new {
        "/".to_owned()
    } else {
        format!("/needs/{id}")
    };
    let not_kept =
        move || {
            (state.keeper.kept.get() == Kept::Failed).then(|| view! {
            <p class="note is-alert" role="alert">
                "这台设备现在存不下写的内容，请不要关掉这一页。可以先删掉一些照片或不用的应用。"
            </p>
        })
        };
    view! {
        <Shell title=title back=back aside=saved actions=actions form=true>
            <Remaining answers=answers />
            {not_kept}
            {need.as_ref().and_then(why_returned)}
            {restored.then(|| view! { <Restored is_new=is_new on_fresh=on_fresh /> })}
            {edits.then(|| view! {
                <p class="note is-fact">"改动要等有网络才会发到县里。已经有人接的，不能改名、改单位，也不能改得更少。"</p>
            })}
            <div role="alert">
                {move || trouble.get().map(|words| view! { <p class="note is-alert">{words}</p> })}
            </div>
            <Questions state=state />
        </Shell>
    }
}

#[component]
fn Remaining(answers: RwSignal<Answers>) -> View {
    let left = Memo::new(move |_| answers.with(Answers::unanswered));
    let words = move || match left.get() {
        0 => format!("{QUESTIONS} 个问题都答了，可以发了"),
        n => format!("还有 {n} 个问题 · 共 {QUESTIONS} 个"),
    };
    view! { <p class="meta" data-testid="remaining">{words}</p> }
}

fn why_returned(need: &Need) -> Option<View> {
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
    Some(view! { <p class="note is-alert">{format!("{}退回修改：{words}", by.label())}</p> })
}

#[component]
fn Restored(is_new: bool, on_fresh: Callback<()>) -> View {
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

#[component]
fn Questions(state: State) -> View {
    let answers = state.answers;
    let topic = Signal::derive(move || {
        let topic = answers.with(|a| a.topic);
        topic.and_then(|t| Topic::ALL.iter().position(|o| *o == t))
    });
    let help = Signal::derive(move || {
        let help = answers.with(|a| a.help);
        help.and_then(|h| Help::ALL.iter().position(|o| *o == h))
    });
    let choose_topic = move |n: usize| {
        state.change(|a| a.topic = Topic::ALL.get(n).copied());
        state.repaired(Spot::Topic);
    };
    let choose_help = move |n: usize| {
        state.change(|a| a.help = Help::ALL.get(n).copied());
        state.repaired(Spot::Help);
    };
    view! {
        <Field
            id="title" label="需要什么（一句话）" required=true
            bound=state.text(Spot::Title, |a| &a.title, |a| &mut a.title)
        />
        <Duplicates state=state />
        <Chips
            id="topic" label="属于哪一类" chosen=topic on_choose=choose_topic fault=state.fault(Spot::Topic)
            options=Topic::ALL.iter().map(|t| t.label()).collect()
        />
        <Chips
            id="help" label="要别人怎么帮" chosen=help on_choose=choose_help fault=state.fault(Spot::Help)
            options=Help::ALL.iter().map(|h| h.label()).collect()
            hint="输血：给钱给物。造血：教技术、帮销路、一起办。"
        />
        <Items state=state />
        <Field
            id="details" label="情况说明（可以不写）" kind=Kind::Lines
            hint="为什么需要，现在怎么样，装在哪里、给谁用。别写个人隐私。"
            bound=state.text(Spot::Details, |a| &a.details, |a| &mut a.details)
        />
        <Field
            id="deadline" label="最晚什么时候" kind=Kind::Day required=true
            bound=state.text(Spot::Deadline, |a| &a.deadline, |a| &mut a.deadline)
        />
        <div class="pair">
            <Field
                id="persons" label="多少人受益" kind=Kind::Number unit="人" required=true
                bound=state.text(Spot::Persons, |a| &a.persons, |a| &mut a.persons)
            />
            <Field
                id="households" label="多少户（可不填）" kind=Kind::Number unit="户"
                bound=state.text(Spot::Households, |a| &a.households, |a| &mut a.households)
            />
        </div>
        <Field
            id="contact-name" label="联系人" required=true autocomplete="name"
            bound=state.text(Spot::ContactName, |a| &a.contact_name, |a| &mut a.contact_name)
        />
        <Field
            id="contact-phone" label="电话" kind=Kind::Phone required=true autocomplete="tel"
            bound=state.text(Spot::ContactPhone, |a| &a.contact_phone, |a| &mut a.contact_phone)
        />
        <p class="hint">"联系人和电话不公开，只给县里和接单的组织看。"</p>
        <Field
            id="budget" label="大约要多少钱（可以不填）" kind=Kind::Money unit="元"
            bound=state.text(Spot::Budget, |a| &a.budget, |a| &mut a.budget)
        />
        <label class="check">
            <input
                type="checkbox" prop:checked=move || answers.with(|a| a.urgent)
                on:change:target=move |event| {
                    let urgent = event.target().checked();
                    state.change(|a| a.urgent = urgent);
                }
            />
            "急（不马上办会出事的才选）"
        </label>
    }
}

/// Own needs whose title speaks of the same.
#[component]
fn Duplicates(state: State) -> View {
    let desk = state.desk;
    let title = Memo::new(move |_| state.answers.with(|a| a.title.clone()));
    let own_id = state.answers.with_untracked(|a| a.need);
    let put_away = RwSignal::new(None::<NeedId>);
    let Role::Village { place } = desk.actor().role else {
        return View::Empty;
    };
    let found = Memo::new(move |_| {
        let title = title.get();
        let listed = desk.heads(|key, head| {
            matches!(key, Key::Need(id) if *id != own_id)
                && head.village == place.village
                && is_alike(&title, &head.title)
        });
        let last = listed.into_iter().max_by_key(|l| l.head.at)?;
        let Key::Need(id) = last.key else { return None };
        Some((id, last.head.title.clone(), last.head.at))
    });
    let hint = move || {
        let (id, title, at) = found.get().filter(|(id, ..)| put_away.get() != Some(*id))?;
        let month = at.day().ymd().1;
        Some(view! {
            <div class="note is-you">
                <p>"像是已经有了："<b>{title}</b>{format!("（本村 · {month} 月）")}</p>
                <a class="link" href=format!("/needs/{id}")>"打开它"</a>
                <button class="link" type="button" on:click=move |_| put_away.set(Some(id))>
                    "不一样，继续写"
                </button>
            </div>
        })
    };
    view! { <div role="status">{hint}</div> }
}

#[component]
fn Items(state: State) -> View {
    let answers = state.answers;
    let numbers =
        Memo::new(move |_| answers.with(|a| a.items.iter().map(|i| i.no).collect::<Vec<_>>()));
    let add = move |_| state.change(|a| a.items.push(ItemAnswers::new(a.next_no())));
    let room = move || numbers.with(|n| n.len() < MOST_ITEMS);
    view! {
        <For each=move || numbers.get() key=|no| *no let:no>
            <Item state=state no=no />
        </For>
        {move || room().then(|| view! {
            <button class="btn is-quiet is-wide" type="button" on:click=add>"再加一项"</button>
        })}
    }
}

/// One thing that is needed: what, how much, in what unit.
#[component]
fn Item(state: State, no: u16) -> View {
    let answers = state.answers;
    let place = Memo::new(move |_| answers.with(|a| a.items.iter().position(|i| i.no == no)));
    let at = move || place.get().unwrap_or(0);
    let part = move |get: fn(&ItemAnswers) -> &String| {
        Memo::new(move |_| {
            answers.with(|a| {
                let item = a.items.iter().find(|i| i.no == no);
                item.map_or_else(String::new, |i| get(i).clone())
            })
        })
    };
    let (name, quantity, unit) = (part(|i| &i.name), part(|i| &i.quantity), part(|i| &i.unit));
    let set = move |change: &dyn Fn(&mut ItemAnswers)| {
        state.change(|a| a.items.iter_mut().filter(|i| i.no == no).for_each(change));
    };
    let step = move |by: i64| {
        set(&|item| item.quantity = item.stepped(by));
        state.repaired(Spot::Quantity(place.get_untracked().unwrap_or(0)));
    };
    let set_unit = move |words: String| {
        set(&|item| item.unit.clone_from(&words));
        state.repaired(Spot::Unit(place.get_untracked().unwrap_or(0)));
    };
    let fault = move |spot: fn(usize) -> Spot| {
        Signal::derive(move || state.faults.with(|f| f.get(&spot(at()).id()).cloned()))
    };
    let faults = [
        fault(Spot::ItemName),
        fault(Spot::Quantity),
        fault(Spot::Unit),
    ];
    let [no_name, no_quantity, no_unit] = faults;
    let label = move |words: &str| match at() {
        0 => words.to_owned(),
        n => format!("第 {} 项{words}", n + 1),
    };
    let is_money = move || unit.with(|u| u.trim() == YUAN);
    let remove = move |_| {
        state.change(|a| a.items.retain(|i| i.no != no));
        state.faults.set(BTreeMap::new());
    };
    let several = move || answers.with(|a| a.items.len() > 1);
    let units = move || {
        unit.with(String::is_empty).then(|| {
            let chips = UNITS
                .iter()
                .map(|u| view! {
                    <button class="chip" type="button" on:click=move |_| set_unit((*u).to_owned())>{*u}</button>
                })
                .collect_view();
            view! { <div class="chips" role="group" aria-label="常用单位">{chips}</div> }
        })
    };
    view! {
        <div class="field is-group" class:is-bad=move || faults.iter().any(|f| f.with(Option::is_some))>
            <div class="row">
                <span class="label">{move || label("要什么、要多少")}</span>
                {move || several().then(|| view! {
                    <button class="link" type="button" on:click=remove>"去掉这一项"</button>
                })}
            </div>
            <div class="field">
                <label for=move || Spot::ItemName(at()).id()>{move || label("要什么")}</label>
                <input
                    class="input" id=move || Spot::ItemName(at()).id() autocomplete="off" aria-required="true"
                    aria-invalid=move || no_name.with(Option::is_some).then_some("true")
                    prop:value=move || name.get()
                    on:input:target=move |event| {
                        let words = event.target().value();
                        set(&|item| item.name.clone_from(&words));
                        state.repaired(Spot::ItemName(place.get_untracked().unwrap_or(0)));
                    }
                />
                {move || view! { <Fault id=Spot::ItemName(at()).id() fault=no_name /> }}
            </div>
            <div class="with-unit">
                <div class="stepper" role="group" aria-label=move || label("数量")>
                    <button type="button" aria-label="减少" disabled=is_money on:click=move |_| step(-1)>"−"</button>
                    <input
                        id=move || Spot::Quantity(at()).id() autocomplete="off"
                        inputmode=move || if is_money() { "decimal" } else { "numeric" }
                        aria-label=move || label("数量")
                        aria-invalid=move || no_quantity.with(Option::is_some).then_some("true")
                        prop:value=move || quantity.get()
                        on:input:target=move |event| {
                            let words = event.target().value();
                            set(&|item| item.quantity.clone_from(&words));
                            state.repaired(Spot::Quantity(place.get_untracked().unwrap_or(0)));
                        }
                    />
                    <button type="button" aria-label="增加" disabled=is_money on:click=move |_| step(1)>"＋"</button>
                </div>
                <input
                    class="input" id=move || Spot::Unit(at()).id() autocomplete="off" placeholder="单位"
                    aria-label=move || label("单位") aria-required="true"
                    aria-invalid=move || no_unit.with(Option::is_some).then_some("true")
                    prop:value=move || unit.get()
                    on:input:target=move |event| set_unit(event.target().value())
                />
            </div>
            {move || view! { <Fault id=Spot::Quantity(at()).id() fault=no_quantity /> }}
            {move || view! { <Fault id=Spot::Unit(at()).id() fault=no_unit /> }}
            {units}
        </div>
    }
}

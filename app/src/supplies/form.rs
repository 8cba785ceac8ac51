//! Writing a supply, new or again: kept as it is typed, one page for each theme, sent to the bureau at the end.

use crate::desk::use_desk;
use crate::supplies::questions::{Means, Offer, State, Theme, Where};
use crate::ui::kept_form::KeptForm;
use crate::ui::one_tab::InOneTab;
use crate::ui::shell::{Shell, path_id};
use crate::ui::trouble;
use domain::commands::{ChangeSupply, SaveSupply, SubmitSupply};
use domain::supplies::form::{QUESTIONS, SupplyAnswers};
use domain::supplies::offers::{may_be_sent, may_write_again};
use domain::{Entity, Key, Supply, SupplyId, SupplyState};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use std::collections::BTreeMap;
use std::rc::Rc;
use sync::engine::SubmitError;

/// What the form begins with.
#[derive(Clone)]
enum Opened {
    /// It is being found out.
    Reading,
    /// A form for this supply, as far as it exists.
    Ready(SupplyId, Option<Box<Supply>>),
    /// It is not on this device.
    Absent,
    /// It may not be written any more.
    Over(String),
}

/// Writing a new supply.
#[component]
pub fn NewSupply() -> impl IntoView {
    let desk = use_desk();
    let opened = RwSignal::new_local(Opened::Reading);
    spawn_local(async move {
        // A form that was left and never sent is gone on with.
        let left: Vec<(String, SupplyAnswers)> = desk.drafts().await;
        let is_new =
            |form: &SupplyAnswers| untrack(|| desk.list_item(&Key::Supply(form.supply))).is_none();
        let found = left
            .into_iter()
            .find(|(name, form)| *name == SupplyAnswers::draft_name(form.supply) && is_new(form));
        let id = found.map_or_else(
            || SupplyId::from_random(desk.random()),
            |(_, form)| form.supply,
        );
        opened.try_set(Opened::Ready(id, None));
    });
    view! { <Opening opened=opened title="写一个供给项目" /> }
}

/// Writing a supply again.
#[component]
pub fn EditSupply() -> impl IntoView {
    let desk = use_desk();
    let opened = RwSignal::new_local(Opened::Reading);
    let id = path_id::<SupplyId>();
    spawn_local(async move {
        let Some(id) = id else {
            opened.try_set(Opened::Absent);
            return;
        };
        let found = match desk.read(Key::Supply(id)).await.map(|seen| seen.entity) {
            Some(Entity::Supply(supply)) => {
                match may_write_again(&supply, &desk.actor(), desk.now()) {
                    Ok(()) => Opened::Ready(id, Some(supply)),
                    Err(why) => Opened::Over(why.sentence()),
                }
            }
            _ => match desk
                .draft::<SupplyAnswers>(&SupplyAnswers::draft_name(id))
                .await
            {
                Some(_) => Opened::Ready(id, None),
                None => Opened::Absent,
            },
        };
        opened.try_set(found);
    });
    view! { <Opening opened=opened title="修改供给项目" /> }
}

#[component]
fn Opening(opened: RwSignal<Opened, LocalStorage>, title: &'static str) -> impl IntoView {
    move || match opened.get() {
        Opened::Ready(id, supply) => {
            view! { <Form title=title id=id supply=supply.map(|supply| *supply) /> }.into_any()
        }
        Opened::Reading => view! {
            <Shell title=title back="/supplies" form=true>
                <div class="card skeleton" aria-busy="true"><i></i><i></i><i></i></div>
            </Shell>
        }
        .into_any(),
        Opened::Absent => view! {
            <Shell title=title back="/supplies">
                <div class="empty">
                    <h2>"这个项目不在这台设备上"</h2>
                    <p>"可能还没有同步到，也可能不是你们组织的。有网时再看。"</p>
                    <a class="btn" href="/supplies">"回到供给项目"</a>
                </div>
            </Shell>
        }
        .into_any(),
        Opened::Over(why) => view! {
            <Shell title=title back="/supplies">
                <div class="empty">
                    <h2>"现在不能改"</h2>
                    <p>{why}</p>
                    <a class="btn" href="/supplies">"回到供给项目"</a>
                </div>
            </Shell>
        }
        .into_any(),
    }
}

/// What the buttons do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Keep,
    Send,
}

/// A form that is being written, and what becomes of it.
#[derive(Clone, Copy)]
struct Writing {
    state: State,
    /// The bureau has it already: what is written are changes to it.
    edits: bool,
    trouble: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    /// Leaves the page, which may take longer than the page exists.
    home: StoredValue<Rc<dyn Fn()>, LocalStorage>,
}

impl Writing {
    fn act(self, wanted: Wanted) {
        if self.busy.get_untracked() {
            return;
        }
        self.trouble.set(None);
        let form = self.state.kept.form.get_untracked();
        let faults = match wanted {
            Wanted::Send => form.missing(),
            Wanted::Keep => form.unreadable(),
        };
        if !faults.is_empty() {
            self.trouble.set(Some(format!(
                "还有 {} 处要填或要改，已经标出来了。",
                faults.len()
            )));
            return self.state.show(faults);
        }
        let Some(content) = form.content() else {
            let words = "先选好属于哪一类、哪个行动、怎么帮、钱从哪来，再存。写的内容已经留在这台设备上，不会丢。";
            return self.trouble.set(Some(words.to_owned()));
        };
        self.busy.set(true);
        let (desk, supply) = (self.state.desk, form.supply);
        let sending = self.state.kept.tab.sending();
        let home = self.home.get_value();
        spawn_local(async move {
            let kept = match (wanted, self.edits) {
                (Wanted::Keep, _) => desk.submit(SaveSupply { supply, content }).await,
                (Wanted::Send, false) => desk.submit(SubmitSupply { supply, content }).await,
                (Wanted::Send, true) => desk.submit(ChangeSupply { supply, content }).await,
            };
            match kept {
                Ok(_) => {
                    sending.sent().await;
                    home();
                }
                Err(error) => {
                    let fault = match &error {
                        SubmitError::Rejected(rejection) => SupplyAnswers::fault(rejection),
                        _ => None,
                    };
                    // The page may be gone by now.
                    if self.trouble.try_get_untracked().is_some() {
                        self.trouble.set(Some(trouble::sentence(&error)));
                        self.state.show(fault.into_iter().collect());
                    }
                }
            }
            self.busy.try_set(false);
        });
    }
}

#[component]
fn Form(title: &'static str, id: SupplyId, supply: Option<Supply>) -> impl IntoView {
    let desk = use_desk();
    let navigate = use_navigate();
    let empty = supply.as_ref().map_or_else(
        || SupplyAnswers::new(id, desk.today()),
        |supply| SupplyAnswers::of(id, &supply.content),
    );
    let edits = supply.as_ref().is_some_and(|supply| {
        !matches!(
            supply.state,
            SupplyState::Draft | SupplyState::Returned { .. }
        )
    });
    let state = State {
        desk,
        kept: KeptForm::new(desk, SupplyAnswers::draft_name(id), empty.clone()),
        empty: StoredValue::new(empty),
        faults: RwSignal::new(BTreeMap::new()),
        theme: RwSignal::new(Theme::Offer),
    };
    let writing = Writing {
        state,
        edits,
        trouble: RwSignal::new(None),
        busy: RwSignal::new(false),
        home: StoredValue::new_local(Rc::new(move || navigate("/supplies", Default::default()))),
    };
    let org = desk.own_organization();
    let before = StoredValue::new(supply.clone());
    let back = match supply {
        Some(_) => format!("/supplies/{id}"),
        None => "/supplies".to_owned(),
    };
    let returned = supply.as_ref().and_then(|supply| match &supply.state {
        SupplyState::Returned { reason, words, .. } => Some(match words.trim() {
            "" => format!("民政部门退回修改：{}", reason.label()),
            words => format!("民政部门退回修改：{words}"),
        }),
        _ => None,
    });
    let theme = state.theme;
    let pages = move || match theme.get() {
        Theme::Offer => view! { <Offer state=state /> }.into_any(),
        Theme::Where => view! { <Where state=state org=org /> }.into_any(),
        Theme::Means => view! { <Means state=state /> }.into_any(),
    };
    let remaining = move || {
        let (left, wrong) = state.kept.form.with(|form| {
            let wrong = form.missing().into_iter().next().map(|(_, words)| words);
            let refused = || {
                let content = form.content()?;
                let org = org.get();
                before.with_value(|before| {
                    let sent = may_be_sent(&content, before.as_ref(), org.as_ref(), desk.now());
                    sent.err().map(|why| why.sentence())
                })
            };
            (form.unanswered(), wrong.or_else(refused))
        });
        match (left, wrong) {
            (0, None) => format!("{QUESTIONS} 个问题都答了，可以发了"),
            (0, Some(words)) => format!("都写了，还有要改的：{words}"),
            (n, _) => format!("还有 {n} 个问题 · 共 {QUESTIONS} 个"),
        }
    };
    let tabs = Theme::ALL
        .map(|one| {
            let current = move || (theme.get() == one).then_some("step");
            view! {
                <button type="button" class="chip" aria-current=current
                    aria-pressed=move || (theme.get() == one).to_string()
                    on:click=move |_| theme.set(one)
                >{one.label()}</button>
            }
        })
        .collect_view();
    let actions = move || view! { <Actions writing=writing /> };
    view! {
        <Shell title=title back=back actions=ViewFn::from(actions) form=true>
            <p class="meta" data-testid="remaining">{remaining}</p>
            {returned.map(|words| view! { <p class="note is-alert words">{words}</p> })}
            {edits.then(|| view! {
                <p class="note is-fact">"改名额、时间、谁来做、以前做成的，马上生效；改别的，要等民政部门重新审核，审核好以前村里先不能点。"</p>
            })}
            <nav class="chips" aria-label="分三页写">{tabs}</nav>
            <div role="alert">
                {move || writing.trouble.get().map(|words| view! { <p class="note is-alert">{words}</p> })}
            </div>
            <InOneTab tab=state.kept.tab>{pages}</InOneTab>
            {move || desk.is_offline().then(|| view! {
                <p class="note is-wait">"现在没有网络。发出后会先存在本机，有网后自动发给民政部门。"</p>
            })}
            <p class="hint">"民政部门审核以后，选的地方的村才看得到。"</p>
        </Shell>
    }
}

#[component]
fn Actions(writing: Writing) -> impl IntoView {
    let Writing { state, edits, .. } = writing;
    let theme = state.theme;
    let go = move |to: Theme| {
        theme.set(to);
        window().scroll_to_with_x_and_y(0.0, 0.0);
    };
    let gone = move || !state.kept.tab.is_here() || writing.busy.get();
    let send = if edits {
        "发出改动"
    } else {
        "发去审核"
    };
    move || {
        let now = theme.get();
        view! {
            {match (now.before(), edits) {
                (Some(before), _) => Some(view! {
                    <button class="btn is-quiet" type="button" on:click=move |_| go(before)>"上一页"</button>
                }.into_any()),
                (None, false) => Some(view! {
                    <button class="btn is-quiet" type="button" disabled=gone on:click=move |_| writing.act(Wanted::Keep)>
                        "先存着"
                    </button>
                }.into_any()),
                (None, true) => None,
            }}
            {match now.next() {
                Some(next) => view! {
                    <button class="btn is-main" type="button" on:click=move |_| go(next)>"下一页"</button>
                }.into_any(),
                None => view! {
                    <button class="btn is-main" type="button" disabled=gone on:click=move |_| writing.act(Wanted::Send)>
                        {send}
                    </button>
                }.into_any(),
            }}
        }
    }
}

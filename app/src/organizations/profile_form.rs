//! The form of what an organization says of itself: when it registers, and when it changes something.

use crate::desk::{Desk, use_desk};
use crate::ui::areas::Areas;
use crate::ui::fields::{Bound, Fault, Field, Kind};
use crate::ui::kept_form::KeptForm;
use crate::ui::one_tab::InOneTab;
use crate::ui::trouble;
use domain::organizations::{OrgProfile, Rating, rules};
use domain::rejection::Field as Answer;
use domain::{Command, Contact, CreditCode, CreditCodeError, Level, RegionCode, Rejection, Topic};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

/// What is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Typed {
    code: String,
    registered_in: String,
    name: String,
    scope: String,
    directions: Vec<Topic>,
    serves: Vec<RegionCode>,
    grade: u8,
    until: String,
    contact_name: String,
    contact_phone: String,
}

impl Typed {
    /// What stands there already.
    #[must_use]
    pub fn of(code: CreditCode, registered_in: RegionCode, profile: &OrgProfile) -> Self {
        Self {
            code: code.to_string(),
            registered_in: registered_in.to_string(),
            name: profile.name.clone(),
            scope: profile.scope.clone(),
            directions: profile.directions.clone(),
            serves: profile.serves.clone(),
            grade: profile.rating.map_or(0, |rating| rating.grade),
            until: profile
                .rating
                .map_or_else(String::new, |rating| rating.until.to_string()),
            contact_name: profile.contact.name.clone(),
            contact_phone: profile.contact.phone.clone(),
        }
    }

    /// `whole` are the cities, or the province, of which all counties were chosen.
    fn profile(&self, whole: Option<Vec<RegionCode>>) -> Result<OrgProfile, String> {
        let rating = match self.grade {
            0 => None,
            grade => {
                let until = self.until.parse().map_err(|_| {
                    "“评估等级”请填有效期到哪一天；没有评过就选“没有评过”。".to_owned()
                })?;
                Some(Rating { grade, until })
            }
        };
        Ok(OrgProfile {
            name: self.name.clone(),
            scope: self.scope.clone(),
            directions: self.directions.clone(),
            serves: self.serves.clone(),
            whole,
            rating,
            contact: Contact {
                name: self.contact_name.clone(),
                phone: self.contact_phone.clone(),
            },
        })
    }

    fn region(&self) -> Option<RegionCode> {
        self.registered_in.parse().ok()
    }
}

/// What is sent: the code, the region of the register, and the profile.
pub type Send = fn(CreditCode, RegionCode, OrgProfile) -> Command;

/// The form. What is typed is kept until it is sent.
#[component]
pub fn ProfileForm(
    /// The name of its draft.
    draft: String,
    /// What it begins with.
    start: Typed,
    /// Whether the code and the region of the register can still be chosen.
    new: bool,
    /// Makes the command.
    send: Send,
    /// The words of the button.
    button: &'static str,
    /// Called once it is sent.
    #[prop(into)]
    on_sent: Callback<()>,
) -> impl IntoView {
    let desk = use_desk();
    let areas = Areas::new(desk);
    let empty = StoredValue::new(start.clone());
    let kept = KeptForm::new(desk, draft, start);
    let form = kept.form;
    let trouble = RwSignal::new(None::<String>);
    let wrong = RwSignal::new(None::<Answer>);
    let busy = RwSignal::new(false);
    let change = move |f: &dyn Fn(&mut Typed)| {
        empty.with_value(|empty| kept.change(empty, |typed| f(typed)));
    };
    let text =
        move |get: fn(&Typed) -> &String, set: fn(&mut Typed) -> &mut String, answer: Answer| {
            Bound {
                value: Signal::derive(move || form.with(|typed| get(typed).clone())),
                on_input: Callback::new(move |words: String| {
                    change(&move |typed| set(typed).clone_from(&words));
                }),
                on_leave: Callback::new(|()| ()),
                fault: Signal::derive(move || {
                    (wrong.get() == Some(answer))
                        .then(|| trouble.get())
                        .flatten()
                }),
                understood: Signal::derive(|| None),
            }
        };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() || !untrack(|| kept.tab.is_here()) {
            return;
        }
        wrong.set(None);
        let command = match form.with_untracked(|typed| ready(typed, areas, desk, send)) {
            Ok(command) => command,
            Err((answer, words)) => {
                wrong.set(answer);
                trouble.set(Some(words));
                return;
            }
        };
        busy.set(true);
        trouble.set(None);
        let sending = kept.tab.sending();
        spawn_local(async move {
            match desk.submit(command).await {
                Ok(_) => {
                    sending.sent().await;
                    on_sent.try_run(());
                }
                Err(error) => {
                    trouble.try_set(Some(trouble::sentence(&error)));
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <form class="stack" on:submit=submit novalidate>
            <InOneTab tab=kept.tab>
            {new.then(|| view! { <Code form=form change=Callback::new(move |code: String| change(&move |t| t.code.clone_from(&code))) /> })}
            {new.then(|| view! { <Register areas=areas form=form change=Callback::new(move |code: String| change(&move |t| t.registered_in.clone_from(&code))) /> })}
            <Field id="org-name" label="组织名称" hint="和登记证书上的一样。" required=true
                bound=text(|t| &t.name, |t| &mut t.name, Answer::OrgName) />
            <Field id="org-scope" label="业务范围" kind=Kind::Lines hint="照章程或登记证书上的写。" required=true
                bound=text(|t| &t.scope, |t| &mut t.scope, Answer::OrgScope) />
            <Directions form=form change=Callback::new(move |topic: Topic| change(&move |t| toggle(&mut t.directions, topic))) />
            <Serves areas=areas form=form
                add=Callback::new(move |more: Vec<RegionCode>| change(&move |t| {
                    t.serves.extend(&more);
                    t.serves.sort_unstable();
                    t.serves.dedup();
                }))
                remove=Callback::new(move |code: RegionCode| change(&move |t| t.serves.retain(|c| *c != code)))
            />
            <div class="field">
                <label for="org-grade">"评估等级"</label>
                <select class="input" id="org-grade" on:change:target=move |event| {
                    let grade = event.target().value().parse().unwrap_or(0);
                    change(&move |t| t.grade = grade);
                }>
                    {(0..=5_u8).map(|grade| {
                        let words = if grade == 0 { "没有评过".to_owned() } else { format!("{grade}A") };
                        view! { <option value=grade.to_string() prop:selected=move || form.with(|t| t.grade) == grade>{words}</option> }
                    }).collect_view()}
                </select>
            </div>
            {move || (form.with(|t| t.grade) > 0).then(|| view! {
                <Field id="org-until" label="等级有效期到哪天" kind=Kind::Day
                    bound=text(|t| &t.until, |t| &mut t.until, Answer::Rating) />
            })}
            <Field id="org-contact" label="联系人" required=true autocomplete="name"
                bound=text(|t| &t.contact_name, |t| &mut t.contact_name, Answer::Contact) />
            <Field id="org-phone" label="联系电话" kind=Kind::Phone required=true autocomplete="tel"
                hint="只有你们的成员和登记地的民政部门看得到。"
                bound=text(|t| &t.contact_phone, |t| &mut t.contact_phone, Answer::Contact) />
            </InOneTab>
            {move || desk.is_offline().then(|| view! {
                <p class="note is-wait">"现在没有网络。会先保存在本机，有网后自动发送。"</p>
            })}
            <div role="alert">
                {move || trouble.get().map(|words| view! { <p class="note is-alert">{words}</p> })}
            </div>
            <button class="btn is-wide" type="submit" aria-busy=move || busy.get().to_string()>{button}</button>
            <p class="meta">"写的内容随时存在本机，可以分几次写完。"</p>
        </form>
    }
}

fn toggle(all: &mut Vec<Topic>, topic: Topic) {
    match all.iter().position(|one| *one == topic) {
        Some(at) => {
            all.remove(at);
        }
        None => all.push(topic),
    }
}

/// The command, or what is to be repaired.
fn ready(
    typed: &Typed,
    areas: Areas,
    desk: Desk,
    send: Send,
) -> Result<Command, (Option<Answer>, String)> {
    let code = CreditCode::parse(&typed.code).map_err(|e| (None, format!("{e}。")))?;
    let region = typed.region().ok_or_else(|| {
        let words = "请选在哪里登记的：看登记证书上的登记机关。".to_owned();
        (Some(Answer::RegisteredIn), words)
    })?;
    let profile = typed
        .profile(untrack(|| areas.whole(&typed.serves)))
        .map_err(|words| (Some(Answer::Rating), words))?;
    let command = send(code, region, profile.clone());
    let told = |refused: Rejection| {
        let answer = match &refused {
            Rejection::Invalid { field, .. } => Some(*field),
            _ => None,
        };
        (answer, refused.sentence())
    };
    command.cleaned().map_err(told)?;
    rules::complete(&profile, region, desk.now()).map_err(told)?;
    Ok(command)
}

/// The code, checked while it is typed: what it says, or what is wrong with it. A better reading is offered, never applied.
#[component]
fn Code(form: RwSignal<Typed>, change: Callback<String>) -> impl IntoView {
    let code = move || form.with(|typed| typed.code.clone());
    let read = Memo::new(move |_| {
        let typed = code();
        (!typed.trim().is_empty()).then(|| CreditCode::parse(&typed))
    });
    let fault = Signal::derive(move || match read.get() {
        // Who is still typing is not told that something is missing.
        Some(Err(CreditCodeError::Length { found })) if found < 18 => None,
        Some(Err(error)) => Some(format!("{error}。")),
        _ => None,
    });
    let understood = move || match read.get() {
        Some(Ok(code)) => Some(format!("代码没有写错，是{}。", code.kind().label())),
        Some(Err(CreditCodeError::Length { found })) if found < 18 => {
            Some(format!("写了 {found} 位，一共 18 位。"))
        }
        _ => None,
    };
    let offered = move || match read.get() {
        Some(Err(CreditCodeError::Character {
            suggestion: Some(better),
            ..
        })) => Some(better),
        _ => None,
    };
    view! {
        <div class="field" class:is-bad=move || fault.with(Option::is_some)>
            <label for="org-code">"统一社会信用代码"</label>
            <input
                class="input" id="org-code" autocomplete="off" autocapitalize="characters" spellcheck="false"
                aria-describedby="org-code-error" prop:value=code
                on:input:target=move |event| change.run(event.target().value())
            />
            <p class="hint" role="status">{understood}</p>
            {move || offered().map(|better| {
                let words = format!("改成 {better}");
                view! {
                    <button class="btn is-quiet is-small" type="button" on:click=move |_| change.run(better.clone())>{words}</button>
                }
            })}
            <Fault id="org-code" fault=fault />
        </div>
    }
}

/// Where it is registered: the level is that of the bureau on its certificate.
#[component]
fn Register(areas: Areas, form: RwSignal<Typed>, change: Callback<String>) -> impl IntoView {
    let chosen = Memo::new(move |_| form.with(|typed| typed.registered_in.clone()));
    let options = move || {
        let all = areas.all.get().unwrap_or_default();
        let option = |area: &api::Area, name: String| {
            let (value, is) = (area.code.to_string(), area.code.to_string());
            view! { <option value=value prop:selected=move || chosen.get() == is>{name}</option> }
        };
        let province = all.iter().filter(|a| a.code.level() == Level::Province);
        let province = province
            .map(|a| option(a, format!("{}（省级）", a.name)))
            .collect_view();
        let cities = all.iter().filter(|a| a.code.level() == Level::City);
        let groups = cities
            .map(|city| {
                let counties = all
                    .iter()
                    .filter(|a| a.code.level() == Level::County && city.code.contains(a.code));
                view! {
                    <optgroup label=city.name.clone()>
                        {option(city, format!("{}（市级）", city.name))}
                        {counties.map(|a| option(a, a.name.clone())).collect_view()}
                    </optgroup>
                }
            })
            .collect_view();
        view! {
            <option value="" prop:selected=move || chosen.with(String::is_empty)>"请选择"</option>
            {province}{groups}
        }
    };
    let unread = move || {
        areas
            .all
            .with(|all| all.as_ref().is_some_and(Vec::is_empty))
    };
    view! {
        <div class="field">
            <label for="org-region">"在哪里登记的"</label>
            <select class="input" id="org-region" on:change:target=move |event| change.run(event.target().value())>
                {options}
            </select>
            <p class="hint">"登记证书上盖章的民政局是哪一级的，就选哪一级。由它来审核。"</p>
            {move || unread().then(|| view! {
                <p class="note is-wait">"地区名单还没有下载，连上网络后重新打开这一页就能选。"</p>
            })}
        </div>
    }
}

#[component]
fn Directions(form: RwSignal<Typed>, change: Callback<Topic>) -> impl IntoView {
    let chips = Topic::ALL
        .into_iter()
        .map(|topic| {
            view! {
                <label class="chip">
                    <input
                        type="checkbox"
                        prop:checked=move || form.with(|typed| typed.directions.contains(&topic))
                        on:change=move |_| change.run(topic)
                    />
                    <span>{topic.label()}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field is-group">
            <legend>"擅长做什么（可以选几样）"</legend>
            <div class="chips">{chips}</div>
        </fieldset>
    }
}

/// The counties it serves: whole cities at once, or one by one.
#[component]
fn Serves(
    areas: Areas,
    form: RwSignal<Typed>,
    add: Callback<Vec<RegionCode>>,
    remove: Callback<RegionCode>,
) -> impl IntoView {
    let serves = Memo::new(move |_| form.with(|typed| typed.serves.clone()));
    let chosen = move || {
        serves
            .get()
            .into_iter()
            .map(|code| {
                let name = move || areas.name(code);
                view! {
                    <button class="chip" type="button" on:click=move |_| remove.run(code)>
                        {name}" ×"<span class="unseen">"去掉"</span>
                    </button>
                }
            })
            .collect_view()
    };
    let options = move || {
        let all = areas.all.get().unwrap_or_default();
        let cities = all.iter().filter(|a| a.code.level() == Level::City);
        cities
            .map(|city| {
                let counties = all
                    .iter()
                    .filter(|a| a.code.level() == Level::County && city.code.contains(a.code));
                view! {
                    <optgroup label=city.name.clone()>
                        <option value=city.code.to_string()>{format!("{}各县都服务", city.name)}</option>
                        {counties.map(|a| view! { <option value=a.code.to_string()>{a.name.clone()}</option> }).collect_view()}
                    </optgroup>
                }
            })
            .collect_view()
    };
    let choose = move |value: String| {
        let Ok(code) = value.parse::<RegionCode>() else {
            return;
        };
        add.run(match code.level() {
            Level::County => vec![code],
            _ => areas.counties(code),
        });
    };
    view! {
        <div class="field">
            <label for="org-serves">"服务哪些县"</label>
            <div class="chips">{chosen}</div>
            <select class="input" id="org-serves" on:change:target=move |event| {
                choose(event.target().value());
                event.target().set_value("");
            }>
                <option value="">"＋ 加一个县，或整个市州"</option>
                {options}
            </select>
            <p class="hint">"通过后，这些县发布的需求会下载到你们的手机上。"</p>
        </div>
    }
}

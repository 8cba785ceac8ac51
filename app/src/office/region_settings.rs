//! What a county, a city or the province sets for itself; what is left empty holds as the region above has set it.

use crate::desk::{Desk, use_desk};
use crate::ui::areas::Areas;
use crate::ui::kept_form::KeptForm;
use crate::ui::shell::Shell;
use crate::ui::steady::steady;
use crate::ui::trouble;
use domain::commands::SetSettings;
use domain::settings::{InForce, PublishRule, Setting, Settings, chain};
use domain::{Contact, Entity, Key, Level, RegionCode, Revision, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The form as it is typed; an empty answer holds as above.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Typed {
    /// The settings that were on the screen when it was begun.
    seen: Revision,
    publish: Option<PublishRule>,
    numbers: BTreeMap<Setting, String>,
    name: String,
    phone: String,
}

impl Typed {
    fn of(own: &Settings) -> Self {
        let numbers = own.numbers.iter();
        Self {
            seen: own.revision,
            publish: own.publish,
            numbers: numbers.map(|(s, n)| (*s, n.to_string())).collect(),
            name: own
                .help
                .as_ref()
                .map(|h| h.name.clone())
                .unwrap_or_default(),
            phone: own
                .help
                .as_ref()
                .map(|h| h.phone.clone())
                .unwrap_or_default(),
        }
    }

    /// The command, or what is to be repaired.
    fn command(&self, region: RegionCode) -> Result<SetSettings, String> {
        let mut numbers = BTreeMap::new();
        for (setting, text) in &self.numbers {
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            let bounds = setting.bounds();
            let n = domain::read::number::persons(text, *bounds.end()).ok();
            let n = n.filter(|n| bounds.contains(n)).ok_or_else(|| {
                format!(
                    "“{}”要填 {} 到 {} 之间的整数。",
                    setting.label(),
                    bounds.start(),
                    bounds.end()
                )
            })?;
            numbers.insert(*setting, n);
        }
        let help = match (self.name.trim(), self.phone.trim()) {
            ("", "") => None,
            (_, "") => return Err("请写咨询电话，或者把姓名也清空。".to_owned()),
            ("", _) => return Err("请写咨询电话找谁。".to_owned()),
            (name, number) => Some(Contact {
                name: name.to_owned(),
                phone: number.to_owned(),
            }),
        };
        Ok(SetSettings {
            region,
            publish: self.publish,
            numbers,
            help,
            seen: self.seen,
        })
    }
}

/// Who has set it, for people of this region.
fn whose(from: RegionCode) -> &'static str {
    match from.level() {
        Level::Province => "省里定的",
        Level::City => "市里定的",
        _ => "县里定的",
    }
}

fn publish_words(rule: PublishRule) -> &'static str {
    match rule {
        PublishRule::Either => "一个部门同意就发布",
        PublishRule::Both => "两个部门都同意才发布",
    }
}

/// The settings of the officer's region.
#[component]
pub fn RegionSettings() -> impl IntoView {
    let desk = use_desk();
    let actor = desk.actor();
    let areas = Areas::new(desk);
    let (region, name) = match actor.role {
        Role::Bureau {
            region,
            region_name,
            ..
        } => (region, Signal::derive(move || region_name.clone())),
        // Administrators set what holds in the whole province.
        _ => match actor.library.first().copied() {
            Some(province) => (province, Signal::derive(move || areas.name(province))),
            None => return view! { <NoProvince /> }.into_any(),
        },
    };
    let found = desk.entities(move || chain(region).map(Key::Settings).collect());
    let all = Memo::new(move |_| {
        found.with(|found| {
            let found = found.as_ref()?.iter();
            let settings = found.filter_map(|seen| match &seen.entity {
                Entity::Settings(settings) => Some((**settings).clone()),
                _ => None,
            });
            let mut settings: Vec<Settings> = settings.collect();
            // The nearest first: a county's code has more digits that are not zero than its city's.
            settings.sort_by_key(|set| std::cmp::Reverse(set.region.level()));
            Some(settings)
        })
    });
    let is_read = Memo::new(move |_| all.with(Option::is_some));
    let page = move || {
        if is_read.get() {
            view! { <Form desk=desk region=region all=all /> }.into_any()
        } else {
            view! { <div class="card skeleton" aria-busy="true"><i></i><i></i><i></i></div> }
                .into_any()
        }
    };
    view! {
        <Shell title=Signal::derive(move || format!("{} · 规则设置", name.get())) back="/me">
            <p class="hint">"空着的，按上级定的办。改了以后，全辖区下次同步就按新的算。"</p>
            {page}
        </Shell>
    }
    .into_any()
}

/// An administrator's account that was opened before there was a table of regions.
#[component]
fn NoProvince() -> impl IntoView {
    view! {
        <Shell title="规则设置" back="/me">
            <div class="empty">
                <h2>"还不知道是哪个省"</h2>
                <p>"这个账号开通的时候还没有区划表。请先导入区划表，再在服务器上用 create-admin 另开一个管理员账号。"</p>
                <a class="btn" href="/admin/regions">"去看区划表"</a>
            </div>
        </Shell>
    }
}

#[component]
fn Form(desk: Desk, region: RegionCode, all: Memo<Option<Vec<Settings>>>) -> impl IntoView {
    let own = Memo::new(move |_| {
        let own = all.with(|all| {
            let mut all = all.iter().flatten();
            all.find(|set| set.region == region).map(Typed::of)
        });
        own.unwrap_or_else(|| Typed::of(&Settings::none_of(region)))
    });
    let above = Memo::new(move |_| {
        let above = all.with(|all| {
            let all = all.iter().flatten();
            all.filter(|set| set.region != region).cloned().collect()
        });
        InForce::from_nearest(above)
    });
    // What the form is compared with: what the region has set, when it was opened or sent last.
    let base = RwSignal::new(own.get_untracked());
    let kept = KeptForm::new(desk, format!("settings/{region}"), own.get_untracked());
    let form = kept.form;
    let sent = StoredValue::new(false);
    Effect::new(move || {
        let now = own.get();
        // Nothing that somebody has typed is replaced: it is refused if it no longer fits, and can be dropped.
        let is_untouched = form.with_untracked(|form| base.with_untracked(|base| form == base));
        if is_untouched || sent.get_value() {
            sent.set_value(false);
            base.set(now.clone());
            form.set(now);
        }
    });
    let change = move |change: Box<dyn FnOnce(&mut Typed)>| {
        base.with_untracked(|base| kept.change(base, change));
    };
    let trouble = RwSignal::new(None::<String>);
    let said = RwSignal::new(None::<&'static str>);
    let busy = RwSignal::new(false);
    let save = move |_| {
        said.set(None);
        let command = match form.with_untracked(|form| form.command(region)) {
            Ok(command) => command,
            Err(why) => return trouble.set(Some(why)),
        };
        busy.set(true);
        sent.set_value(true);
        trouble.set(None);
        spawn_local(async move {
            match desk.submit(command).await {
                Ok(_) => {
                    // It is no draft any more; the next change begins from what holds then.
                    kept.tab.put(None::<&Typed>);
                    said.try_set(Some("已经存好。连上网络就发出去。"));
                }
                Err(error) => {
                    sent.try_set_value(false);
                    trouble.try_set(Some(trouble::sentence(&error)));
                }
            }
            busy.try_set(false);
        });
    };
    let drop_changes = move |_| {
        trouble.set(None);
        let own = own.get_untracked();
        base.set(own.clone());
        change(Box::new(move |form| *form = own));
    };
    let publish = {
        let inherited = above.with_untracked(InForce::publish);
        let options: [(Option<PublishRule>, String); 3] = [
            (None, format!("按上级：{}", publish_words(inherited))),
            (
                Some(PublishRule::Either),
                publish_words(PublishRule::Either).to_owned(),
            ),
            (
                Some(PublishRule::Both),
                publish_words(PublishRule::Both).to_owned(),
            ),
        ];
        let one = move |(n, (value, label)): (usize, (Option<PublishRule>, String))| {
            view! {
                <label class="chip">
                    <input
                        type="radio" name="publish" id=format!("publish-{n}")
                        prop:checked=move || form.with(|form| form.publish == value)
                        on:change=move |_| change(Box::new(move |form| form.publish = value))
                    />
                    <span>{label}</span>
                </label>
            }
        };
        options.into_iter().enumerate().map(one).collect_view()
    };
    let number = move |setting: Setting| {
        let id = format!("set-{}", setting.name());
        let value =
            move || form.with(|form| form.numbers.get(&setting).cloned().unwrap_or_default());
        let is_own = move || !value().trim().is_empty();
        let set = move |text: String| {
            change(Box::new(move |form| {
                form.numbers.insert(setting, text);
            }));
        };
        let clear = move |_| {
            change(Box::new(move |form| {
                form.numbers.remove(&setting);
            }));
        };
        let unit = setting.unit();
        let says = move || match above.with(|above| above.number_from(setting)) {
            (inherited, None) => format!("没有定过，按 {inherited} {unit}"),
            (inherited, Some(region)) => format!("{}：{inherited} {unit}", whose(region)),
        };
        view! {
            <div class="field" data-testid=format!("setting-{}", setting.name())>
                <label for=id.clone()>{setting.label()}</label>
                <div class="with-unit">
                    <input
                        class="input" id=id inputmode="numeric" autocomplete="off"
                        placeholder="按上级"
                        prop:value=value
                        on:input:target=move |event| set(event.target().value())
                    />
                    <span aria-hidden="true">{unit}</span>
                </div>
                <div class="row">
                    <p class="hint">{says}</p>
                    {move || is_own().then(|| view! {
                        <button type="button" class="btn is-small is-quiet" on:click=clear>"恢复上级设置"</button>
                    })}
                </div>
            </div>
        }
    };
    let help = move || {
        let help = above.with(|above| above.help().cloned())?;
        let words = format!("上级：{} {}", help.name, help.phone);
        Some(view! { <p class="hint">{words}</p> })
    };
    let still = steady(|| ());
    let unchanged = move || form.with(|form| base.with(|base| form == base));
    view! {
        <section class="card stack" aria-label="谁同意才发布">
            <fieldset class="field is-group"><legend>"需求谁同意才发布"</legend><div class="chips">{publish}</div></fieldset>
        </section>
        <section class="card stack" aria-label="限制和期限">
            {Setting::ALL.into_iter().map(number).collect_view()}
        </section>
        <section class="card stack" aria-label="咨询电话">
            <h2>"不会用时打给谁"</h2>
            {help}
            <div class="field">
                <label for="help-name">"姓名"</label>
                <input class="input" id="help-name" autocomplete="off"
                    prop:value=move || form.with(|form| form.name.clone())
                    on:input:target=move |event| { let text = event.target().value(); change(Box::new(move |form| form.name = text)); } />
            </div>
            <div class="field">
                <label for="help-phone">"电话"</label>
                <input class="input" id="help-phone" type="tel" autocomplete="off"
                    prop:value=move || form.with(|form| form.phone.clone())
                    on:input:target=move |event| { let text = event.target().value(); change(Box::new(move |form| form.phone = text)); } />
            </div>
        </section>
        {move || trouble.get().map(|why| view! { <div class="banner is-alert" role="alert">{why}</div> })}
        <p role="status" data-testid="settings-said">{move || said.get()}</p>
        <button class="btn is-wide" disabled=move || !still.get() || busy.get() || unchanged() on:click=save>"存好并发出"</button>
        {move || (!unchanged()).then(|| view! {
            <button class="btn is-quiet is-wide" on:click=drop_changes>"不改了"</button>
        })}
    }
}

//! Choosing what an account is for: a village by its town, a county, a department. What there is comes from the server's table.

use super::ask;
use crate::desk::{Desk, use_desk};
use api::ApiError;
use api::accounts::PlaceLine;
use domain::accounts::Post;
use domain::{Department, Level, RegionCode, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What the level below this person's is called, for filters.
pub(super) fn child_word(desk: Desk) -> &'static str {
    match desk.actor().role {
        Role::Bureau { region, .. } => match region.level() {
            Level::Province => "市州",
            Level::City => "县",
            _ => "乡镇",
        },
        _ => "地方",
    }
}

/// One question of a place: its level, what there is, what was chosen.
#[derive(Clone, Copy)]
struct Step {
    label: &'static str,
    id: &'static str,
    places: RwSignal<Vec<PlaceLine>>,
    chosen: RwSignal<Option<RegionCode>>,
}

impl Step {
    fn new(label: &'static str, id: &'static str) -> Self {
        Self {
            label,
            id,
            places: RwSignal::new(Vec::new()),
            chosen: RwSignal::new(None),
        }
    }

    /// Asks what there is in a region.
    fn ask(self, desk: Desk, inside: Option<RegionCode>, trouble: RwSignal<Option<ApiError>>) {
        self.chosen.set(None);
        self.places.set(Vec::new());
        spawn_local(async move {
            match ask::places(desk, inside).await {
                Ok(places) => {
                    trouble.try_set(None);
                    self.places.try_set(places);
                }
                Err(error) => {
                    trouble.try_set(Some(error));
                }
            }
        });
    }
}

/// Chooses a post below this person's own; `post` is set when it is complete.
#[component]
pub fn PostFields(
    /// What was chosen.
    post: RwSignal<Option<Post>>,
) -> impl IntoView {
    let desk = use_desk();
    match desk.actor().role {
        Role::Member { org, .. } => {
            post.set(Some(Post::Member { org, owner: false }));
            view! { <p class="meta">"新成员能看项目库、接单、报进展；不能再邀请别人。"</p> }
                .into_any()
        }
        Role::Bureau {
            region, department, ..
        } => {
            let steps = if region.level() == Level::County {
                vec![
                    Step::new("乡镇", "town"),
                    Step::new("村（社区）", "village"),
                ]
            } else {
                vec![Step::new(child_word(desk), "region")]
            };
            let made = move |code: RegionCode| {
                if code.level() == Level::Village {
                    Post::Village(code)
                } else {
                    Post::Bureau {
                        region: code,
                        department,
                    }
                }
            };
            view! { <Steps steps=steps made=made post=post /> }.into_any()
        }
        _ => view! { <AnyBureau post=post /> }.into_any(),
    }
}

/// The administrator's choice: any region down to a county, and the department.
#[component]
fn AnyBureau(post: RwSignal<Option<Post>>) -> impl IntoView {
    let region = RwSignal::new(None::<Post>);
    let department = RwSignal::new(Department::CivilAffairs);
    let steps = vec![
        Step::new("省", "province"),
        Step::new("市州（开省级账号不用选）", "city"),
        Step::new("县（开市级账号不用选）", "county"),
    ];
    let made = move |code| Post::Bureau {
        region: code,
        department: Department::CivilAffairs,
    };
    Effect::new(move || {
        let department = department.get();
        post.set(region.get().map(|chosen| match chosen {
            Post::Bureau { region, .. } => Post::Bureau { region, department },
            other => other,
        }));
    });
    let choose = move |event: web_sys::Event| {
        let value = event_target_value(&event);
        let chosen = Department::ALL.into_iter().find(|d| d.label() == value);
        department.set(chosen.unwrap_or(Department::CivilAffairs));
    };
    view! {
        <Steps steps=steps made=made post=region any_step=true />
        <div class="field">
            <label for="department">"部门"</label>
            <select class="input" id="department" on:change=choose>
                {Department::ALL.map(|d| view! { <option value=d.label()>{d.label()}</option> }).collect_view()}
            </select>
        </div>
    }
}

/// Places one inside the other. The last one that is chosen makes the post; with `any_step` each of them does.
#[component]
fn Steps(
    steps: Vec<Step>,
    made: impl Fn(RegionCode) -> Post + Copy + Send + Sync + 'static,
    post: RwSignal<Option<Post>>,
    #[prop(optional)] any_step: bool,
) -> impl IntoView {
    let desk = use_desk();
    let trouble = RwSignal::new(None::<ApiError>);
    let all = StoredValue::new(steps.clone());
    let first = steps.first().copied();
    if let Some(first) = first {
        first.ask(desk, None, trouble);
    }
    let last = steps.len().saturating_sub(1);
    let fields = steps
        .into_iter()
        .enumerate()
        .map(|(n, step)| {
            let choose = move |event: web_sys::Event| {
                let chosen: Option<RegionCode> = event_target_value(&event).parse().ok();
                step.chosen.set(chosen);
                let before = all.with_value(|all| {
                    n.checked_sub(1)
                        .and_then(|n| all.get(n)?.chosen.get_untracked())
                });
                let complete = if any_step {
                    chosen.or(before)
                } else {
                    chosen.filter(|_| n == last)
                };
                post.set(complete.map(made));
                let after = all.with_value(|all| all.get(n + 1..).map(<[Step]>::to_vec));
                let mut after = after.unwrap_or_default().into_iter();
                if let (Some(next), Some(chosen)) = (after.next(), chosen) {
                    next.ask(desk, Some(chosen), trouble);
                } else if let Some(next) = all.with_value(|all| all.get(n + 1).copied()) {
                    next.places.set(Vec::new());
                    next.chosen.set(None);
                }
                for later in after {
                    later.places.set(Vec::new());
                    later.chosen.set(None);
                }
            };
            let options = move || {
                step.places
                    .get()
                    .into_iter()
                    .map(|place| {
                        view! {
                            <option value=place.code.to_string()>{place.name}</option>
                        }
                    })
                    .collect_view()
            };
            let waits = move || step.places.with(Vec::is_empty);
            view! {
                <div class="field">
                    <label for=step.id>{step.label}</label>
                    <select class="input" id=step.id disabled=waits on:change=choose>
                        <option value="">{move || if waits() { "—" } else { "请选择" }}</option>
                        {options}
                    </select>
                </div>
            }
        })
        .collect_view();
    let again = move |_| {
        if let Some(first) = first {
            first.ask(desk, None, trouble);
        }
    };
    view! {
        {fields}
        {move || trouble.get().map(|error| view! {
            <div class="note is-alert" role="alert">
                <p>{ask::trouble(&error)}</p>
                <button class="link" type="button" on:click=again>"再试一次"</button>
            </div>
        })}
    }
}

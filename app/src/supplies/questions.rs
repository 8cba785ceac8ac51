//! The questions of the supply form, one page for each theme.

use crate::desk::Desk;
use crate::ui::areas::Areas;
use crate::ui::fields::{Bound, Chips, Fault, Field, Kind};
use crate::ui::kept_form::KeptForm;
use domain::needs::form::UNITS;
use domain::supplies::form::{SupplyAnswers, SupplyFault, SupplySpot};
use domain::supplies::{Action, ServedRegion, Source};
use domain::{Help, Level, Organization, RegionCode, Topic};
use leptos::prelude::*;
use std::collections::BTreeMap;
use wasm_bindgen::JsCast;

/// The pages of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Theme {
    /// What is offered.
    Offer,
    /// To whom, where and when.
    Where,
    /// With what money, and by whom.
    Means,
}

impl Theme {
    /// All pages, in their order.
    pub const ALL: [Self; 3] = [Self::Offer, Self::Where, Self::Means];

    /// The page's name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Offer => "能提供什么",
            Self::Where => "去哪里、什么时候",
            Self::Means => "钱和人",
        }
    }

    /// The page on which something is asked.
    pub fn of(spot: SupplySpot) -> Self {
        use SupplySpot::{
            Action, Cases, Conditions, Cost, Details, From, Help, Name, Places, Quantity, Regions,
            Source, Team, Title, To, Topic, Unit,
        };
        match spot {
            Title | Topic | Action | Help | Details | Name | Quantity | Unit => Self::Offer,
            Places | Regions | Conditions | From | To => Self::Where,
            Cost | Source | Team | Cases => Self::Means,
        }
    }

    /// The page before this one.
    pub fn before(self) -> Option<Self> {
        match self {
            Self::Offer => None,
            Self::Where => Some(Self::Offer),
            Self::Means => Some(Self::Where),
        }
    }

    /// The page after this one.
    pub fn next(self) -> Option<Self> {
        match self {
            Self::Offer => Some(Self::Where),
            Self::Where => Some(Self::Means),
            Self::Means => None,
        }
    }
}

/// The form's state, shared by its parts.
#[derive(Clone, Copy)]
pub struct State {
    /// What the form works with.
    pub desk: Desk,
    /// What is typed, and where it is kept.
    pub kept: KeptForm<SupplyAnswers>,
    /// The form before anything was typed.
    pub empty: StoredValue<SupplyAnswers>,
    /// What is to be repaired.
    pub faults: RwSignal<BTreeMap<SupplySpot, String>>,
    /// The page that is shown.
    pub theme: RwSignal<Theme>,
}

impl State {
    /// Changes the form and keeps it.
    pub fn change(self, spot: SupplySpot, change: impl FnOnce(&mut SupplyAnswers)) {
        self.empty
            .with_value(|empty| self.kept.change(empty, change));
        if self
            .faults
            .with_untracked(|faults| faults.contains_key(&spot))
        {
            self.faults.update(|faults| {
                faults.remove(&spot);
            });
        }
    }

    fn fault(self, spot: SupplySpot) -> Signal<Option<String>> {
        Signal::derive(move || self.faults.with(|faults| faults.get(&spot).cloned()))
    }

    fn text(
        self,
        spot: SupplySpot,
        get: fn(&SupplyAnswers) -> &String,
        set: fn(&mut SupplyAnswers) -> &mut String,
    ) -> Bound {
        let value = Memo::new(move |_| self.kept.form.with(|form| get(form).clone()));
        Bound {
            value: value.into(),
            on_input: Callback::new(move |words: String| {
                // Nothing new was typed if the browser only repeats what stands there.
                if self.kept.form.with_untracked(|form| *get(form) != words) {
                    self.change(spot, |form| *set(form) = words);
                }
            }),
            on_leave: Callback::new(move |()| self.look_at(spot)),
            fault: self.fault(spot),
            understood: Memo::new(move |_| self.kept.form.with(|form| form.understood(spot)))
                .into(),
        }
    }

    /// Says what is wrong with what was just typed, once its field is left.
    fn look_at(self, spot: SupplySpot) {
        let wrong = self.kept.form.with_untracked(SupplyAnswers::unreadable);
        if let Some((spot, words)) = wrong.into_iter().find(|(s, _)| *s == spot) {
            self.faults.update(|faults| {
                faults.insert(spot, words);
            });
        }
    }

    /// Shows what is to be repaired and leads to the first of it.
    pub fn show(self, faults: Vec<SupplyFault>) {
        let first = faults.first().map(|(spot, _)| *spot);
        self.faults.set(faults.into_iter().collect());
        let Some(first) = first else { return };
        self.theme.set(Theme::of(first));
        // The focus moves after the page of the form is shown, so that a screen reader reads field and message together.
        request_animation_frame(move || {
            let control = document()
                .get_element_by_id(first.id())
                .and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok());
            if let Some(control) = control {
                let _focused = control.focus();
            }
        });
    }

    fn chosen<T: PartialEq + Copy + Send + Sync + 'static>(
        self,
        all: &'static [T],
        get: fn(&SupplyAnswers) -> Option<T>,
    ) -> Signal<Option<usize>> {
        Signal::derive(move || {
            let chosen = self.kept.form.with(get)?;
            all.iter().position(|one| *one == chosen)
        })
    }
}

/// What is offered.
#[component]
pub fn Offer(state: State) -> impl IntoView {
    use SupplySpot as S;
    let set_unit = move |unit: &'static str| {
        state.change(S::Unit, |form| form.per_place.unit = unit.to_owned());
    };
    let units = UNITS
        .iter()
        .map(|unit| {
            view! {
                <button
                    type="button" class="chip"
                    aria-pressed=move || state.kept.form.with(|f| f.per_place.unit == *unit).to_string()
                    on:click=move |_| set_unit(unit)
                >{*unit}</button>
            }
        })
        .collect_view();
    view! {
        <Field
            id=S::Title.id() label="能提供什么（一句话）" required=true
            bound=state.text(S::Title, |f| &f.title, |f| &mut f.title)
        />
        <Chips
            id=S::Topic.id() label="属于哪一类" chosen=state.chosen(&Topic::ALL, |f| f.topic)
            on_choose=move |n: usize| state.change(S::Topic, |f| f.topic = Topic::ALL.get(n).copied())
            fault=state.fault(S::Topic) options=Topic::ALL.iter().map(|t| t.label()).collect()
        />
        <Chips
            id=S::Action.id() label="属于哪个专项行动" chosen=state.chosen(&Action::ALL, |f| f.action)
            on_choose=move |n: usize| state.change(S::Action, |f| f.action = Action::ALL.get(n).copied())
            fault=state.fault(S::Action) options=Action::ALL.iter().map(|a| a.label()).collect()
        />
        <Chips
            id=S::Help.id() label="怎么帮" chosen=state.chosen(&Help::ALL, |f| f.help)
            on_choose=move |n: usize| state.change(S::Help, |f| f.help = Help::ALL.get(n).copied())
            fault=state.fault(S::Help) options=Help::ALL.iter().map(|h| h.choice()).collect()
        />
        <Field
            id=S::Details.id() label="具体做些什么" kind=Kind::Lines required=true
            hint="分几步做，做多久，做完留下什么。"
            bound=state.text(S::Details, |f| &f.offer, |f| &mut f.offer)
        />
        <p class="label">"每个村给多少（一个名额）"</p>
        <Field
            id=S::Name.id() label="给什么" required=true hint="例如：图书、培训、义诊"
            bound=state.text(S::Name, |f| &f.per_place.name, |f| &mut f.per_place.name)
        />
        <div class="pair">
            <Field
                id=S::Quantity.id() label="多少" kind=Kind::Number required=true
                bound=state.text(S::Quantity, |f| &f.per_place.quantity, |f| &mut f.per_place.quantity)
            />
            <Field
                id=S::Unit.id() label="单位" required=true
                bound=state.text(S::Unit, |f| &f.per_place.unit, |f| &mut f.per_place.unit)
            />
        </div>
        <div class="chips" role="group" aria-label="常用单位">{units}</div>
    }
}

/// To whom, where and when.
#[component]
pub fn Where(
    state: State,
    /// The organization, whose regions are offered.
    org: Memo<Option<Organization>>,
) -> impl IntoView {
    use SupplySpot as S;
    view! {
        <Field
            id=S::Places.id() label="一共能帮几个村（名额）" kind=Kind::Number unit="个" required=true
            bound=state.text(S::Places, |f| &f.places, |f| &mut f.places)
        />
        <Regions state=state org=org />
        <Field
            id=S::Conditions.id() label="村里要准备什么（可以不写）" kind=Kind::Lines
            bound=state.text(S::Conditions, |f| &f.conditions, |f| &mut f.conditions)
        />
        <div class="pair">
            <Field
                id=S::From.id() label="从什么时候" kind=Kind::Day required=true
                bound=state.text(S::From, |f| &f.from, |f| &mut f.from)
            />
            <Field
                id=S::To.id() label="到什么时候" kind=Kind::Day required=true
                bound=state.text(S::To, |f| &f.to, |f| &mut f.to)
            />
        </div>
    }
}

/// More counties than these are shown city by city.
const FEW_COUNTIES: usize = 14;

/// The regions that the organization serves, to be chosen from: the whole province, whole cities, counties.
#[component]
fn Regions(state: State, org: Memo<Option<Organization>>) -> impl IntoView {
    let desk = state.desk;
    let spot = SupplySpot::Regions;
    let areas = Areas::new(desk);
    let offered = Memo::new(move |_| {
        let (serves, whole) = org.with(|org| {
            let org = org.as_ref();
            org.map(|o| (o.serves.clone(), o.whole.clone()))
                .unwrap_or_default()
        });
        // The table of regions names them all; until it has come, the needs on the device name some.
        let mut named: BTreeMap<_, String> = desk.region_names().into_iter().collect();
        areas.all.with(|all| {
            let all = all.iter().flatten();
            named.extend(all.map(|area| (area.code, area.name.clone())));
        });
        // What is chosen already has its name with it.
        state.kept.form.with(|form| {
            for region in &form.regions {
                named
                    .entry(region.code)
                    .or_insert_with(|| region.name.clone());
            }
        });
        // Who serves a whole province serves each city of it as a whole.
        let is_whole = |code: &RegionCode| {
            code.level() < Level::County && whole.iter().any(|whole| whole.contains(*code))
        };
        let mut all: Vec<RegionCode> = named.keys().copied().filter(is_whole).collect();
        all.extend(whole.iter().filter(|code| !named.contains_key(*code)));
        all.extend(serves);
        let all = all.into_iter();
        all.map(|code| (code, named.get(&code).cloned()))
            .collect::<Vec<_>>()
    });
    let chip = move |(code, name): (RegionCode, String)| {
        let words = match code.level() {
            Level::Province => format!("全省（{name}）"),
            Level::City if name.ends_with('州') => format!("{name}全州"),
            Level::City => format!("{name}全市"),
            _ => name.clone(),
        };
        let pressed = move || {
            let has = |f: &SupplyAnswers| f.regions.iter().any(|r| r.code == code);
            state.kept.form.with(has).to_string()
        };
        let press = move |_| {
            state.change(spot, |form| {
                let was_there = form.regions.iter().any(|r| r.code == code);
                // What lies in it, or what it lies in, is offered by one of the two.
                form.regions
                    .retain(|r| !r.code.contains(code) && !code.contains(r.code));
                if !was_there {
                    form.regions.push(ServedRegion {
                        code,
                        name: name.clone(),
                    });
                }
            });
        };
        view! { <button type="button" class="chip" aria-pressed=pressed on:click=press>{words}</button> }
    };
    let chips = move || {
        let all = offered.get().into_iter();
        let named: Vec<(RegionCode, String)> =
            all.filter_map(|(code, name)| Some((code, name?))).collect();
        let (counties, wide): (Vec<_>, Vec<_>) = named
            .into_iter()
            .partition(|(code, _)| code.level() == Level::County);
        let wide = wide.into_iter().map(chip).collect_view();
        if counties.len() <= FEW_COUNTIES {
            let counties = counties.into_iter().map(chip).collect_view();
            return view! { <div class="chips">{wide}{counties}</div> }.into_any();
        }
        let mut cities: BTreeMap<RegionCode, Vec<(RegionCode, String)>> = BTreeMap::new();
        for county in counties {
            cities
                .entry(county.0.at(Level::City))
                .or_default()
                .push(county);
        }
        let cities = cities
            .into_iter()
            .map(|(city, counties)| {
                let n = counties.len();
                let chosen = move || {
                    let is_in = |f: &SupplyAnswers| {
                        let inside = f.regions.iter().filter(|r| city.contains(r.code));
                        inside.filter(|r| r.code != city).count()
                    };
                    match state.kept.form.with(is_in) {
                        0 => String::new(),
                        n => format!("，选了 {n} 个"),
                    }
                };
                let name = move || areas.name(city);
                let counties = counties.into_iter().map(chip).collect_view();
                view! {
                    <details>
                        <summary>{name}{format!("的 {n} 个县（市、区）")}{chosen}</summary>
                        <div class="chips">{counties}</div>
                    </details>
                }
            })
            .collect_view();
        view! { <div class="chips">{wide}</div>{cities} }.into_any()
    };
    let unnamed = move || offered.with(|all| all.iter().filter(|(_, name)| name.is_none()).count());
    let is_bad = state.fault(spot);
    view! {
        <fieldset class="field is-group" class:is-bad=move || is_bad.with(Option::is_some)>
            <legend id=spot.id() tabindex="-1">"能去哪里（只有这些地方的村看得到）"</legend>
            {chips}
            {move || match (offered.with(Vec::is_empty), unnamed()) {
                (true, _) => Some("你们登记的服务地区还没有下载到，请连上网络同步后再选。".to_owned()),
                (false, 0) => None,
                (false, n) => Some(format!("还有 {n} 个地方的名字没有下载到，同步后会出现在这里。")),
            }.map(|words| view! { <p class="hint">{words}</p> })}
            <p class="hint">"要加别的地方，请联系登记地的民政部门。"</p>
            <Fault id=spot.id() fault=is_bad />
        </fieldset>
    }
}

/// With what money, and by whom.
#[component]
pub fn Means(state: State) -> impl IntoView {
    use SupplySpot as S;
    view! {
        <Field
            id=S::Cost.id() label="每个村大约花多少钱（可以不写）" kind=Kind::Money unit="元"
            bound=state.text(S::Cost, |f| &f.cost, |f| &mut f.cost)
        />
        <Chips
            id=S::Source.id() label="钱从哪来" chosen=state.chosen(&Source::ALL, |f| f.source)
            on_choose=move |n: usize| state.change(S::Source, |f| f.source = Source::ALL.get(n).copied())
            fault=state.fault(S::Source) options=Source::ALL.iter().map(|s| s.label()).collect()
        />
        <Field
            id=S::Team.id() label="谁来做（可以不写）" kind=Kind::Lines
            hint="几个人、什么专长。不写个人电话。"
            bound=state.text(S::Team, |f| &f.team, |f| &mut f.team)
        />
        <Field
            id=S::Cases.id() label="以前做成的（可以不写）" kind=Kind::Lines
            bound=state.text(S::Cases, |f| &f.cases, |f| &mut f.cases)
        />
    }
}

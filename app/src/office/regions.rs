//! The tree of regions with what is counted in each: every number opens the list behind it, and a region leads to those below it.

use crate::desk::{Desk, use_desk};
use crate::office::browse::{list_of, own_list_of};
use crate::ui::as_of::AsOf;
use crate::ui::choice::{Choice, Offer};
use crate::ui::not_answered::NotAnswered;
use crate::ui::place;
use crate::ui::shell::Shell;
use crate::ui::wide::wide;
use crate::words;
use api::{ApiError, CountedRegion, FiguresAnswer, FiguresRequest};
use domain::figures::{ALL, Figure, ORDERED, OVERDUE, UNMATCHED, figure, figures};
use domain::money::grouped;
use domain::{EntityKind, Level, Millis, RegionCode};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;
use std::cmp::Reverse;

/// The kinds that are counted, with their names.
const KINDS: [(EntityKind, &str); 4] = [
    (EntityKind::Need, "需求"),
    (EntityKind::Order, "接单"),
    (EntityKind::Supply, "供给项目"),
    (EntityKind::Organization, "社会组织"),
];

/// The columns of the comparison, with their short names.
const COLUMNS: [(EntityKind, &str, &str); 11] = [
    (EntityKind::Need, ALL, "需求"),
    (EntityKind::Need, "submitted", "待审核"),
    (EntityKind::Need, "published", "已发布"),
    (EntityKind::Need, ORDERED, "有人接"),
    (EntityKind::Need, UNMATCHED, "没人接"),
    (EntityKind::Need, OVERDUE, "过了期限"),
    (EntityKind::Order, "active", "在做"),
    (EntityKind::Order, OVERDUE, "逾期没交付"),
    (EntityKind::Order, "confirmed", "村已确认"),
    (EntityKind::Supply, "published", "供给"),
    (EntityKind::Organization, ALL, "组织"),
];

/// Whether a column says something of it.
fn has_any(counted: &CountedRegion) -> bool {
    let mut columns = COLUMNS.iter();
    columns.any(|(kind, figure, _)| counted.number(kind.name(), figure) > 0)
}

/// By which column the regions stand, and whether the largest comes first.
type Order = (usize, bool);

/// The regions in an order; equal ones by their code.
fn sorted(below: &[CountedRegion], (column, falls): Order) -> Vec<CountedRegion> {
    let mut sorted = below.to_vec();
    let n = |counted: &CountedRegion| {
        let (kind, figure, _) = COLUMNS[column];
        counted.number(kind.name(), figure)
    };
    if falls {
        sorted.sort_by_key(|counted| (Reverse(n(counted)), counted.region.code));
    } else {
        sorted.sort_by_key(|counted| (n(counted), counted.region.code));
    }
    sorted
}

/// The name of the regions below.
fn below_name(level: Level) -> &'static str {
    match level {
        Level::Province => "市州",
        Level::City => "县市区",
        Level::County => "乡镇",
        Level::Town | Level::Village => "村",
    }
}

#[derive(Clone, Copy)]
struct Answer {
    desk: Desk,
    told: RwSignal<Option<FiguresAnswer>>,
    kept: RwSignal<Option<Millis>>,
    trouble: RwSignal<Option<ApiError>>,
    busy: RwSignal<bool>,
    asked: StoredValue<u64>,
}

impl Answer {
    fn ask(self, region: Option<RegionCode>) {
        self.asked.update_value(|n| *n += 1);
        let question = self.asked.get_value();
        self.busy.set(true);
        self.trouble.set(None);
        spawn_local(async move {
            let request = FiguresRequest {
                user: Some(self.desk.actor().user),
                region,
            };
            let told = self
                .desk
                .ask::<_, FiguresAnswer>(api::FIGURES_PATH, &request)
                .await;
            if self.asked.try_get_value() != Some(question) {
                return;
            }
            match told {
                Ok(told) => {
                    self.kept.try_set(told.kept);
                    self.told.try_set(Some(told.answer));
                }
                Err(error) => {
                    self.told.try_set(None);
                    self.trouble.try_set(Some(error));
                }
            }
            self.busy.try_set(false);
        });
    }
}

/// A region's numbers, and those of the regions below it.
#[component]
pub fn Regions() -> impl IntoView {
    let desk = use_desk();
    let query = use_query_map();
    let region = Memo::new(move |_| query.with(|query| query.get("at")?.parse().ok()));
    let answer = Answer {
        desk,
        told: RwSignal::new(None),
        kept: RwSignal::new(None),
        trouble: RwSignal::new(None),
        busy: RwSignal::new(true),
        asked: StoredValue::new(0),
    };
    Effect::new(move || answer.ask(region.get()));
    let again = Callback::new(move |()| answer.ask(region.get_untracked()));
    let title = move || {
        let name = answer
            .told
            .with(|told| told.as_ref().map(|t| t.counted.region.name.clone()));
        name.unwrap_or_else(|| "地区".to_owned())
    };
    let trouble = move || {
        let error = answer.trouble.get();
        error.map(|error| view! { <NotAnswered error=error again=again /> })
    };
    let busy = move || {
        (answer.busy.get() && answer.told.with(Option::is_none)).then(|| {
            view! { <div class="card skeleton" aria-label="正在查"><i></i><i></i><i></i></div> }
        })
    };
    let page = move || {
        let told = answer.told.get()?;
        let now = desk.now();
        let newest = told
            .newest
            .map(|at| format!(" · 最近一次变动 {}", words::ago(at, now)));
        let as_of = format!(
            "截至 {}{}",
            words::moment(told.as_of, now),
            newest.unwrap_or_default()
        );
        Some(view! {
            <Way told=told.clone() />
            <AsOf kept=answer.kept again=again />
            <p class="meta" data-testid="figures-as-of">{as_of}</p>
            <Numbers counted=told.counted.clone() />
            <Compare told=told />
        })
    };
    view! {
        <Shell title=Signal::derive(title) wide=true>
            {trouble}
            {busy}
            {page}
        </Shell>
    }
}

/// The regions above, each a way back.
#[component]
fn Way(told: FiguresAnswer) -> impl IntoView {
    (!told.above.is_empty()).then(|| {
        let links = told.above.into_iter().map(|region| {
            view! { <a class="chip" href=format!("/regions?at={}", region.code)>{region.name}" ›"</a> }
        });
        view! { <nav class="chips is-line" aria-label="上级地区">{links.collect_view()}</nav> }
    })
}

/// A number that opens the list behind it; a zero opens too. What belongs to a region as a whole has a list of its own.
fn number(counted: &CountedRegion, of: Figure, own: bool) -> AnyView {
    let n = counted.number(of.kind.name(), of.name);
    let words = grouped(n);
    let list = if own { own_list_of } else { list_of };
    match list(of.kind, counted.region.code, of.name) {
        Some(href) => {
            let level = if own { "本级" } else { "" };
            let label = format!("{}{level} {}：{words}", counted.region.name, of.label);
            view! { <a class="figure" href=href aria-label=label data-n=n.to_string()>{words}</a> }
                .into_any()
        }
        None => view! { <span>{words}</span> }.into_any(),
    }
}

/// All numbers of a region, kind by kind.
#[component]
fn Numbers(counted: CountedRegion) -> impl IntoView {
    let kinds = KINDS.map(|(kind, name)| {
        let lines = figures(kind).into_iter().map(|figure| {
            let n = counted.number(kind.name(), figure.name);
            let href = list_of(kind, counted.region.code, figure.name).unwrap_or_default();
            let testid = format!("figure-{}-{}", kind.name(), figure.name);
            view! {
                <a href=href data-testid=testid data-n=n.to_string()>
                    <span>{figure.label}</span><b>{grouped(n)}</b>
                </a>
            }
        });
        view! {
            <section class="card" aria-label=name>
                <h2>{name}</h2>
                <div class="lines">{lines.collect_view()}</div>
            </section>
        }
    });
    view! { <div class="figures">{kinds.into_iter().collect_view()}</div> }
}

/// The regions one level below, side by side.
#[component]
fn Compare(told: FiguresAnswer) -> impl IntoView {
    if told.below.is_empty() {
        return ().into_any();
    }
    let desk = use_desk();
    let own = told.counted.region.code;
    let level = own.level();
    let order: RwSignal<Order> = place::kept(desk.scope(), "regions", (0, true));
    let wide = wide();
    let below = StoredValue::new(told.below);
    let whole = StoredValue::new(told.counted);
    let rows = move || {
        let mut order = order.get();
        order.0 = order.0.min(COLUMNS.len() - 1);
        let mut rows = below.with_value(|below| sorted(below, order));
        // What belongs to the region as a whole has a line if there is any.
        rows.retain(|counted| counted.region.code != own || has_any(counted));
        rows
    };
    let name = move |counted: &CountedRegion| {
        let region = &counted.region;
        if region.code == own {
            // What belongs to the region as a whole has nothing below it.
            view! { <span>{format!("{}本级", whole.with_value(|whole| whole.region.name.clone()))}</span> }.into_any()
        } else if level == Level::Town {
            let href = list_of(EntityKind::Need, region.code, ALL).unwrap_or_default();
            view! { <a href=href>{region.name.clone()}</a> }.into_any()
        } else {
            view! { <a href=format!("/regions?at={}", region.code)>{region.name.clone()}</a> }
                .into_any()
        }
    };
    let table = move || {
        let heads = COLUMNS.iter().enumerate().map(|(n, (.., label))| {
            let sort = move || match order.get() {
                (column, true) if column == n => Some("descending"),
                (column, false) if column == n => Some("ascending"),
                _ => None,
            };
            let mark = move || match order.get() {
                (column, true) if column == n => " ▼",
                (column, false) if column == n => " ▲",
                _ => "",
            };
            let turn = move |_| {
                order.update(|order| {
                    *order = if order.0 == n {
                        (n, !order.1)
                    } else {
                        (n, true)
                    };
                });
            };
            view! {
                <th scope="col" class="number" aria-sort=sort>
                    <button class="sort" on:click=turn>{*label}{mark}</button>
                </th>
            }
        });
        let line = move |counted: &CountedRegion| {
            let cells = COLUMNS.iter().filter_map(|(kind, name, _)| {
                let figure = figure(*kind, name)?;
                Some(view! { <td class="number">{number(counted, figure, counted.region.code == own)}</td> })
            });
            let cells = cells.collect_view();
            view! { <tr data-testid="region-row"><th scope="row">{name(counted)}</th>{cells}</tr> }
        };
        let lines = move || rows().iter().map(line).collect_view();
        let sum = whole.with_value(|whole| {
            let cells = COLUMNS.iter().filter_map(|(kind, name, _)| {
                let figure = figure(*kind, name)?;
                Some(view! { <td class="number">{number(whole, figure, false)}</td> })
            });
            cells.collect_view()
        });
        view! {
            <div class="card table-wrap">
                <table class="table is-figures">
                    <thead><tr><th scope="col">{below_name(level)}</th>{heads.collect_view()}</tr></thead>
                    <tbody>{lines}</tbody>
                    <tfoot><tr><th scope="row">"合计"</th>{sum}</tr></tfoot>
                </table>
            </div>
        }
        .into_any()
    };
    let list = move || {
        let offers: Vec<Offer> = COLUMNS
            .iter()
            .enumerate()
            .map(|(n, (kind, _, label))| {
                let of = if *kind == EntityKind::Order {
                    "接单："
                } else {
                    ""
                };
                Offer::new(n.to_string(), format!("{of}{label}"))
            })
            .collect();
        let chosen = move || order.with(|order| order.0.to_string());
        let choose = move |value: String| {
            order.set((value.parse().unwrap_or(0), true));
        };
        let line = move |counted: &CountedRegion| {
            let (kind, figure_name, _) = COLUMNS[order.with(|o| o.0.min(COLUMNS.len() - 1))];
            let n = figure(kind, figure_name)
                .map(|figure| number(counted, figure, counted.region.code == own));
            view! { <div data-testid="region-row"><span>{name(counted)}</span>{n}</div> }
        };
        view! {
            <div class="chips is-line" role="group" aria-label="比什么">
                <Choice label="比什么" options=offers value=Signal::derive(chosen) on_choose=choose />
            </div>
            <div class="card"><div class="lines is-regions">{move || rows().iter().map(line).collect_view()}</div></div>
        }
        .into_any()
    };
    view! {
        <h2>{format!("各{}比一比", below_name(level))}</h2>
        {move || if wide.get() { table() } else { list() }}
        <p class="hint">"每个数字都能点开，看到是哪些。手机上还没发出的不在里面。"</p>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::{NamedRegion, Number};

    fn counted(code: &str, n: u64) -> CountedRegion {
        CountedRegion {
            region: NamedRegion {
                code: code.parse().expect("a code"),
                name: code.to_owned(),
            },
            numbers: vec![Number {
                kind: "need".to_owned(),
                figure: ALL.to_owned(),
                n,
            }],
        }
    }

    #[test]
    fn regions_stand_by_their_numbers_and_equal_ones_by_their_codes() {
        let below = [
            counted("431230000000", 2),
            counted("431229000000", 5),
            counted("431228000000", 2),
        ];
        let codes = |order| -> Vec<String> {
            let sorted = sorted(&below, order).into_iter();
            sorted.map(|c| c.region.name[4..6].to_owned()).collect()
        };
        assert_eq!(codes((0, true)), ["29", "28", "30"]);
        assert_eq!(codes((0, false)), ["28", "30", "29"]);
        assert_eq!(
            codes((8, true)),
            ["28", "29", "30"],
            "nothing of it anywhere"
        );
    }

    #[test]
    fn every_column_is_a_figure_with_a_list() {
        let region = "430000000000".parse().expect("a code");
        for (kind, name, _) in COLUMNS {
            assert!(figure(kind, name).is_some(), "{name}");
            assert!(
                crate::office::browse::question_of(kind, region, name, false).is_some(),
                "{name}"
            );
        }
    }
}

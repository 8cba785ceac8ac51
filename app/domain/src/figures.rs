//! Figures: what is counted by region, so that a number on a page and the list behind it are one question.
//!
//! An entity says itself what it counts as ([`Projection`](crate::kind::Projection)): each answer is a fact. A figure is the number of
//! facts of one name in a region; its list is the entities with that fact.

use crate::actor::{Actor, Role};
use crate::kinds::EntityKind;
use crate::needs::NeedStage;
use crate::orders::OrderStage;
use crate::region::RegionCode;
use crate::supplies::SupplyStage;
use crate::time::Day;

/// The figure that every entity but a draft counts in.
pub const ALL: &str = "all";
/// A published need on which somebody holds an order.
pub const ORDERED: &str = "ordered";
/// A published need on which nobody holds an order.
pub const UNMATCHED: &str = "unmatched";
/// What should have been done by now.
pub const OVERDUE: &str = "overdue";
/// The stage of what only its author sees; it counts nowhere.
pub const DRAFT: &str = "draft";
/// An organization that was let in.
pub const APPROVED: &str = "approved";
/// An organization that waits to be let in.
pub const WAITING: &str = "waiting";

/// What an entity counts as, beside its stage: a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counted {
    /// The figure.
    pub figure: &'static str,
    /// From which day on: what falls due counts as overdue from the next day on, without being written anew.
    pub from: Day,
}

impl Counted {
    /// It counts now and until it changes.
    #[must_use]
    pub fn now(figure: &'static str) -> Self {
        Self {
            figure,
            from: Day(0),
        }
    }

    /// It counts as overdue once this last day has passed.
    #[must_use]
    pub fn overdue_after(last: Day) -> Self {
        Self {
            figure: OVERDUE,
            from: last.plus(1),
        }
    }
}

/// A figure: what is counted, and its name on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Of which kind.
    pub kind: EntityKind,
    /// Its name on the wire.
    pub name: &'static str,
    /// Its name on screen.
    pub label: &'static str,
}

/// The figures of a kind in the order in which pages show them; none for kinds that are not counted.
#[must_use]
pub fn figures(kind: EntityKind) -> Vec<Figure> {
    let of = |(name, label)| Figure { kind, name, label };
    let names: Vec<(&'static str, &'static str)> = match kind {
        EntityKind::Need => {
            let stages = NeedStage::ALL.into_iter();
            let stages = stages.filter(|stage| *stage != NeedStage::Draft);
            let mut names = vec![(ALL, "全部")];
            for stage in stages {
                names.push((stage.name(), stage.label()));
                if stage == NeedStage::Published {
                    names.push((ORDERED, "其中：有人接单"));
                    names.push((UNMATCHED, "其中：还没人接"));
                }
            }
            names.push((OVERDUE, "过了期限没办结"));
            names
        }
        EntityKind::Order => {
            let mut names = vec![(ALL, "全部")];
            names.extend(
                OrderStage::ALL
                    .into_iter()
                    .map(|stage| (stage.name(), stage.label())),
            );
            names.push((OVERDUE, "过了约定的日子没交付"));
            names
        }
        EntityKind::Supply => {
            let stages = SupplyStage::ALL.into_iter();
            let stages = stages.filter(|stage| *stage != SupplyStage::Draft);
            let mut names = vec![(ALL, "全部")];
            names.extend(stages.map(|stage| (stage.name(), stage.label())));
            names
        }
        EntityKind::Organization => vec![
            (ALL, "全部"),
            (APPROVED, "已审核"),
            (WAITING, "等审核"),
            ("suspended", "暂停接单"),
        ],
        _ => Vec::new(),
    };
    names.into_iter().map(of).collect()
}

/// The region of which an officer may see numbers and what lies behind them: their own where none is wanted, or one in it. Nobody else
/// may.
#[must_use]
pub fn visible(actor: &Actor, wanted: Option<RegionCode>) -> Option<RegionCode> {
    match &actor.role {
        Role::Bureau { region, .. } => {
            let wanted = wanted.unwrap_or(*region);
            region.contains(wanted).then_some(wanted)
        }
        Role::Village { .. } | Role::Member { .. } | Role::Applicant | Role::Administrator => None,
    }
}

/// The figure of that name.
#[must_use]
pub fn figure(kind: EntityKind, name: &str) -> Option<Figure> {
    figures(kind).into_iter().find(|figure| figure.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_kind_has_two_figures_of_one_name_or_label() {
        for kind in EntityKind::ALL {
            let all = figures(*kind);
            let names: BTreeSet<_> = all.iter().map(|figure| figure.name).collect();
            let labels: BTreeSet<_> = all.iter().map(|figure| figure.label).collect();
            assert_eq!(
                (names.len(), labels.len()),
                (all.len(), all.len()),
                "{kind:?}"
            );
            assert!(!names.contains(DRAFT), "{kind:?}");
        }
    }

    #[test]
    fn what_falls_due_today_is_overdue_tomorrow() {
        assert_eq!(Counted::overdue_after(Day(10)).from, Day(11));
    }
}

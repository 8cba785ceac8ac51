//! Who may set what.

use super::commands::SetSettings;
use super::model::{InForce, Setting, Settings};
use crate::act::{Act, Changes, Decision};
use crate::actor::{Actor, Role};
use crate::answers::reachable;
use crate::kinds::{Entity, EntityKind, Key, Known};
use crate::region::RegionCode;
use crate::rejection::{Allowed, Field, Problem, Rejection};
use crate::time::Millis;

/// Whether the actor may set what holds in a region: its own bureaus and those above it, and the administrator.
///
/// # Errors
/// Why not.
pub fn may_set(region: RegionCode, actor: &Actor) -> Result<(), Rejection> {
    let may = match &actor.role {
        Role::Bureau { region: own, .. } => own.contains(region),
        Role::Administrator => true,
        Role::Applicant | Role::Village { .. } | Role::Member { .. } => false,
    };
    if may && Settings::has_level(region.level()) {
        Ok(())
    } else {
        Err(Rejection::NotAllowed(Allowed::RegionBureau))
    }
}

/// Whether the periods follow each other: asked to renew, then releasable, then lapsed.
fn in_order(in_force: &InForce) -> bool {
    let periods = [
        Setting::RenewAfter,
        Setting::ReleasableAfter,
        Setting::LapseAfter,
    ];
    periods.map(|period| in_force.number(period)).is_sorted()
}

impl Act for SetSettings {
    fn subject(&self) -> Key {
        Key::Settings(self.region)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        may_set(self.region, actor)?;
        let before = known.settings(self.region)?.cloned();
        let before = before.unwrap_or_else(|| Settings::none_of(self.region));
        if before.revision != self.seen {
            return Err(Rejection::ChangedSince {
                kind: EntityKind::Settings,
                changed: Vec::new(),
            }
            .into());
        }
        for (setting, value) in &self.numbers {
            let bounds = setting.bounds();
            let problem = match value {
                value if value > bounds.end() => Problem::TooLarge {
                    at_most: u64::from(*bounds.end()),
                },
                value if value < bounds.start() => Problem::OutOfRange,
                _ => continue,
            };
            return Err(Rejection::Invalid {
                field: Field::Setting,
                problem,
            }
            .into());
        }
        if let Some(help) = &self.help {
            reachable(help)?;
        }
        let after = Settings {
            region: self.region,
            publish: self.publish,
            numbers: self.numbers.clone(),
            help: self.help.clone(),
            revision: before.revision.next(),
            updated_at: now,
        };
        if !in_order(&InForce::of(known, self.region)?.with(after.clone())) {
            return Err(Rejection::Invalid {
                field: Field::Setting,
                problem: Problem::OutOfOrder,
            }
            .into());
        }
        Ok(Changes::of([Entity::from(after)]))
    }
}

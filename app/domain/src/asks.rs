//! What waits for a person now: the badges of the page and the lists under them ask the same question.

use crate::actor::{Actor, Role};
use crate::kinds::Facts;
use crate::region::Level;

/// Whether this waits for that person: a need for its village or for a department of its county, an order for its holder.
#[must_use]
pub fn asks(facts: &Facts, actor: &Actor) -> bool {
    match (facts, &actor.role) {
        (Facts::Need(need), Role::Village { place }) => {
            need.village == place.village && need.asks_village()
        }
        (
            Facts::Need(need),
            Role::Bureau {
                region, department, ..
            },
        ) => {
            region.level() == Level::County
                && region.contains(need.village)
                && need.asks_bureau(*department)
        }
        // A device holds no orders of other organizations.
        (Facts::Order(order), Role::Member { .. }) => order.asks_holder(),
        _ => false,
    }
}

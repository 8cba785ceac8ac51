//! A published need that a bureau takes out of the library: the orders on it end, and everybody concerned reads why.

use super::calling_off::{called_off, ends};
use super::commands::TakeDown;
use super::model::{NeedHappened, NeedState, PledgeStage};
use super::offers::may_take_down;
use super::rules::{as_read, happened};
use crate::act::{Act, Changes, Decision};
use crate::actor::Actor;
use crate::answers::words;
use crate::credit::CreditCode;
use crate::kinds::{Entity, EntityKind, Key, Known};
use crate::orders::{OrderEvent, OrderHappened, OrderState, ReleaseReason};
use crate::organizations::Organization;
use crate::rejection::{Field, Rejection};
use crate::time::Millis;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// What has been confirmed stays with the need; what is being worked on is released, and does not count against its holder.
impl Act for TakeDown {
    fn subject(&self) -> Key {
        Key::Need(self.need)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut need = known.need(self.need)?.cloned().ok_or(Rejection::NotFound {
            kind: EntityKind::Need,
        })?;
        let by = may_take_down(&need, actor)?;
        as_read(&need, self.seen)?;
        words(Field::Words, &self.words)?;

        let mut puts = Vec::new();
        let mut orgs: BTreeMap<CreditCode, Option<Organization>> = BTreeMap::new();
        for pledge in &need.pledges {
            if pledge.stage != PledgeStage::Active {
                continue;
            }
            let order = known.order(pledge.order)?.cloned();
            let mut order = order.ok_or(Rejection::NotFound {
                kind: EntityKind::Order,
            })?;
            let reason = ReleaseReason::TakenDown;
            order.state = OrderState::Released {
                at: now,
                reason,
                words: self.words.clone(),
            };
            order.hand_over = None;
            order.add(OrderEvent {
                at: now,
                what: OrderHappened::Released {
                    reason,
                    words: self.words.clone(),
                },
            });
            order.updated_at = now;
            let org = match orgs.entry(pledge.org) {
                Entry::Occupied(known_already) => known_already.into_mut(),
                Entry::Vacant(new) => new.insert(known.organization(pledge.org)?.cloned()),
            };
            if let Some(org) = org {
                org.open_orders = org.open_orders.saturating_sub(1);
            }
            puts.push(Entity::from(order));
        }
        need.pledges.retain(|p| p.stage != PledgeStage::Active);
        puts.extend(called_off(&need, known, now)?);
        ends(&mut need);
        need.state = NeedState::TakenDown {
            at: now,
            by: by.department,
            reason: self.reason,
            words: self.words.clone(),
        };
        let what = NeedHappened::TakenDown {
            by: by.department,
            level: by.level,
            reason: self.reason,
            words: self.words.clone(),
        };
        happened(&mut need, now, what);
        need.updated_at = now;
        puts.push(Entity::from(need));
        puts.extend(orgs.into_values().flatten().map(Entity::from));
        Ok(Changes { puts })
    }
}

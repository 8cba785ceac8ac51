//! A bureau reminds of an order: its holder, or of a delivery its village. It stands in the timeline of both and waits for whoever is
//! reminded, until that side has done something.

use super::commands::RemindOrder;
use super::model::{OrderHappened, OrderStage};
use super::offers::may_remind;
use super::rules::Held;
use crate::act::{Act, Decision};
use crate::actor::Actor;
use crate::kinds::{Key, Known};
use crate::needs::NeedHappened;
use crate::time::Millis;

impl Act for RemindOrder {
    fn subject(&self) -> Key {
        Key::Order(self.order)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut held = Held::find(self.order, known)?;
        let by = may_remind(&held.order, actor, now)?.department;
        let village = held.order.state.stage() == OrderStage::Delivered;
        let org_name = held.order.org_name.clone();
        held.happened(
            now,
            OrderHappened::Reminded { by, village },
            NeedHappened::Reminded {
                by,
                org_name,
                village,
            },
        );
        held.put(now)
    }
}

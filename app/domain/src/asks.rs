//! What waits for a person now: the badges of the page, the lists under them and the inbox ask the same question.

use crate::actor::{Actor, Department, Role};
use crate::dispatches::DispatchStage;
use crate::kinds::Facts;
use crate::orders::OrderStage;
use crate::region::Level;

/// What a person is asked to do about one thing, in the order in which the inbox shows it: what others wait for longest comes first.
/// One thing asks for one act at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asked {
    /// A village: look whether it was delivered.
    Confirm,
    /// A village: repair a need that was sent back.
    Repair,
    /// A bureau: screen a need.
    Screen,
    /// An organization: bring to an end what the village says was not done.
    Dispute,
    /// An organization: take what is offered to it, or let it go.
    AnswerOffer,
    /// An organization: answer a bureau that asks it to take a need.
    AnswerDispatch,
    /// An organization: answer whoever asks it to hand an order over.
    HandOver,
    /// An organization: say how an order stands of which nothing was heard.
    Renew,
    /// The civil affairs bureau: let an organization in, or agree to a change.
    Organization,
    /// A village: say whether what was delivered months ago is still in use.
    StillInUse,
    /// A village or an organization: say how it went.
    Review,
    /// An organization: say whether a village gets what it has picked.
    AnswerPick,
    /// An organization: repair a supply that was sent back.
    RepairSupply,
    /// A civil affairs bureau: screen a supply.
    ScreenSupply,
    /// An organization: go on with an order of which a bureau has reminded it.
    GoOn,
}

impl Asked {
    /// Everything that can be asked.
    pub const ALL: &[Self] = &[
        Self::Confirm,
        Self::Repair,
        Self::Screen,
        Self::Dispute,
        Self::AnswerOffer,
        Self::AnswerDispatch,
        Self::HandOver,
        Self::Renew,
        Self::Organization,
        Self::StillInUse,
        Self::Review,
        Self::AnswerPick,
        Self::RepairSupply,
        Self::ScreenSupply,
        Self::GoOn,
    ];

    /// The heading of the inbox's group.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Confirm => "请看看做到没有",
            Self::Repair => "请改一改再发给县里",
            Self::Screen => "请审核",
            Self::Dispute => "村里说没做到，请补上",
            Self::AnswerOffer => "排队轮到你们了，请答复",
            Self::AnswerDispatch => "部门派单，请答复",
            Self::HandOver => "有人请你们让出来，请答复",
            Self::Renew => "很久没有动静，请说说进展",
            Self::Organization => "请审核社会组织的登记",
            Self::StillInUse => "还在用吗，请回一句",
            Self::Review => "办完了，请评一评",
            Self::AnswerPick => "村里点了单，请答复",
            Self::RepairSupply => "供给项目退回了，请改一改再发",
            Self::ScreenSupply => "供给项目，请审核",
            Self::GoOn => "县里提醒，请写一写进展",
        }
    }

    /// The act in two or three words, as the button of one entry says it.
    #[must_use]
    pub fn button(self) -> &'static str {
        match self {
            Self::Confirm | Self::Dispute | Self::GoOn => "去看看",
            Self::AnswerOffer | Self::AnswerDispatch | Self::HandOver | Self::AnswerPick => {
                "去答复"
            }
            Self::Renew => "去说明",
            Self::Repair | Self::RepairSupply => "去修改",
            Self::Screen | Self::Organization | Self::ScreenSupply => "去审核",
            Self::StillInUse => "去回答",
            Self::Review => "去评单",
        }
    }
}

/// What that person is asked to do about this now; nothing if it does not wait for them.
#[must_use]
pub fn asked(facts: &Facts, actor: &Actor) -> Option<Asked> {
    match (facts, &actor.role) {
        (Facts::Need(need), Role::Village { place }) if need.village == place.village => {
            need.asked_of_village()
        }
        (
            Facts::Need(need),
            Role::Bureau {
                region, department, ..
            },
        ) => {
            let own = region.level() == Level::County && region.contains(need.village);
            (own && need.asks_bureau(*department)).then_some(Asked::Screen)
        }
        (Facts::Order(order), Role::Village { place }) if order.village == place.village => {
            // What a village confirms on its needs, it is asked on them; an order on a supply stands by itself.
            if order.supply.is_some() && order.stage == OrderStage::Delivered {
                Some(Asked::Confirm)
            } else if order.use_asked {
                Some(Asked::StillInUse)
            } else {
                order.village_reviews.then_some(Asked::Review)
            }
        }
        (Facts::Order(order), Role::Member { org, .. }) if *org == order.org => {
            if order.stage == OrderStage::Disputed {
                Some(Asked::Dispute)
            } else if order.hand_over {
                Some(Asked::HandOver)
            } else if !order.stale.is_fresh() {
                Some(Asked::Renew)
            } else if order.reminded {
                Some(Asked::GoOn)
            } else {
                order.org_reviews.then_some(Asked::Review)
            }
        }
        (Facts::Need(need), Role::Member { org, .. }) => {
            (need.offered == Some(*org)).then_some(Asked::AnswerOffer)
        }
        (Facts::Dispatch(dispatch), Role::Member { org, .. }) => {
            let open = dispatch.org == *org && dispatch.stage == DispatchStage::Open;
            open.then_some(Asked::AnswerDispatch)
        }
        (
            Facts::Organization(org),
            Role::Bureau {
                region,
                department: Department::CivilAffairs,
                ..
            },
        ) => (org.waits && *region == org.registered_in).then_some(Asked::Organization),
        // A device holds no picks of other organizations' supplies, but others' supplies.
        (Facts::Pick(pick), Role::Member { .. }) => {
            pick.asks_supplier().then_some(Asked::AnswerPick)
        }
        (Facts::Supply(supply), Role::Member { org, .. }) => {
            (supply.org == *org && supply.asks_supplier()).then_some(Asked::RepairSupply)
        }
        (
            Facts::Supply(supply),
            Role::Bureau {
                region,
                department: Department::CivilAffairs,
                ..
            },
        ) => {
            let own = supply.registered_in == *region;
            (own && supply.asks_registrar()).then_some(Asked::ScreenSupply)
        }
        _ => None,
    }
}

/// Whether this waits for that person.
#[must_use]
pub fn asks(facts: &Facts, actor: &Actor) -> bool {
    asked(facts, actor).is_some()
}

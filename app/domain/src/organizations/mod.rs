//! Social organizations (社会组织).

/// What an organization is.
pub mod model;

pub use model::*;

use crate::credit::CreditCode;
use crate::feeds::{Feed, Visibility};
use crate::figures;
use crate::kind::{Kind, Projection, Summarized};
use crate::region::RegionCode;
use crate::text::fold;
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// What lists of organizations filter and order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationFacts {
    /// The region whose civil affairs bureau registered it.
    pub registered_in: RegionCode,
    /// Whether that bureau let it in.
    pub approved: bool,
    /// How many of its orders are open.
    pub open_orders: u32,
    /// The orders of the last day on which it took or gave back one.
    pub today: OrdersOfDay,
}

/// What lists of organizations show and search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationTexts {
    /// Its registered name.
    pub name: String,
}

impl Kind for Organization {
    type Id = CreditCode;
    type Facts = OrganizationFacts;
    type Texts = OrganizationTexts;

    fn id(&self) -> CreditCode {
        self.code
    }

    fn summary(&self) -> Summarized<OrganizationFacts, OrganizationTexts> {
        Summarized {
            facts: OrganizationFacts {
                registered_in: self.registered_in,
                approved: self.approved,
                open_orders: self.open_orders,
                today: self.today,
            },
            texts: OrganizationTexts {
                name: self.name.clone(),
            },
        }
    }

    fn title(texts: &OrganizationTexts) -> &str {
        &texts.name
    }

    fn searched(texts: &OrganizationTexts) -> String {
        fold(texts.name.clone())
    }

    fn placements(&self) -> Vec<(Feed, Visibility)> {
        vec![
            (Feed::Org(self.code), Visibility::Full),
            (Feed::Office(self.registered_in), Visibility::Full),
        ]
    }

    fn public(&self) -> Option<Self> {
        None
    }

    fn projection(&self) -> Option<Projection> {
        let stage = if self.approved {
            figures::APPROVED
        } else {
            figures::WAITING
        };
        Some(Projection {
            region: self.registered_in,
            topic: None,
            stage,
            // Nothing says when an organization last changed; they come in the order of their codes.
            updated_at: Millis(0),
            text: fold(format!("{} {}", self.name, self.code)),
            counted: Vec::new(),
        })
    }
}

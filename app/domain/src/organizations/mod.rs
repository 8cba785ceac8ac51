//! Social organizations (社会组织): they register themselves, the civil affairs bureau of their level lets them in.

/// The commands on organizations.
pub mod commands;
/// What an organization is.
pub mod model;
/// What a person may do with an organization now.
pub mod offers;
/// Who may do what to an organization, and what becomes of it.
pub mod rules;

pub use model::*;

use crate::credit::CreditCode;
use crate::feeds::{Feed, Visibility};
use crate::figures::{self, Counted};
use crate::jobs::{Due, Job};
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
    /// Where it stands.
    pub stage: OrgStage,
    /// Whether that bureau has something to judge: its registration, or a change.
    pub waits: bool,
    /// Whether it may take part.
    pub approved: bool,
    /// Its rating, if it has one.
    pub rating: Option<Rating>,
    /// How many of its orders are open.
    pub open_orders: u32,
    /// The orders of the last day on which it took or gave back one.
    pub today: OrdersOfDay,
    /// When what it says of itself last changed.
    pub at: Millis,
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
                stage: self.stage(),
                waits: self.waits_for_bureau(),
                approved: self.approved,
                rating: self.rating,
                open_orders: self.open_orders,
                today: self.today,
                at: self.updated_at,
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

    /// Its members and the bureau that registered it see all of it; before it is let in, who registered it does. Everybody in the
    /// counties that it serves sees the public part.
    fn placements(&self) -> Vec<(Feed, Visibility)> {
        let mut out = vec![
            (Feed::Org(self.code), Visibility::Full),
            (Feed::Office(self.registered_in), Visibility::Full),
        ];
        if self.stage().is_known() {
            let boards = self.serves.iter().map(|county| Feed::Board(*county));
            out.extend(boards.map(|board| (board, Visibility::Public)));
        } else if let Some(applicant) = self.applicant {
            out.push((Feed::User(applicant), Visibility::Full));
        }
        out
    }

    /// Not whom to call, nor what is being judged, nor what changes with every order.
    fn public(&self) -> Option<Self> {
        let mut seen = self.clone();
        seen.contact = None;
        seen.proposed = None;
        seen.applicant = None;
        seen.history.clear();
        seen.revision = crate::revision::Revision::default();
        seen.open_orders = 0;
        seen.daily_orders = None;
        seen.today = OrdersOfDay::default();
        seen.supplies = SuppliesOfDay::default();
        seen.updated_at = Millis(0);
        if let Some(OrgState::Suspended { words, .. } | OrgState::Refused { words, .. }) =
            &mut seen.state
        {
            words.clear();
        }
        Some(seen)
    }

    fn projection(&self) -> Option<Projection> {
        let stage = match self.stage() {
            OrgStage::Pending => figures::WAITING,
            stage => stage.name(),
        };
        // A change waits for the bureau as well as a registration.
        let counted = self.proposed.iter().map(|_| Counted::now(figures::WAITING));
        Some(Projection {
            region: self.registered_in,
            topic: None,
            stage,
            updated_at: self.updated_at,
            text: fold(format!("{} {}", self.name, self.code)),
            counted: counted.collect(),
        })
    }

    /// The day after the last one of its suspension.
    fn due(&self) -> Vec<Due> {
        match &self.state {
            Some(OrgState::Suspended {
                until: Some(until), ..
            }) => vec![Due {
                job: Job::EndSuspension,
                at: until.plus(1).start(),
            }],
            _ => Vec::new(),
        }
    }
}

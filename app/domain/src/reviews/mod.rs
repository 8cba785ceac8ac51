//! Reviews (评单): after a delivery is confirmed, the village and the organization each leave one. Neither sees the other's before both
//! are in, or fourteen days have passed, so that nobody answers a review with a review.

/// The commands on reviews.
pub mod commands;
/// What a review is.
pub mod model;
/// What a person may do with the reviews of an order now.
pub mod offers;
/// Who may leave a review, and when it is opened.
pub mod rules;

pub use model::*;

use crate::credit::CreditCode;
use crate::feeds::{Feed, Visibility};
use crate::ids::{OrderId, ReviewId};
use crate::jobs::{Due, Job};
use crate::kind::{Kind, Projection, Summarized};
use crate::orders::{Order, OrderState};
use crate::region::RegionCode;
use crate::text::fold;
use crate::time::{DAY_MS, Millis};
use serde::{Deserialize, Serialize};

/// What becomes due by an order that is confirmed: the end of the days for reviews, and the next question whether it is still in use.
pub(crate) fn due(order: &Order) -> Vec<Due> {
    let OrderState::Confirmed { at } = order.state else {
        return Vec::new();
    };
    let days_later = |days: i32| at.plus(i64::from(days) * DAY_MS);
    let unanswered = order.reviews.filter(|reviews| {
        !reviews.over && (reviews.asks(Side::Village) || reviews.asks(Side::Organization))
    });
    let reviews = unanswered.map(|_| Due {
        job: Job::EndReviews,
        at: days_later(ASKED_FOR_DAYS),
    });
    let question = rules::next_question(order).map(|(_, days)| Due {
        job: Job::AskStillInUse,
        at: days_later(days),
    });
    reviews.into_iter().chain(question).collect()
}

/// What lists of reviews filter and order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewFacts {
    /// The order it is about.
    pub order: OrderId,
    /// Who left it.
    pub by: Side,
    /// The village of the order.
    pub village: RegionCode,
    /// The organization of the order.
    pub org: CreditCode,
    /// Whether the other side may read it.
    pub open: bool,
    /// When it was left.
    pub at: Millis,
}

/// What lists of reviews show and search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewTexts {
    /// The title of the order.
    pub title: String,
    /// What was written.
    pub words: String,
}

impl Kind for Review {
    type Id = ReviewId;
    type Facts = ReviewFacts;
    type Texts = ReviewTexts;

    fn id(&self) -> ReviewId {
        self.id
    }

    fn summary(&self) -> Summarized<ReviewFacts, ReviewTexts> {
        Summarized {
            facts: ReviewFacts {
                order: self.order,
                by: self.by,
                village: self.place.village,
                org: self.org,
                open: self.opened.is_some(),
                at: self.at,
            },
            texts: ReviewTexts {
                title: self.title.clone(),
                words: self.words.clone(),
            },
        }
    }

    fn title(texts: &ReviewTexts) -> &str {
        &texts.title
    }

    fn searched(texts: &ReviewTexts) -> String {
        fold(format!("{}\n{}\n", texts.title, texts.words))
    }

    /// Its own side alone until it is opened; then the other side and the bureaus too.
    fn placements(&self) -> Vec<(Feed, Visibility)> {
        let village = Feed::Village(self.place.village);
        let org = Feed::Org(self.org);
        let feeds = match (self.opened, self.by) {
            (Some(_), _) => vec![village, org, Feed::Office(self.place.county())],
            (None, Side::Village) => vec![village],
            (None, Side::Organization) => vec![org],
        };
        let full = |feed| (feed, Visibility::Full);
        feeds.into_iter().map(full).collect()
    }

    fn public(&self) -> Option<Self> {
        None
    }

    fn projection(&self) -> Option<Projection> {
        None
    }
}

//! What a review is.

use crate::credit::CreditCode;
use crate::ids::{OrderId, ReviewId, UserId};
use crate::region::Place;
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// So long after the confirmation reviews are asked for; then those that are in are opened.
pub const ASKED_FOR_DAYS: i32 = 14;

/// What one side of a confirmed order says of the other (评单).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Made on the phone.
    pub id: ReviewId,
    /// The order it is about.
    pub order: OrderId,
    /// Who left it.
    pub by: Side,
    /// The title of the order.
    pub title: String,
    /// The village of the order.
    pub place: Place,
    /// The organization of the order.
    pub org: CreditCode,
    /// The organization's name when the order was made.
    pub org_name: String,
    /// The answers to [`Side::questions`], in their order.
    pub answers: [Answer; 3],
    /// What else there is to say; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// When it was left, by the server.
    pub at: Millis,
    /// Who wrote it.
    pub author: UserId,
    /// Since when the other side and the bureaus may read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<Millis>,
}

/// The two sides of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The village that was helped.
    Village,
    /// The organization that helped.
    Organization,
}

impl Side {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Village => Self::Organization,
            Self::Organization => Self::Village,
        }
    }

    /// Who that is, on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Village => "村里",
            Self::Organization => "社会组织",
        }
    }

    /// What this side is asked.
    #[must_use]
    pub fn questions(self) -> [&'static str; 3] {
        match self {
            Self::Village => [
                "说好的都做到了吗？",
                "东西好用、事情办得好吗？",
                "以后还愿意请他们来吗？",
            ],
            Self::Organization => [
                "村里说的情况和实际一样吗？",
                "要村里配合的，配合了吗？",
                "以后还愿意到这个村来吗？",
            ],
        }
    }
}

impl Side {
    /// What an answer to one of this side's questions says, by the question's place.
    #[must_use]
    pub fn says(self, question: usize, answer: Answer) -> &'static str {
        let words = match (self, question) {
            (Self::Village, 0) => ["都做到了", "差一点", "没有做到"],
            (Self::Village, 1) => ["好", "一般", "不好"],
            (Self::Organization, 0) => ["一样", "有些出入", "不一样"],
            (Self::Organization, 1) => ["配合了", "差一点", "没有配合"],
            (Self::Village | Self::Organization, _) => ["愿意", "再看看", "不愿意"],
        };
        match answer {
            Answer::Yes => words[0],
            Answer::Partly => words[1],
            Answer::No => words[2],
        }
    }
}

/// The answer to a plain question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Yes.
    Yes,
    /// In part.
    Partly,
    /// No.
    No,
}

impl Answer {
    /// All answers, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Yes, Self::Partly, Self::No];

    /// The answer to whether something is still in use.
    #[must_use]
    pub fn use_label(self) -> &'static str {
        match self {
            Self::Yes => "还在用",
            Self::Partly => "有的在用",
            Self::No => "没有用了",
        }
    }
}

/// The reviews of an order, as the order keeps them: which are in, not what they say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviews {
    /// The village's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub village: Option<ReviewId>,
    /// The organization's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<ReviewId>,
    /// Nobody is asked any more: the days are over, and those that are in are open.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub over: bool,
}

impl Reviews {
    /// The review of one side, if it is in.
    #[must_use]
    pub fn of(&self, side: Side) -> Option<ReviewId> {
        match side {
            Side::Village => self.village,
            Side::Organization => self.organization,
        }
    }

    pub(super) fn put(&mut self, side: Side, review: ReviewId) {
        match side {
            Side::Village => self.village = Some(review),
            Side::Organization => self.organization = Some(review),
        }
    }

    /// Whether this side is asked for one.
    #[must_use]
    pub fn asks(&self, side: Side) -> bool {
        !self.over && self.of(side).is_none()
    }
}

/// The question, months after a delivery was confirmed, whether what was delivered is still in use (用得上、留得住、出成效).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UseQuestion {
    /// How many months after the confirmation.
    pub month: u8,
    /// When it was asked, by the server.
    pub asked_at: Millis,
    /// What the village answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<UseAnswer>,
}

/// What the village says about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UseAnswer {
    /// When, by the server.
    pub at: Millis,
    /// Whether it is in use.
    pub answer: Answer,
    /// What else there is to say; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
}

/// After how many months it is asked, and how many days that is.
pub const ASKED_AFTER: [(u8, i32); 2] = [(6, 183), (12, 365)];

//! What a person had read when they judged or took something: the revision of a text, and what has changed since (optimistic
//! concurrency, for people).

use crate::money::Fen;
use crate::quantity::{ItemNo, Unit};
use crate::time::{Day, Millis};
use serde::{Deserialize, Serialize};

/// Which wording it is: how often what a reader reads has changed since the first one. The first is 0.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Revision(pub u32);

impl Revision {
    /// The wording after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Whether it is the first wording.
    #[must_use]
    pub fn is_first(&self) -> bool {
        *self == Self::default()
    }
}

/// Something a reader reads, as it was and as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// The title.
    Title {
        /// As it was.
        before: String,
        /// As it is.
        after: String,
    },
    /// The details. Their words are not told: a village may have removed what must stay private.
    Details,
    /// An item; none where it was or is not asked for.
    Item {
        /// Its number.
        no: ItemNo,
        /// As it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Amount>,
        /// As it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Amount>,
    },
    /// The last day on which it is of use.
    Deadline {
        /// As it was.
        before: Day,
        /// As it is.
        after: Day,
    },
    /// What it costs about.
    Budget {
        /// As it was.
        before: Option<Fen>,
        /// As it is.
        after: Option<Fen>,
    },
    /// How many persons it helps.
    Persons {
        /// As it was.
        before: u32,
        /// As it is.
        after: u32,
    },
    /// The field, the kind of help, the number of households or the urgency.
    Other,
    /// What the village has to have ready for a supply.
    Conditions,
    /// Where a supply is offered.
    Regions,
    /// From when to when a supply is offered.
    Period,
    /// A supply's field, action, kind of help or where its money comes from.
    Kind,
    /// The organization says once more that an order is delivered.
    Delivery {
        /// When, by the server.
        at: Millis,
        /// What the organization wrote.
        note: String,
    },
}

/// A change of a wording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewritten {
    /// The wording that it made.
    pub revision: Revision,
    /// What changed.
    pub changed: Vec<Changed>,
}

/// A text remembers at most this many changes of its wording.
const MAX_REWRITTEN: usize = 8;

/// Goes on to the next wording and remembers what makes it another one than before.
pub(crate) fn remember(
    revision: &mut Revision,
    rewritten: &mut Vec<Rewritten>,
    changed: Vec<Changed>,
) {
    *revision = revision.next();
    rewritten.push(Rewritten {
        revision: *revision,
        changed,
    });
    if rewritten.len() > MAX_REWRITTEN {
        rewritten.remove(0);
    }
}

/// What has changed between the wording that was seen and the one of now; nothing when that is not remembered.
pub(crate) fn changes_since(
    now: Revision,
    rewritten: &[Rewritten],
    seen: Revision,
) -> Vec<Changed> {
    let later = rewritten.iter().filter(|r| r.revision > seen);
    let all = now.0.checked_sub(seen.0);
    if all != u32::try_from(later.clone().count()).ok() {
        return Vec::new();
    }
    together(later.flat_map(|r| r.changed.clone()))
}

/// How much of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// What.
    pub name: String,
    /// How much; for money in fen.
    pub quantity: u64,
    /// Of what.
    pub unit: Unit,
}

impl Amount {
    fn words(&self) -> String {
        format!("{} {}", self.name, self.unit.amount(self.quantity))
    }
}

impl Changed {
    /// Whether both are about the same thing.
    fn same_thing(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Item { no, .. }, Self::Item { no: other, .. }) => no == other,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    /// This change and a later one of the same thing, as one.
    fn and_then(&mut self, later: Self) {
        match (self, later) {
            (Self::Title { after, .. }, Self::Title { after: now, .. }) => *after = now,
            (Self::Item { after, .. }, Self::Item { after: now, .. }) => *after = now,
            (Self::Deadline { after, .. }, Self::Deadline { after: now, .. }) => *after = now,
            (Self::Budget { after, .. }, Self::Budget { after: now, .. }) => *after = now,
            (Self::Persons { after, .. }, Self::Persons { after: now, .. }) => *after = now,
            (this, later) => *this = later,
        }
    }

    fn is_none(&self) -> bool {
        match self {
            Self::Title { before, after } => before == after,
            Self::Item { before, after, .. } => before == after,
            Self::Deadline { before, after } => before == after,
            Self::Budget { before, after } => before == after,
            Self::Persons { before, after } => before == after,
            Self::Details
            | Self::Conditions
            | Self::Regions
            | Self::Period
            | Self::Kind
            | Self::Other
            | Self::Delivery { .. } => false,
        }
    }

    /// What has changed, for people: `“路灯 12 盏”改成了“路灯 15 盏”`.
    #[must_use]
    pub fn words(&self) -> String {
        let money = |amount: &Option<Fen>| match amount {
            Some(amount) => format!("{amount}"),
            None => "没有写".to_owned(),
        };
        match self {
            Self::Title { before, after } => format!("标题“{before}”改成了“{after}”"),
            Self::Details => "情况说明改了".to_owned(),
            Self::Item { before, after, .. } => match (before, after) {
                (Some(before), Some(after)) => {
                    format!("“{}”改成了“{}”", before.words(), after.words())
                }
                (None, Some(after)) => format!("加了“{}”", after.words()),
                (Some(before), None) => format!("去掉了“{}”", before.words()),
                (None, None) => "要什么改了".to_owned(),
            },
            Self::Deadline { before, after } => {
                let day = |day: &Day| {
                    let (year, month, day) = day.ymd();
                    format!("{year} 年 {month} 月 {day} 日")
                };
                format!("最晚时间 {}改成了 {}", day(before), day(after))
            }
            Self::Budget { before, after } => {
                format!("大约要的钱 {} 改成了 {}", money(before), money(after))
            }
            Self::Persons { before, after } => format!("受益 {before} 人改成了 {after} 人"),
            Self::Other => "类别、哪种帮助、户数或急不急改了".to_owned(),
            Self::Conditions => "村里要准备什么改了".to_owned(),
            Self::Regions => "能去的地方改了".to_owned(),
            Self::Period => "从什么时候到什么时候改了".to_owned(),
            Self::Kind => "类别、行动、怎么帮或钱从哪来改了".to_owned(),
            Self::Delivery { at, note } => {
                let (hour, minute) = at.clock();
                let (_, month, day) = at.day().ymd();
                let colon = if note.trim().is_empty() { "" } else { "：" };
                format!(
                    "{month} 月 {day} 日 {hour}:{minute:02} 又报告了一次完成{colon}{}",
                    note.trim()
                )
            }
        }
    }
}

/// Several changes, one after the other, as one: what was first and what is last. What came back to what it was is left out.
#[must_use]
pub fn together(changes: impl IntoIterator<Item = Changed>) -> Vec<Changed> {
    let mut out: Vec<Changed> = Vec::new();
    for change in changes {
        match out.iter_mut().find(|earlier| earlier.same_thing(&change)) {
            Some(earlier) => earlier.and_then(change),
            None => out.push(change),
        }
    }
    out.retain(|change| !change.is_none());
    out
}

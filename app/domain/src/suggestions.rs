//! Suggestions: which organizations might take a need, which needs an organization might take, and which supplies a village might pick for a
//! need, each with the reasons as sentences.
//!
//! Pure, and computed on the device from what it holds. Hard filters come first and are those of the rules; what passes is ranked by few
//! additive reasons, each of which is told. Nothing happens by itself: a person reads the reasons and decides.

use crate::kinds::Key;
use crate::needs::{Help, Need, NeedFacts, NeedState, NeedTexts, Topic};
use crate::orders::offers::{may_have_orders, may_take_more};
use crate::organizations::Organization;
use crate::region::RegionCode;
use crate::rejection::Rejection;
use crate::supplies::{SupplyFacts, SupplyTexts};
use crate::terms::Terms;
use crate::text::fold;
use crate::time::{Day, Millis};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A list of suggestions names one organization at most this often.
pub const MOST_OF_ONE: usize = 3;
/// From this many days to its last one on, that a need is near its end counts.
const SOON_DAYS: i32 = 14;

/// Why something is suggested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The organization has delivered in this field before.
    TopicDelivered {
        /// Which field.
        topic: Topic,
        /// How many orders.
        orders: u32,
    },
    /// It has delivered the very thing before.
    ItemDelivered {
        /// What.
        item: String,
    },
    /// It has delivered in the same county before.
    CountyDelivered {
        /// How many orders.
        orders: u32,
    },
    /// It works in this field, as it was registered.
    Direction {
        /// Which field.
        topic: Topic,
    },
    /// It is registered in the same county.
    SameCounty,
    /// The village or what lies above it stands in a list.
    Designated {
        /// What it is called there.
        name: String,
    },
    /// It has room for more orders.
    Capacity {
        /// How many orders it has open.
        open: u32,
    },
    /// The need's last day is near.
    Soon {
        /// How many days are left.
        days: i32,
    },
    /// The village says that it cannot wait.
    Urgent,
    /// A supply gives the very thing that the need asks for.
    ItemOffered {
        /// What.
        item: String,
    },
    /// A need and a supply lie in the same field.
    SameTopic {
        /// Which field.
        topic: Topic,
    },
    /// Their titles speak of the same.
    SameWords {
        /// Of what.
        words: String,
    },
    /// They are the same kind of help.
    SameHelp {
        /// Which kind.
        help: Help,
    },
    /// The supply is offered where the need is.
    Reaches {
        /// The county's name.
        county_name: String,
    },
    /// The supply has places that nobody holds.
    PlacesLeft {
        /// How many.
        left: u32,
    },
}

impl Reason {
    /// How much it counts. Having done the very thing counts most, room for more least.
    fn weight(&self) -> u32 {
        match self {
            Self::ItemDelivered { .. } => 40,
            Self::TopicDelivered { orders, .. } => 20 + (*orders).min(5) * 2,
            Self::CountyDelivered { orders } => 15 + (*orders).min(5),
            Self::SameCounty => 15,
            Self::Direction { .. } => 12,
            Self::Designated { .. } => 7,
            Self::Urgent => 8,
            Self::Soon { .. } => 6,
            Self::Capacity { open: 0 } => 8,
            Self::Capacity { .. } => 4,
            Self::ItemOffered { .. } => 40,
            Self::SameTopic { .. } => 20,
            Self::SameWords { .. } => 18,
            Self::SameHelp { .. } => 5,
            Self::Reaches { .. } => 3,
            Self::PlacesLeft { .. } => 2,
        }
    }

    /// The sentence that a person reads. `own` where the organization itself reads it.
    #[must_use]
    pub fn words(&self, own: bool) -> String {
        let who = if own { "你们" } else { "" };
        match self {
            Self::TopicDelivered { topic, orders } => {
                format!("{who}做成过 {orders} 单“{}”", topic.label())
            }
            Self::ItemDelivered { item } => format!("{who}送到过“{item}”"),
            Self::CountyDelivered { orders } => format!("{who}在这个县做成过 {orders} 单"),
            Self::Direction { topic } if own => {
                format!("“{}”是你们登记的业务方向", topic.label())
            }
            Self::Direction { topic } => format!("登记的业务方向有“{}”", topic.label()),
            Self::Designated { name } => format!("这里是{name}"),
            Self::SameCounty if own => "就在你们登记的县".to_owned(),
            Self::SameCounty => "就在本县登记".to_owned(),
            Self::Capacity { open: 0 } => format!("{who}手上没有没办完的单"),
            Self::Capacity { open } => format!("{who}手上只有 {open} 单没办完"),
            Self::Soon { days: 0 } => "今天就截止".to_owned(),
            Self::Soon { days } => format!("只剩 {days} 天"),
            Self::Urgent => "村里说等不得".to_owned(),
            Self::ItemOffered { item } => format!("给的就是“{item}”"),
            Self::SameTopic { topic } => format!("都是“{}”", topic.label()),
            Self::SameWords { words } => format!("都说到“{words}”"),
            Self::SameHelp { help } => format!("都是{}", help.label()),
            Self::Reaches { county_name } => format!("{county_name}的村可以点"),
            Self::PlacesLeft { left } => format!("还有 {left} 个名额"),
        }
    }
}

/// Something that is suggested, with why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion<T> {
    /// What.
    pub what: T,
    /// Why, what counts most first.
    pub reasons: Vec<Reason>,
}

impl<T> Suggestion<T> {
    fn new(what: T, mut reasons: Vec<Reason>) -> Self {
        reasons.sort_by_key(|reason| Reverse(reason.weight()));
        Self { what, reasons }
    }

    /// What all reasons count together.
    #[must_use]
    pub fn score(&self) -> u32 {
        self.reasons.iter().map(Reason::weight).sum()
    }
}

/// Whether an organization may take something of a need now: the hard filters, which are those of the rules. Its charter is the other one
/// ([`in_scope`]): a bureau may ask beyond it, but nothing is suggested there.
///
/// # Errors
/// Why not.
pub fn may_be_suggested(
    org: &Organization,
    need: &Need,
    terms: &Terms,
    now: Millis,
) -> Result<(), Rejection> {
    may_have_orders(Some(org), need)?;
    may_take_more(org, terms, now)
}

/// Whether a field of help lies in what an organization's charter lets it do. Those that were registered by hand say nothing of it.
#[must_use]
pub fn in_scope(org: &Organization, topic: Topic) -> bool {
    org.directions.is_empty() || org.directions.contains(&topic)
}

/// Whether an organization holds an order on a need, or was asked and has not answered.
#[must_use]
pub fn has_to_do_with(org: &Organization, need: &Need) -> bool {
    need.pledges.iter().any(|p| p.org == org.code) || need.asked.iter().any(|a| a.org == org.code)
}

/// Organizations that might take a need, the best first. Those that hold an order on it or were asked already are left out.
#[must_use]
pub fn organizations_for<'a>(
    need: &Need,
    orgs: impl IntoIterator<Item = &'a Organization>,
    terms: &Terms,
    now: Millis,
) -> Vec<Suggestion<&'a Organization>> {
    let open = need.content.items.iter().filter(|item| need.left(item) > 0);
    let items: Vec<&str> = open.map(|item| item.name.as_str()).collect();
    let mut found: Vec<Suggestion<&Organization>> = orgs
        .into_iter()
        .filter(|org| {
            let fits = in_scope(org, need.content.topic) && !has_to_do_with(org, need);
            fits && may_be_suggested(org, need, terms, now).is_ok()
        })
        .map(|org| {
            let about = About {
                county: need.place.county(),
                topic: need.content.topic,
                items: &items,
                own: false,
            };
            Suggestion::new(org, reasons(org, &about, terms))
        })
        .collect();
    found.sort_by_key(|s| (Reverse(s.score()), s.what.code));
    found
}

/// A need as a list knows it.
pub type ListedNeed<'a> = (Key, &'a NeedFacts, &'a NeedTexts);

/// Needs that an organization might take, the best first. `designated` says what a village or what lies above it is called in a list.
#[must_use]
pub fn needs_for(
    org: &Organization,
    needs: &[ListedNeed<'_>],
    designated: impl Fn(RegionCode) -> Option<String>,
    terms: &Terms,
    now: Millis,
) -> Vec<Suggestion<Key>> {
    if !org.approved || may_take_more(org, terms, now).is_err() {
        return Vec::new();
    }
    let mut found: Vec<(Suggestion<Key>, Day)> = needs
        .iter()
        .filter(|(_, facts, _)| {
            facts.is_open()
                && facts.deadline >= now.day()
                && org.serves(facts.village)
                && in_scope(org, facts.topic)
        })
        .filter_map(|(key, facts, texts)| {
            let about = About {
                county: facts.village.county(),
                topic: facts.topic,
                items: &[texts.items.as_str()],
                own: true,
            };
            let mut why = reasons(org, &about, terms);
            // Room alone is no reason to read one need rather than another.
            why.retain(|reason| !matches!(reason, Reason::Capacity { .. }));
            if why.is_empty() {
                return None;
            }
            let days = facts.deadline.0 - now.day().0;
            why.extend((days <= SOON_DAYS).then_some(Reason::Soon { days }));
            why.extend(facts.urgent.then_some(Reason::Urgent));
            why.extend(designated(facts.village).map(|name| Reason::Designated { name }));
            Some((Suggestion::new(*key, why), facts.deadline))
        })
        .collect();
    found.sort_by_key(|(s, deadline)| (Reverse(s.score()), *deadline, s.what));
    found
        .into_iter()
        .map(|(suggestion, _)| suggestion)
        .collect()
}

/// A supply as a list knows it.
pub type ListedSupply<'a> = (Key, &'a SupplyFacts, &'a SupplyTexts);

/// So many supplies are suggested for a need, at most.
pub const MOST_SUPPLIES: usize = 3;

/// Whether supplies are suggested for a need: while something of it is wanted that nobody has promised.
#[must_use]
pub fn wants_supplies(need: &Need, today: Day) -> bool {
    let is_open = matches!(
        need.state,
        NeedState::Submitted { .. } | NeedState::Published { .. }
    );
    is_open && need.has_left() && need.content.deadline >= today
}

/// Supplies of the library that the village of a need might pick, the best first and few. A device holds those alone that are offered
/// where its person is. Those that `left_out` names are none: of a suspended organization, or picked already.
#[must_use]
pub fn supplies_for(
    need: &Need,
    supplies: &[ListedSupply<'_>],
    left_out: impl Fn(Key, &SupplyFacts) -> bool,
    today: Day,
) -> Vec<Suggestion<Key>> {
    if !wants_supplies(need, today) {
        return Vec::new();
    }
    let mut found: Vec<Suggestion<Key>> = supplies
        .iter()
        .filter(|(key, facts, _)| facts.is_open() && facts.to >= today && !left_out(*key, facts))
        .filter_map(|(key, facts, texts)| {
            let why = fits(need, facts, texts);
            (!why.is_empty()).then(|| Suggestion::new(*key, why))
        })
        .collect();
    found.sort_by_key(|s| (Reverse(s.score()), s.what));
    found.truncate(MOST_SUPPLIES);
    found
}

/// Why a supply fits a need; nothing where neither the thing, nor the field, nor the words are the same.
fn fits(need: &Need, supply: &SupplyFacts, texts: &SupplyTexts) -> Vec<Reason> {
    let content = &need.content;
    let gives = fold(texts.per_place.clone());
    let mut why = Vec::new();
    let open = content.items.iter().filter(|item| need.left(item) > 0);
    let same = open
        .map(|item| item.name.trim())
        .find(|name| !name.is_empty() && gives.contains(&fold((*name).to_owned())));
    why.extend(same.map(|item| Reason::ItemOffered {
        item: item.to_owned(),
    }));
    why.extend(
        (supply.topic == content.topic).then_some(Reason::SameTopic {
            topic: content.topic,
        }),
    );
    if same.is_none() {
        let words = in_common(
            &content.title,
            &format!("{} {}", texts.title, texts.per_place),
        );
        why.extend(words.map(|words| Reason::SameWords { words }));
    }
    if why.is_empty() {
        return why;
    }
    // Both kinds are either of them.
    let help = match (content.help, supply.help) {
        (one, other) if one == other => Some(one),
        (Help::Both, one) | (one, Help::Both) => Some(one),
        _ => None,
    };
    why.extend(help.map(|help| Reason::SameHelp { help }));
    let is_near = supply.registered_in == need.place.county();
    why.push(match is_near {
        true => Reason::SameCounty,
        false => Reason::Reaches {
            county_name: need.place.county_name.clone(),
        },
    });
    why.push(Reason::PlacesLeft { left: supply.left });
    why
}

/// What titles say of whatever they are about: no reason to think of the one at the other.
const EMPTY_WORDS: [&str; 22] = [
    "项目", "服务", "需要", "需求", "建设", "村里", "我村", "提供", "帮助", "支持", "活动", "村民",
    "开展", "一批", "志愿", "公益", "农村", "乡村", "送到", "进村", "公里", "全村",
];

/// The longest run of characters that two texts share, of two at least, which says something.
fn in_common(one: &str, other: &str) -> Option<String> {
    let without = |text: &str| {
        let text = fold(text.to_owned());
        EMPTY_WORDS
            .iter()
            .fold(text, |text, empty| text.replace(empty, " "))
    };
    let one: Vec<char> = without(one).chars().collect();
    let other = without(other);
    let shared = |run: &[char]| {
        let text: String = run.iter().collect();
        (run.iter().all(|c| c.is_alphanumeric()) && other.contains(&text)).then_some(text)
    };
    (2..=one.len())
        .rev()
        .find_map(|length| one.windows(length).find_map(shared))
}

/// What a need is about, as far as reasons look at it.
struct About<'a> {
    county: RegionCode,
    topic: Topic,
    /// Names of items, or a text that holds them.
    items: &'a [&'a str],
    /// Whether the organization itself asks.
    own: bool,
}

fn reasons(org: &Organization, about: &About<'_>, terms: &Terms) -> Vec<Reason> {
    let done = &org.experience;
    let mut why = Vec::new();
    let items: Vec<String> = about.items.iter().map(|i| fold((*i).to_owned())).collect();
    let same = done.items.iter().rev().find(|known| {
        let known = fold((*known).clone());
        !known.is_empty() && items.iter().any(|item| item.contains(&known))
    });
    why.extend(same.map(|item| Reason::ItemDelivered { item: item.clone() }));
    let orders = done.topics.get(&about.topic).copied().unwrap_or(0);
    why.extend((orders > 0).then_some(Reason::TopicDelivered {
        topic: about.topic,
        orders,
    }));
    let orders = done.counties.get(&about.county).copied().unwrap_or(0);
    why.extend((orders > 0).then_some(Reason::CountyDelivered { orders }));
    let works_in_it = org.directions.contains(&about.topic);
    why.extend(works_in_it.then_some(Reason::Direction { topic: about.topic }));
    why.extend((org.registered_in == about.county).then_some(Reason::SameCounty));
    let open = org.open_orders;
    // Half of what may be open at most still counts as room. What other bureaus registered shows here without its open orders.
    let is_known = org.registered_in == about.county || about.own;
    let has_room = is_known && open * 2 < terms.open_orders;
    why.extend(has_room.then_some(Reason::Capacity { open }));
    why
}

/// A list in which no organization stands more than [`MOST_OF_ONE`] times, in its order.
#[must_use]
pub fn few_of_one<T, K: Ord>(list: Vec<T>, of: impl Fn(&T) -> K) -> Vec<T> {
    let mut seen: BTreeMap<K, usize> = BTreeMap::new();
    let mut list = list;
    list.retain(|entry| {
        let times = seen.entry(of(entry)).or_default();
        *times += 1;
        *times <= MOST_OF_ONE
    });
    list
}

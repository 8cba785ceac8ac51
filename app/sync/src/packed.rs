//! Lazy deserialization of summaries: the facts, which lists filter and order by, are read at once, the texts only when they are
//! shown. The cache holds ten thousand summaries and the first list shows twenty of them; making strings of all was most of the
//! work of a cold start.

use domain::needs::NeedFacts;
use domain::supplies::SupplyFacts;
use domain::{Facts, Summary};
use std::cell::OnceCell;
use std::rc::Rc;

/// The summary of an entity, whole or still packed.
#[derive(Clone, Debug)]
pub struct PackedSummary(Form);

#[derive(Clone, Debug)]
enum Form {
    Whole(Rc<Summary>),
    Packed(Box<Packed>),
}

/// A summary inside the segment it lies in.
#[derive(Clone, Debug)]
struct Packed {
    facts: Facts,
    segment: Rc<[u8]>,
    /// The bytes of the texts.
    texts: std::ops::Range<usize>,
    whole: OnceCell<Option<Rc<Summary>>>,
}

impl From<Summary> for PackedSummary {
    fn from(summary: Summary) -> Self {
        Self(Form::Whole(Rc::new(summary)))
    }
}

impl PackedSummary {
    /// The summary in these bytes of a segment.
    pub(crate) fn read(
        segment: &Rc<[u8]>,
        bytes: std::ops::Range<usize>,
    ) -> Result<Self, postcard::Error> {
        let end = bytes.end;
        let packed = segment
            .get(bytes)
            .ok_or(postcard::Error::DeserializeUnexpectedEnd)?;
        let (facts, texts) = postcard::take_from_bytes(packed)?;
        Ok(Self(Form::Packed(Box::new(Packed {
            facts,
            segment: Rc::clone(segment),
            texts: end - texts.len()..end,
            whole: OnceCell::new(),
        }))))
    }

    /// The bytes that [`PackedSummary::read`] reads.
    pub(crate) fn pack(&self) -> Result<Vec<u8>, postcard::Error> {
        match &self.0 {
            Form::Whole(summary) => {
                let mut out = postcard::to_allocvec(&summary.facts())?;
                out.extend(postcard::to_allocvec(&Texts(summary))?);
                Ok(out)
            }
            Form::Packed(packed) => {
                let mut out = postcard::to_allocvec(&packed.facts)?;
                out.extend_from_slice(packed.texts());
                Ok(out)
            }
        }
    }

    /// What lists filter and order by.
    #[must_use]
    pub fn facts(&self) -> Facts {
        match &self.0 {
            Form::Whole(summary) => summary.facts(),
            Form::Packed(packed) => packed.facts,
        }
    }

    /// What lists of needs filter and order by; none of another kind. Where thousands are looked at, no facts are copied.
    #[must_use]
    pub fn need_facts(&self) -> Option<&NeedFacts> {
        match &self.0 {
            Form::Whole(summary) => summary.need().map(|need| &need.facts),
            Form::Packed(packed) => match &packed.facts {
                Facts::Need(facts) => Some(facts),
                _ => None,
            },
        }
    }

    /// What lists of supplies filter and order by; none of another kind.
    #[must_use]
    pub fn supply_facts(&self) -> Option<&SupplyFacts> {
        match &self.0 {
            Form::Whole(summary) => summary.supply().map(|supply| &supply.facts),
            Form::Packed(packed) => match &packed.facts {
                Facts::Supply(facts) => Some(facts),
                _ => None,
            },
        }
    }

    /// All of it; none when the texts cannot be read, which is damage to the cache.
    #[must_use]
    pub fn whole(&self) -> Option<&Rc<Summary>> {
        match &self.0 {
            Form::Whole(summary) => Some(summary),
            Form::Packed(packed) => packed.whole.get_or_init(|| packed.read()).as_ref(),
        }
    }
}

impl Packed {
    fn texts(&self) -> &[u8] {
        self.segment.get(self.texts.clone()).unwrap_or_default()
    }

    fn read(&self) -> Option<Rc<Summary>> {
        let mut texts = postcard::Deserializer::from_bytes(self.texts());
        Summary::read_texts(self.facts, &mut texts)
            .ok()
            .map(Rc::new)
    }
}

/// The texts of a summary, to be written.
struct Texts<'a>(&'a Summary);

impl serde::Serialize for Texts<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write_texts(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::needs::{NeedFacts, NeedStage, NeedTexts, Topic};
    use domain::orders::{OrderFacts, OrderStage, OrderTexts};
    use domain::{CreditCode, Day, Help, Millis, NeedId, Summarized};

    fn summaries() -> [Summary; 2] {
        let village = "431230104201".parse().expect("a code");
        let need = NeedFacts {
            stage: NeedStage::Published,
            topic: Topic::Health,
            help: Help::Both,
            urgent: true,
            taken_percent: 40,
            holders: 2,
            to_confirm: 1,
            agreed: domain::needs::Agreed::default(),
            disputed: false,
            asked: 1,
            waiting: 2,
            offered: None,
            village,
            deadline: Day(20_700),
            at: Millis(1_795_482_000_000),
        };
        let texts = NeedTexts {
            title: "村卫生室血压计".to_owned(),
            county_name: "通道侗族自治县".to_owned(),
            town_name: "坪坦乡".to_owned(),
            village_name: "高步村".to_owned(),
            items: "血压计 4 台".to_owned(),
            left: "2 台".to_owned(),
            holder: String::new(),
        };
        let order = OrderFacts {
            stage: OrderStage::Active,
            need: Some(NeedId::from_random([7; 16])),
            supply: None,
            origin: domain::Origin::Taken,
            stale: domain::orders::keeping::Stale::Fresh,
            hand_over: false,
            village_reviews: false,
            org_reviews: false,
            use_asked: false,
            released: None,
            org: CreditCode::complete("51430000500000001").expect("a code"),
            reports: 3,
            given_back: 0,
            reminded: false,
            active_at: Millis(1_795_482_000_000),
            village,
            due: Day(20_700),
            at: Millis(1_795_482_000_000),
        };
        let held = OrderTexts {
            title: texts.title.clone(),
            county_name: texts.county_name.clone(),
            town_name: texts.town_name.clone(),
            village_name: texts.village_name.clone(),
            items: texts.items.clone(),
            holder: "星火助农志愿服务协会".to_owned(),
        };
        [
            Summary::Need(Summarized { facts: need, texts }),
            Summary::Order(Summarized {
                facts: order,
                texts: held,
            }),
        ]
    }

    #[test]
    fn the_facts_are_there_at_once_and_the_texts_when_asked_for() {
        for summary in summaries() {
            let packed = PackedSummary::from(summary.clone()).pack().expect("packed");
            let mut bytes = vec![9, 9];
            bytes.extend(&packed);
            let end = bytes.len();
            bytes.push(9);
            let read = PackedSummary::read(&Rc::from(bytes), 2..end).expect("read");
            assert_eq!(read.facts(), summary.facts());
            let need = summary.need().map(|need| &need.facts);
            assert_eq!(read.need_facts(), need);
            assert_eq!(PackedSummary::from(summary.clone()).need_facts(), need);
            assert_eq!(read.pack().expect("packed again"), packed);
            assert_eq!(read.whole().map(|s| &**s), Some(&summary));
        }
    }

    #[test]
    fn what_ends_too_early_is_an_error_and_torn_texts_are_none() {
        let bytes = PackedSummary::from(summaries()[0].clone())
            .pack()
            .expect("packed");
        let segment: Rc<[u8]> = Rc::from(&*bytes);
        assert!(PackedSummary::read(&segment, 0..3).is_err());
        assert!(PackedSummary::read(&segment, 0..bytes.len() + 1).is_err());
        let torn = PackedSummary::read(&segment, 0..bytes.len() - 4).expect("the facts are there");
        assert!(torn.whole().is_none());
    }
}

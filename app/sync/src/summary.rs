//! A summary as the cache holds it: what lists filter and order by is read at once, the texts when they are shown. Ten
//! thousand summaries are there when the first list wants twenty of them; making strings of all of them was most of the
//! work of a cold start.

use domain::{Day, Head, HeadState, Millis, RegionCode};
use serde::Deserialize;
use std::cell::OnceCell;
use std::rc::Rc;

/// The summary of a need or an order.
#[derive(Clone, Debug)]
pub struct Summary(Form);

#[derive(Clone, Debug)]
enum Form {
    Whole(Rc<Head>),
    Packed(Box<Packed>),
}

/// A summary inside the segment it lies in.
#[derive(Clone, Debug)]
struct Packed {
    /// The summary without its texts.
    outline: Head,
    segment: Rc<[u8]>,
    from: usize,
    whole: OnceCell<Rc<Head>>,
}

/// The form of a packed [`Head`], read without making strings: postcard packs a text as it packs its bytes.
#[derive(Deserialize)]
struct Outline<'a> {
    state: HeadState,
    _title: &'a [u8],
    village: RegionCode,
    _county_name: &'a [u8],
    _town_name: &'a [u8],
    _village_name: &'a [u8],
    _items: &'a [u8],
    _who: &'a [u8],
    day: Day,
    at: Millis,
}

impl From<Head> for Summary {
    fn from(head: Head) -> Self {
        Self(Form::Whole(Rc::new(head)))
    }
}

impl Summary {
    /// The summary that begins at a byte of a segment, and the byte after it.
    pub(crate) fn read(segment: &Rc<[u8]>, from: usize) -> Result<(Self, usize), postcard::Error> {
        let packed = segment
            .get(from..)
            .ok_or(postcard::Error::DeserializeUnexpectedEnd)?;
        let (read, rest): (Outline<'_>, _) = postcard::take_from_bytes(packed)?;
        let outline = Head {
            state: read.state,
            title: String::new(),
            village: read.village,
            county_name: String::new(),
            town_name: String::new(),
            village_name: String::new(),
            items: String::new(),
            who: String::new(),
            day: read.day,
            at: read.at,
        };
        let after = segment.len() - rest.len();
        let packed = Packed {
            outline,
            segment: Rc::clone(segment),
            from,
            whole: OnceCell::new(),
        };
        Ok((Self(Form::Packed(Box::new(packed))), after))
    }

    /// Its state, place and times; the texts may be missing.
    #[must_use]
    pub fn outline(&self) -> &Head {
        match &self.0 {
            Form::Whole(head) => head,
            Form::Packed(packed) => &packed.outline,
        }
    }

    /// All of it. Texts that cannot be read, which is damage to the cache, are empty.
    #[must_use]
    pub fn whole(&self) -> &Rc<Head> {
        match &self.0 {
            Form::Whole(head) => head,
            Form::Packed(packed) => packed.whole.get_or_init(|| {
                let bytes = packed.segment.get(packed.from..).unwrap_or_default();
                let read = postcard::take_from_bytes(bytes).map(|(head, _)| head);
                Rc::new(read.unwrap_or_else(|_| packed.outline.clone()))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::need::{NeedStage, Topic};
    use domain::{Help, NeedId, OrderId};

    fn heads() -> [Head; 2] {
        let need = Head {
            state: HeadState::Need {
                stage: NeedStage::Published,
                topic: Topic::Health,
                help: Help::Both,
                urgent: true,
                taken_percent: 40,
                holders: 2,
                to_confirm: 1,
            },
            title: "村卫生室血压计".to_owned(),
            village: "431230104201".parse().expect("a code"),
            county_name: "通道侗族自治县".to_owned(),
            town_name: "坪坦乡".to_owned(),
            village_name: "高步村".to_owned(),
            items: "血压计 4 台".to_owned(),
            who: String::new(),
            day: Day(20_700),
            at: Millis(1_795_482_000_000),
        };
        let order = Head {
            state: HeadState::Order {
                stage: domain::order::OrderStage::Active,
                need: NeedId(OrderId::from_random([7; 16]).0),
                reports: 3,
            },
            who: "星火助农志愿服务协会".to_owned(),
            ..need.clone()
        };
        [need, order]
    }

    #[test]
    fn an_outline_is_the_summary_without_its_texts_and_the_texts_come_when_asked_for() {
        for head in heads() {
            let mut bytes = vec![9, 9];
            bytes.extend(postcard::to_allocvec(&head).expect("packed"));
            let end = bytes.len();
            bytes.push(9);
            let (summary, after) = Summary::read(&Rc::from(bytes), 2).expect("read");
            assert_eq!(after, end);
            let outline = Head {
                title: String::new(),
                county_name: String::new(),
                town_name: String::new(),
                village_name: String::new(),
                items: String::new(),
                who: String::new(),
                ..head.clone()
            };
            assert_eq!(*summary.outline(), outline);
            assert_eq!(**summary.whole(), head);
        }
    }

    #[test]
    fn what_ends_too_early_is_an_error() {
        let bytes = postcard::to_allocvec(&heads()[0]).expect("packed");
        let torn: Rc<[u8]> = Rc::from(&bytes[..bytes.len() - 1]);
        assert!(Summary::read(&torn, 0).is_err());
        assert!(Summary::read(&torn, torn.len() + 1).is_err());
    }
}

//! The content of a need, generated from text templates as a village cadre would write it.

use super::arithmetic::{self, Numbers};
use super::random::Random;
use super::texts::{ReturnText, Template, TextError, Texts, Variant, fill};
use domain::needs::ReturnReason;
use domain::{Contact, Day, Fen, ItemNo, NeedContent, NeedItem, OrderLine, Place, Unit};
use std::collections::BTreeMap;

/// A need as its village wrote it, with what its texts are about.
pub(super) struct Writing<'a> {
    pub(super) template: &'a Template,
    /// The content as it was sent first.
    pub(super) content: NeedContent,
    /// The first sentences: what somebody in a hurry sends.
    beginning: String,
    numbers: Numbers,
    words: BTreeMap<&'static str, String>,
}

/// Who writes, where and when.
pub(super) struct Occasion<'a> {
    pub(super) place: &'a Place,
    pub(super) contact: Contact,
    pub(super) deadline: Day,
    /// Numbers that are not left to chance.
    pub(super) given: &'a [(&'a str, i64)],
}

/// One in so many needs does not say what it will cost.
const WITHOUT_BUDGET_PERCENT: u32 = 22;

impl<'a> Writing<'a> {
    pub(super) fn new(
        texts: &Texts,
        template: &'a Template,
        occasion: &Occasion<'_>,
        random: &mut Random,
    ) -> Result<Self, TextError> {
        let place = occasion.place;
        let numbers = numbers(template, occasion.given, random)?;
        let words = words(texts, place, random);
        let say = |text: &str| fill(text, &numbers, &words).ok_or_else(|| wrong(template, text));
        let count = |sum: &str| -> Result<u32, TextError> {
            arithmetic::value(sum, &numbers)
                .and_then(|n| u32::try_from(n).ok())
                .ok_or_else(|| wrong(template, sum))
        };

        let mut mark = None;
        let title = Variant::pick(&template.titles, &mut mark, random);
        let title = say(title.map_or("", |title| &title.text))?;
        let (mut details, mut beginning) = (String::new(), String::new());
        for (group, sentences) in &template.sentences {
            if sentences.may_be_left_out && random.percent(50) {
                continue;
            }
            if let Some(sentence) = Variant::pick(&sentences.variants, &mut mark, random) {
                details.push_str(&say(&sentence.text)?);
            }
            if matches!(group, '1' | '2') {
                beginning.clone_from(&details);
            }
        }
        let mut items = Vec::new();
        for (no, item) in (1..).zip(&template.items) {
            let (unit, factor) = match item.unit.as_str() {
                "fen" => (Unit::Fen, 100),
                unit => (Unit::Of(unit.to_owned()), 1),
            };
            items.push(NeedItem {
                no: ItemNo(no),
                name: say(&item.name)?,
                quantity: u64::from(count(&item.quantity)?) * factor,
                unit,
            });
        }
        let persons = count(&template.persons)?;
        let households = template.households.as_deref().map(count).transpose()?;
        let budget = template.budget.as_deref().map(count).transpose()?;
        let content = NeedContent {
            title,
            details,
            topic: template.topic,
            help: template.help,
            items,
            deadline: occasion.deadline,
            persons,
            households: households.filter(|households| *households <= persons),
            budget: budget
                .filter(|_| !random.percent(WITHOUT_BUDGET_PERCENT))
                .map(|yuan| Fen(i64::from(rounded(yuan)) * 100)),
            urgent: random.percent(template.urgent),
            contact: Some(occasion.contact.clone()),
        };
        Ok(Self {
            template,
            content,
            beginning,
            numbers,
            words,
        })
    }

    /// What the village sent at first, what the county says when it sends that back, and the content after the village
    /// has repaired it. `names` is what nobody should read, where the county sends it back for that.
    pub(super) fn returned(
        &self,
        text: &ReturnText,
        names: &str,
    ) -> Result<(NeedContent, String, NeedContent), TextError> {
        let mut first = self.content.clone();
        first.details.clone_from(&self.beginning);
        if text.reason == ReturnReason::Privacy {
            first.details.push_str(&self.say(names)?);
        }
        let mut repaired = self.content.clone();
        repaired.details.push_str(&self.say(&text.repair)?);
        Ok((first, self.say(&text.words)?, repaired))
    }

    /// A sentence about the need.
    pub(super) fn say(&self, text: &str) -> Result<String, TextError> {
        fill(text, &self.numbers, &self.words).ok_or_else(|| wrong(self.template, text))
    }

    /// A sentence about an order on these lines: `{lines}`, `{q}` and `{half}` are what it is about. `None` when the
    /// sentence speaks of a part and there is only one piece.
    pub(super) fn say_of(
        &self,
        text: &str,
        lines: &[OrderLine],
    ) -> Result<Option<String>, TextError> {
        let first = lines.first();
        let item =
            first.and_then(|line| self.content.items.iter().find(|item| item.no == line.item));
        let factor = if item.is_some_and(|item| item.unit == Unit::Fen) {
            100
        } else {
            1
        };
        let quantity = first.map_or(0, |line| line.quantity) / factor;
        if quantity < 2 && text.contains("{half}") {
            return Ok(None);
        }
        let quantity = i64::try_from(quantity).unwrap_or(0);
        let mut numbers = self.numbers.clone();
        numbers.insert("q".to_owned(), quantity);
        numbers.insert("half".to_owned(), half(quantity));
        let mut words = self.words.clone();
        words.insert("lines", self.lines(lines));
        fill(text, &numbers, &words)
            .map(Some)
            .ok_or_else(|| wrong(self.template, text))
    }

    /// `太阳能路灯18盏、广角镜2面`, as people write it.
    fn lines(&self, lines: &[OrderLine]) -> String {
        let mut out: Vec<String> = Vec::new();
        for line in lines {
            let Some(item) = self.content.items.iter().find(|item| item.no == line.item) else {
                continue;
            };
            let name = item.name.split('（').next().unwrap_or_default();
            out.push(match &item.unit {
                Unit::Fen => format!("{name}{}元", line.quantity / 100),
                Unit::Of(unit) => format!("{name}{}{unit}", line.quantity),
            });
        }
        out.join("、")
    }
}

fn wrong(template: &Template, text: &str) -> TextError {
    TextError {
        file: "needs",
        problem: format!("{}: {text}", template.name),
    }
}

/// About half, as a round number where the whole is large.
fn half(quantity: i64) -> i64 {
    match quantity / 2 {
        half if half >= 2_000 => half / 500 * 500,
        half if half >= 200 => half / 50 * 50,
        half if half >= 40 => half / 10 * 10,
        half => half,
    }
}

/// People round what they estimate.
fn rounded(yuan: u32) -> u32 {
    let to = match yuan {
        0..=20_000 => 100,
        20_001..=100_000 => 500,
        _ => 1_000,
    };
    (yuan + to / 2) / to * to
}

fn numbers(
    template: &Template,
    given: &[(&str, i64)],
    random: &mut Random,
) -> Result<Numbers, TextError> {
    let mut numbers = Numbers::new();
    for (name, rule) in &template.numbers {
        let drawn =
            arithmetic::drawn(rule, &numbers, random).ok_or_else(|| wrong(template, rule))?;
        let number = given
            .iter()
            .find(|(given, _)| given == name)
            .map_or(drawn, |(_, n)| *n);
        numbers.insert(name.clone(), number);
    }
    Ok(numbers)
}

fn words(texts: &Texts, place: &Place, random: &mut Random) -> BTreeMap<&'static str, String> {
    let groups = texts.list(if texts.is(&place.county_name, "lake") {
        "groups by the lake"
    } else if texts.is(&place.county_name, "mountain") {
        "groups in the mountains"
    } else {
        "groups elsewhere"
    });
    let first = random.index(groups.len());
    let second = first + 1 + random.index(groups.len().saturating_sub(1));
    let group = |at: usize| {
        groups
            .get(at % groups.len().max(1))
            .cloned()
            .unwrap_or_default()
    };
    let village = &place.village_name;
    let stem = village
        .strip_suffix('村')
        .or_else(|| village.strip_suffix("社区"));
    BTreeMap::from([
        ("village", village.clone()),
        ("stem", stem.unwrap_or(village).to_owned()),
        ("town", place.town_name.clone()),
        ("county", place.county_name.clone()),
        ("g1", group(first)),
        ("g2", group(second)),
    ])
}

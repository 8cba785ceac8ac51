//! The text templates of the demonstration, read from `server/data/demo`.

use super::arithmetic::{self, Numbers};
use super::random::Random;
use domain::needs::ReturnReason;
use domain::{Day, Help, OrgKind, Topic};
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};

/// A text that cannot be used. The texts are part of the program, so this is a mistake of ours and a test finds it.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct TextError {
    /// Which file.
    pub file: &'static str,
    /// What is wrong.
    pub problem: String,
}

/// The file of each topic.
const NEEDS: [(Topic, &str, &str); 10] = [
    (
        Topic::Industry,
        "industry.txt",
        include_str!("../../data/demo/industry.txt"),
    ),
    (
        Topic::Employment,
        "employment.txt",
        include_str!("../../data/demo/employment.txt"),
    ),
    (
        Topic::Environment,
        "environment.txt",
        include_str!("../../data/demo/environment.txt"),
    ),
    (
        Topic::PublicService,
        "public_service.txt",
        include_str!("../../data/demo/public_service.txt"),
    ),
    (
        Topic::Customs,
        "customs.txt",
        include_str!("../../data/demo/customs.txt"),
    ),
    (
        Topic::Care,
        "care.txt",
        include_str!("../../data/demo/care.txt"),
    ),
    (
        Topic::Education,
        "education.txt",
        include_str!("../../data/demo/education.txt"),
    ),
    (
        Topic::Health,
        "health.txt",
        include_str!("../../data/demo/health.txt"),
    ),
    (
        Topic::Consumption,
        "consumption.txt",
        include_str!("../../data/demo/consumption.txt"),
    ),
    (
        Topic::Huts,
        "huts.txt",
        include_str!("../../data/demo/huts.txt"),
    ),
];

/// Everything that was written for the demonstration.
pub(super) struct Texts {
    pub(super) templates: Vec<Template>,
    pub(super) patterns: Vec<OrgPattern>,
    lists: BTreeMap<String, Vec<String>>,
    places: BTreeMap<String, BTreeSet<String>>,
}

/// A kind of need, with everything that is said about it from the first word to the last.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) name: String,
    pub(super) topic: Topic,
    pub(super) help: Help,
    pub(super) weight: u32,
    pub(super) urgent: u32,
    /// Tags or counties it is for; empty for all.
    pub(super) places: Vec<String>,
    pub(super) numbers: Vec<(String, String)>,
    pub(super) titles: Vec<Variant>,
    pub(super) items: Vec<ItemText>,
    pub(super) persons: String,
    pub(super) households: Option<String>,
    pub(super) budget: Option<String>,
    when: When,
    /// One sentence of each group makes the details; a group that may be left out is marked.
    pub(super) sentences: BTreeMap<char, Sentences>,
    pub(super) progress: Vec<String>,
    pub(super) delivered: Vec<String>,
    pub(super) disputes: Vec<String>,
    pub(super) returns: Vec<ReturnText>,
}

/// An item before its quantity is known.
#[derive(Debug)]
pub(super) struct ItemText {
    pub(super) name: String,
    pub(super) quantity: String,
    pub(super) unit: String,
}

/// Sentences that say the same in other words.
#[derive(Debug, Default)]
pub(super) struct Sentences {
    pub(super) may_be_left_out: bool,
    pub(super) variants: Vec<Variant>,
}

/// One way to say it. A title `[b]坏掉的…` goes only with sentences marked the same or not at all.
#[derive(Debug)]
pub(super) struct Variant {
    mark: Option<char>,
    pub(super) text: String,
}

impl Variant {
    fn read(text: &str) -> Self {
        let marked = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let (mark, text) = marked.map_or((None, text), |(mark, text)| (mark.chars().next(), text));
        Self {
            mark,
            text: text.to_owned(),
        }
    }

    /// One of them that goes with what was said before; a marked one decides what goes with it from now on.
    pub(super) fn pick<'v>(
        from: &'v [Self],
        said: &mut Option<char>,
        random: &mut Random,
    ) -> Option<&'v Self> {
        let fitting: Vec<&Self> = from
            .iter()
            .filter(|variant| said.is_none() || variant.mark.is_none() || variant.mark == *said)
            .collect();
        let picked = *random.pick(&fitting)?;
        *said = said.or(picked.mark);
        Some(picked)
    }
}

/// Why the county sends it back, and what the village adds then.
#[derive(Debug)]
pub(super) struct ReturnText {
    pub(super) reason: ReturnReason,
    pub(super) words: String,
    pub(super) repair: String,
}

/// When the last day may be.
#[derive(Debug)]
enum When {
    /// So many days after it is posted.
    Days(i64, i64),
    /// In one of these months.
    Season(Vec<u8>),
}

/// How organizations of a kind are called.
#[derive(Debug)]
pub(super) struct OrgPattern {
    pub(super) kind: OrgKind,
    pub(super) prefix: String,
    pub(super) topics: Vec<Topic>,
    pub(super) name: String,
}

impl Texts {
    pub(super) fn load() -> Result<Self, TextError> {
        let mut templates = Vec::new();
        for (topic, file, text) in NEEDS {
            templates.extend(templates_of(topic, file, text)?);
        }
        let mut lists = lists(
            "names.txt",
            include_str!("../../data/demo/names.txt"),
            words,
        )?;
        let phrases = include_str!("../../data/demo/phrases.txt");
        lists.extend(self::lists("phrases.txt", phrases, |line| {
            vec![line.to_owned()]
        })?);
        Ok(Self {
            templates,
            patterns: patterns(include_str!("../../data/demo/organizations.txt"))?,
            lists,
            places: places(include_str!("../../data/demo/places.txt"))?,
        })
    }

    /// A list of words or sentences; empty when there is none of that name.
    pub(super) fn list(&self, name: &str) -> &[String] {
        self.lists.get(name).map_or(&[], Vec::as_slice)
    }

    /// One word or sentence of a list.
    pub(super) fn any(&self, name: &str, random: &mut Random) -> &str {
        random.pick(self.list(name)).map_or("", String::as_str)
    }

    pub(super) fn is(&self, county: &str, tag: &str) -> bool {
        match tag {
            "any" => true,
            "rural" => !self.is(county, "urban"),
            "hills" => self.is(county, "rural") && !self.is(county, "lake"),
            tag => self
                .places
                .get(tag)
                .is_some_and(|counties| counties.contains(county)),
        }
    }

    /// Whether villages of that county post such needs.
    pub(super) fn fits(&self, template: &Template, county: &str) -> bool {
        template.places.is_empty() || template.places.iter().any(|tag| self.is(county, tag))
    }
}

impl Template {
    /// A last day for what is posted on a day, not before `earliest`; `None` when it is not the season.
    pub(super) fn deadline(&self, posted: Day, earliest: Day, random: &mut Random) -> Option<Day> {
        match &self.when {
            When::Days(low, high) => {
                let day = later(posted, random.between(*low, *high));
                Some(if day < earliest {
                    later(earliest, random.between(0, 45))
                } else {
                    day
                })
            }
            When::Season(months) => {
                let first = earliest.max(posted.plus(12));
                let days: Vec<Day> = (0..70)
                    .map(|ahead| first.plus(ahead))
                    .filter(|day| months.contains(&day.ymd().1))
                    .collect();
                random.pick(&days).copied()
            }
        }
    }
}

fn later(day: Day, days: i64) -> Day {
    day.plus(i32::try_from(days).unwrap_or(0))
}

/// Puts numbers and words in their places: `{n}`, `{g1}`, and `{c/10}` for a number with one decimal.
pub(super) fn fill(
    text: &str,
    numbers: &Numbers,
    words: &BTreeMap<&str, String>,
) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        out.push_str(before);
        if let Some(word) = words.get(name) {
            out.push_str(word);
        } else if let Some(name) = name.strip_suffix("/10") {
            let tenths = numbers.get(name)?;
            out.push_str(&match (tenths / 10, tenths % 10) {
                (whole, 0) => whole.to_string(),
                (whole, tenth) => format!("{whole}.{tenth}"),
            });
        } else {
            out.push_str(&arithmetic::value(name, numbers)?.to_string());
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

fn content(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("# "))
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

fn templates_of(topic: Topic, file: &'static str, text: &str) -> Result<Vec<Template>, TextError> {
    let mut templates: Vec<Template> = Vec::new();
    for line in content(text) {
        let wrong = || TextError {
            file,
            problem: format!("cannot be read: {line}"),
        };
        if let Some(name) = line.strip_prefix("= ") {
            templates.push(Template::empty(topic, name));
            continue;
        }
        let template = templates.last_mut().ok_or_else(wrong)?;
        let (key, rest) = line.split_once(' ').ok_or_else(wrong)?;
        template.learn(key, rest).ok_or_else(wrong)?;
    }
    match templates.iter().find(|template| !template.is_complete()) {
        Some(template) => Err(TextError {
            file,
            problem: format!("{} says too little", template.name),
        }),
        None => Ok(templates),
    }
}

impl Template {
    fn empty(topic: Topic, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            topic,
            help: Help::Relief,
            weight: 1,
            urgent: 0,
            places: Vec::new(),
            numbers: Vec::new(),
            titles: Vec::new(),
            items: Vec::new(),
            persons: String::new(),
            households: None,
            budget: None,
            when: When::Days(60, 120),
            sentences: BTreeMap::new(),
            progress: Vec::new(),
            delivered: Vec::new(),
            disputes: Vec::new(),
            returns: Vec::new(),
        }
    }

    fn is_complete(&self) -> bool {
        let said = [&self.progress, &self.delivered, &self.disputes];
        said.iter().all(|texts| !texts.is_empty())
            && !self.titles.is_empty()
            && !self.items.is_empty()
            && !self.persons.is_empty()
            && self.sentences.len() >= 2
    }

    fn learn(&mut self, key: &str, rest: &str) -> Option<()> {
        let text = rest.to_owned();
        match key {
            "help" => self.help = named(rest)?,
            "weight" => self.weight = rest.parse().ok()?,
            "urgent" => self.urgent = rest.parse().ok()?,
            "where" => self.places = words(rest),
            "let" => {
                for rule in rest.split_whitespace() {
                    let (name, rule) = rule.split_once('=')?;
                    self.numbers.push((name.to_owned(), rule.to_owned()));
                }
            }
            "title" => self.titles.push(Variant::read(rest)),
            "item" => {
                let mut parts = rest.split('|').map(|part| part.trim().to_owned());
                self.items.push(ItemText {
                    name: parts.next()?,
                    quantity: parts.next()?,
                    unit: parts.next()?,
                });
            }
            "persons" => self.persons = text,
            "households" => self.households = Some(text),
            "budget" => self.budget = Some(text),
            "days" => {
                let (low, high) = rest.split_once("..")?;
                self.when = When::Days(low.parse().ok()?, high.parse().ok()?);
            }
            "season" => {
                let months: Result<Vec<u8>, _> = rest.split_whitespace().map(str::parse).collect();
                self.when = When::Season(months.ok()?);
            }
            "progress" => self.progress.push(text),
            "delivered" => self.delivered.push(text),
            "dispute" => self.disputes.push(text),
            "return" => {
                let (reason, rest) = rest.split_once(' ')?;
                let (words, repair) = rest.split_once(" => ")?;
                self.returns.push(ReturnText {
                    reason: named(reason)?,
                    words: words.to_owned(),
                    repair: repair.to_owned(),
                });
            }
            group => {
                let mut name = group.chars();
                let group = self.sentences.entry(name.next()?).or_default();
                group.may_be_left_out |= name.next() == Some('?');
                group.variants.push(Variant::read(rest));
            }
        }
        Some(())
    }
}

/// A word of the domain by its name on the wire.
fn named<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
}

fn lists(
    file: &'static str,
    text: &str,
    entries: impl Fn(&str) -> Vec<String>,
) -> Result<BTreeMap<String, Vec<String>>, TextError> {
    let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut name = None;
    for line in content(text) {
        match (line.strip_prefix("= "), &name) {
            (Some(heading), _) => name = Some(heading.to_owned()),
            (None, Some(name)) => lists.entry(name.clone()).or_default().extend(entries(line)),
            (None, None) => {
                return Err(TextError {
                    file,
                    problem: format!("no heading before: {line}"),
                });
            }
        }
    }
    Ok(lists)
}

fn places(text: &str) -> Result<BTreeMap<String, BTreeSet<String>>, TextError> {
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in content(text) {
        let mut counties = BTreeSet::new();
        for word in line.split_whitespace().skip(1) {
            match word.strip_prefix('@') {
                Some(other) => {
                    let known = places.get(other).cloned().ok_or_else(|| TextError {
                        file: "places.txt",
                        problem: format!("@{other} comes before it is told"),
                    })?;
                    counties.extend(known);
                }
                None => {
                    counties.insert(word.to_owned());
                }
            }
        }
        let tag = line.split_whitespace().next().unwrap_or_default();
        places.insert(tag.to_owned(), counties);
    }
    Ok(places)
}

fn patterns(text: &str) -> Result<Vec<OrgPattern>, TextError> {
    content(text)
        .map(|line| {
            pattern(line).ok_or_else(|| TextError {
                file: "organizations.txt",
                problem: format!("cannot be read: {line}"),
            })
        })
        .collect()
}

fn pattern(line: &str) -> Option<OrgPattern> {
    let mut parts = line.split_whitespace();
    let prefix = parts.next()?.to_owned();
    let kind = match prefix.as_str() {
        "51" => OrgKind::Association,
        "52" => OrgKind::ServiceAgency,
        "53" => OrgKind::Foundation,
        _ => return None,
    };
    Some(OrgPattern {
        kind,
        prefix,
        topics: parts.next()?.split(',').map(named).collect::<Option<_>>()?,
        name: parts.next()?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regions::Regions;
    use domain::Level;

    #[test]
    fn the_texts_can_be_read_and_are_enough() {
        let texts = Texts::load().expect("texts");
        assert!(texts.templates.len() >= 60, "{}", texts.templates.len());
        for topic in Topic::ALL {
            assert!(
                texts.templates.iter().filter(|t| t.topic == topic).count() >= 5,
                "{topic:?}"
            );
        }
        let mut names: Vec<_> = texts.templates.iter().map(|t| &t.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), texts.templates.len());
    }

    #[test]
    fn every_county_named_in_the_texts_exists_and_every_tag_is_told() {
        let texts = Texts::load().expect("texts");
        let regions = Regions::hunan().expect("regions");
        let counties: BTreeSet<_> = regions
            .level(Level::County)
            .map(|row| row.name.clone())
            .collect();
        for (tag, named) in &texts.places {
            let unknown: Vec<_> = named.difference(&counties).collect();
            assert!(unknown.is_empty(), "{tag}: {unknown:?}");
        }
        for template in &texts.templates {
            let fitting = counties
                .iter()
                .filter(|county| texts.fits(template, county))
                .count();
            assert!(fitting > 0, "{} fits nowhere", template.name);
        }
    }

    #[test]
    fn numbers_and_words_find_their_places() {
        let numbers = Numbers::from([("c".to_owned(), 26), ("n".to_owned(), 30)]);
        let words = BTreeMap::from([("g1", "木冲组".to_owned())]);
        let filled = fill("{g1}{n}斤，每斤{c/10}元", &numbers, &words);
        assert_eq!(filled.as_deref(), Some("木冲组30斤，每斤2.6元"));
        assert_eq!(fill("{m}", &numbers, &words), None);
    }
}

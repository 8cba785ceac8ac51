//! What lists can be filtered by, as choices.

use domain::Topic;
use domain::needs::NeedStage;

/// The first choice: anything.
#[must_use]
pub fn any(name: &str) -> Option<(String, String)> {
    Some((String::new(), name.to_owned()))
}

/// The topics as a choice, the first one is any.
#[must_use]
pub fn topics() -> Vec<(String, String)> {
    let named = Topic::ALL.map(|topic| (topic_value(topic).to_owned(), topic.label().to_owned()));
    any("所有类别").into_iter().chain(named).collect()
}

/// The value of a topic in its choice.
#[must_use]
pub fn topic_value(topic: Topic) -> &'static str {
    topic.label()
}

/// The topic of a choice.
#[must_use]
pub fn topic_of(value: &str) -> Option<Topic> {
    Topic::ALL
        .into_iter()
        .find(|topic| topic_value(*topic) == value)
}

/// The stages a bureau sees as a choice; the first one is any.
#[must_use]
pub fn stages() -> Vec<(String, String)> {
    let seen = NeedStage::ALL
        .into_iter()
        .filter(|stage| *stage != NeedStage::Draft);
    let named = seen.map(|stage| (stage.label().to_owned(), stage.label().to_owned()));
    std::iter::once((String::new(), "所有阶段".to_owned()))
        .chain(named)
        .collect()
}

/// The stage of a choice.
#[must_use]
pub fn stage_of(value: &str) -> Option<NeedStage> {
    NeedStage::ALL
        .into_iter()
        .find(|stage| stage.label() == value)
}

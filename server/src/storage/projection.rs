//! Projections: what the server keeps beside entities to answer questions over millions of them (a read model), and the terms of its index.

use super::StorageError;
use super::tables::{Value, Values};
use domain::{Entity, Level};

/// How many codes a city has; a city's number is a code divided by this, as the indexes of the migrations have it.
pub(super) const CITY: i64 = Level::City.codes().cast_signed();
/// The same for a county.
pub(super) const COUNTY: i64 = Level::County.codes().cast_signed();

/// The layout of [`ProjectionRow::terms`]. Raise it with every change of them: a database that was indexed with another one is indexed anew
/// when it is opened.
pub(super) const TERMS_LAYOUT: &str = "1";
/// Where `meta` says which layout a database is indexed with.
pub(super) const TERMS_KEY: &str = "terms";

/// What an entity is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectionRow {
    /// The entity's kind.
    pub kind: String,
    /// The entity.
    pub id: String,
    /// Where: a region's code.
    pub region: i64,
    /// Its topic's name; empty where there is none.
    pub topic: String,
    /// Its stage's name.
    pub stage: String,
    /// When it was last changed.
    pub updated_at: i64,
    /// Its texts, as `domain::text::fold` writes them.
    pub text: String,
}

impl ProjectionRow {
    /// The row of an entity, if its kind has one.
    #[must_use]
    pub fn of(entity: &Entity) -> Option<Self> {
        let (key, projection) = (entity.key(), entity.projection()?);
        Some(Self {
            kind: key.kind().name().to_owned(),
            id: key.id(),
            region: projection.region.number().cast_signed(),
            topic: projection.topic.as_ref().map(word).unwrap_or_default(),
            stage: projection.stage.to_owned(),
            updated_at: projection.updated_at.0,
            text: projection.text,
        })
    }

    /// The terms it is indexed by: those of its text, and one each for its city, county, topic and stage, so that a question which is
    /// rare only as a whole (a common word, in the wrong city) is rare for the index too. Both databases index the same terms.
    ///
    /// No term has white space in it, and those of texts have two characters at most, so the two sorts are never confused.
    #[must_use]
    pub fn terms(&self) -> Vec<String> {
        let mut terms = domain::text::terms(&self.text);
        terms.push(city(self.region));
        terms.push(county(self.region));
        terms.push(topic(&self.topic));
        terms.push(stage(&self.stage));
        terms
    }

    /// Whether another row of the same entity has the same terms: when only its time has changed, the index stays as it is.
    #[must_use]
    pub(super) fn has_terms_of(&self, other: &Self) -> bool {
        self.text == other.text
            && self.stage == other.stage
            && self.topic == other.topic
            && self.region == other.region
    }
}

impl TryFrom<&Values> for ProjectionRow {
    type Error = StorageError;

    /// From a row of the table, as copies carry it.
    fn try_from(values: &Values) -> Result<Self, StorageError> {
        use Value::{Integer, Text};
        let [
            Text(kind),
            Text(id),
            Integer(region),
            Text(topic),
            Text(stage),
            Integer(updated_at),
            Text(text),
        ] = values.as_slice()
        else {
            return Err(StorageError::Data("a row of projection".to_owned()));
        };
        Ok(Self {
            kind: kind.clone(),
            id: id.clone(),
            region: *region,
            topic: topic.clone(),
            stage: stage.clone(),
            updated_at: *updated_at,
            text: text.clone(),
        })
    }
}

pub(super) fn city(region: i64) -> String {
    format!("city:{}", region / CITY)
}

pub(super) fn county(region: i64) -> String {
    format!("county:{}", region / COUNTY)
}

pub(super) fn topic(name: &str) -> String {
    format!("topic:{name}")
}

pub(super) fn stage(name: &str) -> String {
    format!("stage:{name}")
}

/// The wire name of a plain enum: `public_service`.
pub(crate) fn word<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

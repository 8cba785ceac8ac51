//! The trait [`Kind`] that every kind of entity (aggregate root) implements, so that lists, feeds and queries are written once for
//! all kinds.

use crate::feeds::{Feed, Visibility};
use crate::figures::Counted;
use crate::jobs::Due;
use crate::needs::model::Topic;
use crate::region::RegionCode;
use crate::time::Millis;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// A kind of entity (an aggregate root). The table in `kinds` names all of them.
pub trait Kind: Sized {
    /// How it is identified.
    type Id;
    /// What lists filter and order by, in a fixed size.
    type Facts;
    /// What lists show and search, read when it is shown.
    type Texts;

    /// Its identifier.
    fn id(&self) -> Self::Id;

    /// Its summary: all that a list, a search or a count looks at.
    fn summary(&self) -> Summarized<Self::Facts, Self::Texts>;

    /// What a person would call it in a line: a title or a name; may be empty.
    fn title(texts: &Self::Texts) -> &str;

    /// Everything that a search on the phone looks through, as [`fold`](crate::text::fold) writes it.
    fn searched(texts: &Self::Texts) -> String;

    /// The feeds it sits in, and how much of it each one carries.
    fn placements(&self) -> Vec<(Feed, Visibility)>;

    /// What anybody who is signed in may see of it; none when it is for those alone who may see all of it.
    fn public(&self) -> Option<Self>;

    /// What officers' questions to the server look at; none when there are none about this kind.
    fn projection(&self) -> Option<Projection>;

    /// What will happen to it by itself, and when: at most one of each job. A pure function of the entity, like the projection.
    fn due(&self) -> Vec<Due> {
        Vec::new()
    }
}

/// A summary of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summarized<F, T> {
    /// What lists filter and order by.
    pub facts: F,
    /// What lists show and search.
    pub texts: T,
}

/// What the server keeps beside an entity to answer questions over millions of them (a read model). It is written in the same
/// transaction, and is a pure function of the entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Projection {
    /// Where: a village, town, county, city or province.
    pub region: RegionCode,
    /// Which field of help, where there is one.
    pub topic: Option<Topic>,
    /// The stage, by its name on the wire.
    pub stage: &'static str,
    /// When it last changed, by the server; the newest come first.
    pub updated_at: Millis,
    /// What a search looks through, as [`fold`](crate::text::fold) writes it.
    pub text: String,
    /// What it counts as, beside its stage.
    pub counted: Vec<Counted>,
}

//! Consistency check: whether what is stored agrees with itself. Pure: it looks at rows that were read in one snapshot.

use super::chain::Examined;
use super::due::DueRow;
use super::figures::{EntityFacts, FactRow, TallyRow, recomputed};
use super::projection::ProjectionRow;
use super::work_rows::view_number;
use domain::{Entity, EntityKind, Feed, Need, Visibility};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What does not agree with itself; empty when all is well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// One line for each, for the person who runs the server.
    pub wrong: Vec<String>,
    /// How many entities were looked at.
    pub entities: usize,
    /// How many placements were looked at.
    pub placements: usize,
    /// What the audit trail came to.
    pub trail: Examined,
}

/// Everything that is looked at.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    /// What the database itself finds wrong with its file.
    pub integrity: Vec<String>,
    /// The version of every feed.
    pub versions: HashMap<Feed, i64>,
    /// Kind, identifier and body of every entity.
    pub entities: Vec<(String, String, String)>,
    /// Every placement.
    pub placements: Vec<PlacementRow>,
    /// Every projection.
    pub projections: Vec<ProjectionRow>,
    /// Everything that is due.
    pub due: Vec<DueRow>,
    /// Every fact.
    pub facts: Vec<FactRow>,
    /// Every tally.
    pub tallies: Vec<TallyRow>,
    /// How many projections no search by terms finds.
    pub without_terms: i64,
    /// Clients and numbers of verdicts beyond the client's last number.
    pub beyond_last: Vec<(String, i64)>,
    /// What following the trail came to.
    pub trail: Examined,
}

/// A placement as it is stored.
#[derive(Clone, Debug)]
pub struct PlacementRow {
    /// The feed.
    pub feed: String,
    /// The entity's kind.
    pub kind: String,
    /// The entity's identifier.
    pub id: String,
    /// Since which version of the feed.
    pub ver: i64,
    /// How much of it.
    pub view: i64,
}

/// Looks at everything.
#[must_use]
pub fn examine(stored: Inspection) -> Findings {
    let mut found = Findings {
        wrong: stored.integrity,
        entities: stored.entities.len(),
        placements: stored.placements.len(),
        trail: stored.trail,
    };
    let mut projections: BTreeMap<(String, String), ProjectionRow> = stored
        .projections
        .into_iter()
        .map(|row| ((row.kind.clone(), row.id.clone()), row))
        .collect();
    let mut due: BTreeSet<DueRow> = stored.due.into_iter().collect();
    let mut counted = BTreeSet::new();
    let mut expected = expected_placements(
        stored.entities,
        &mut projections,
        &mut due,
        &mut counted,
        &mut found,
    );
    found.wrong.extend(due.into_iter().map(|row| {
        format!(
            "{}/{}: {} is due and should not be",
            row.kind, row.id, row.job
        )
    }));
    check_figures(&counted, stored.facts, stored.tallies, &mut found);
    for (kind, id) in projections.into_keys() {
        found.wrong.push(format!(
            "{kind}/{id} is found by questions and does not exist"
        ));
    }
    if stored.without_terms != 0 {
        let number = stored.without_terms;
        found
            .wrong
            .push(format!("{number} projections are without terms"));
    }
    for PlacementRow {
        feed,
        kind,
        id,
        ver,
        view,
    } in stored.placements
    {
        let at = format!("{kind}/{id} in {feed}");
        let known = feed
            .parse::<Feed>()
            .ok()
            .and_then(|f| stored.versions.get(&f))
            .copied()
            .unwrap_or(0);
        if ver > known {
            found
                .wrong
                .push(format!("{at} has version {ver}, the feed only {known}"));
        }
        let should = expected.remove(&(feed, kind, id)).map_or(0, view_number);
        if should != view {
            found
                .wrong
                .push(format!("{at} is shown as {view} and should be {should}"));
        }
    }
    found.wrong.extend(
        expected
            .into_keys()
            .map(|(feed, kind, id)| format!("{kind}/{id} is missing in {feed}")),
    );
    // Every number up to a client's last has exactly one verdict, unless it came under another client before.
    found
        .wrong
        .extend(stored.beyond_last.into_iter().map(|(client, seq)| {
            format!("client {client} has a verdict on {seq}, which is beyond its last number")
        }));
    found.wrong.append(&mut found.trail.wrong);
    found
}

fn expected_placements(
    entities: Vec<(String, String, String)>,
    projections: &mut BTreeMap<(String, String), ProjectionRow>,
    due: &mut BTreeSet<DueRow>,
    counted: &mut BTreeSet<FactRow>,
    found: &mut Findings,
) -> BTreeMap<(String, String, String), Visibility> {
    let mut expected = BTreeMap::new();
    for (kind, id, body) in entities {
        let read = EntityKind::from_name(&kind).map(|k| Entity::from_json(k, &body));
        let Some(Ok(entity)) = read else {
            found.wrong.push(format!("{kind}/{id} cannot be read"));
            continue;
        };
        let is = projections.remove(&(kind.clone(), id.clone()));
        if is != ProjectionRow::of(&entity) {
            found.wrong.push(format!(
                "{kind}/{id} is found by something else than it says"
            ));
        }
        for row in DueRow::of(&entity) {
            if !due.remove(&row) {
                let job = row.job;
                found.wrong.push(format!("{kind}/{id}: {job} is not due"));
            }
        }
        if let Some(facts) = EntityFacts::of(&entity) {
            counted.extend(facts.rows());
        }
        if let Entity::Need(need) = &entity {
            check_pledges(need, found);
        }
        for (feed, view) in entity.placements() {
            expected.insert((feed.to_string(), kind.clone(), id.clone()), view);
        }
    }
    expected
}

/// Facts are compared with those that entities have, tallies with the sums of all facts.
fn check_figures(
    counted: &BTreeSet<FactRow>,
    facts: Vec<FactRow>,
    tallies: Vec<TallyRow>,
    found: &mut Findings,
) {
    let facts: BTreeSet<FactRow> = facts.into_iter().collect();
    for fact in counted.symmetric_difference(&facts) {
        let FactRow { kind, id, name, .. } = fact;
        let how = if facts.contains(fact) {
            "counts and should not"
        } else {
            "does not count and should"
        };
        found.wrong.push(format!("{kind}/{id} {how}: {name}"));
    }
    let tallies: BTreeSet<TallyRow> = tallies.into_iter().collect();
    for tally in recomputed(facts.iter()).symmetric_difference(&tallies) {
        let TallyRow {
            region, kind, name, ..
        } = tally;
        found.wrong.push(format!(
            "the number of {kind}/{name} in {region} is not the sum of what it counts"
        ));
    }
}

fn check_pledges(need: &Need, found: &mut Findings) {
    for item in &need.content.items {
        let pledged = need.pledged(item.no);
        if pledged > item.quantity {
            found.wrong.push(format!(
                "need/{}: {} are pledged of item {}, {} are asked for",
                need.id, pledged, item.no.0, item.quantity
            ));
        }
    }
}

//! The audit trail: who changed what, when, before and after.

use super::StorageError;
use super::difference::Difference;
use domain::{Entity, Level, Millis, RegionCode, UserId};
use serde_json::Value;

/// The trail of who was shown the contact of a need or a pick stands under this kind and that identifier; each entry's body names the
/// organization and the command by which it came to see it, never the contact itself.
pub const CONTACT: &str = "contact";
/// The command of such an entry.
pub const CONTACT_SHOWN: &str = "ContactShown";

/// One entry of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When, by the server.
    pub at: Millis,
    /// Who; empty for what a server did by itself.
    pub user: String,
    /// From which device; none for what was not a person's mutation.
    pub client: Option<String>,
    /// By which command.
    pub command: String,
    /// The entity's JSON before; none if it was not there.
    pub before: Option<String>,
    /// The entity's JSON after.
    pub after: Option<String>,
}

/// What is stored of an entry: the whole body where the entity was new, else what changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEntry {
    /// When, by the server.
    pub at: Millis,
    /// Who.
    pub user: String,
    /// From which device.
    pub client: Option<String>,
    /// By which command.
    pub command: String,
    /// The body before, of entries that were kept whole.
    pub before: Option<String>,
    /// The body after, of entries that are kept whole.
    pub after: Option<String>,
    /// The [`Difference`], of all others.
    pub change: Option<String>,
    /// Whether it was refused, so that nothing changed.
    pub is_refused: bool,
}

/// The trail of one entity as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptTrail {
    /// The entries, oldest first.
    pub entries: Vec<KeptEntry>,
    /// The entity's body as it is now.
    pub body: Option<String>,
}

impl KeptTrail {
    /// The entries with the bodies before and after, made by going back from the body as it is now.
    pub(crate) fn entries(self) -> Result<Vec<AuditEntry>, StorageError> {
        let read = |text: Option<String>| -> Result<Option<Value>, StorageError> {
            Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
        };
        let mut now = read(self.body)?;
        let mut out = Vec::with_capacity(self.entries.len());
        for kept in self.entries.into_iter().rev() {
            let (before, after) = match kept.change {
                None if kept.is_refused => (now.clone(), now),
                None => (read(kept.before)?, read(kept.after)?),
                Some(change) => {
                    let change: Difference = serde_json::from_str(&change)?;
                    // A body that was replaced past the trail ends what can be told.
                    let before = now.clone().and_then(|after| change.undo(after));
                    (before, now)
                }
            };
            out.push(AuditEntry {
                at: kept.at,
                user: kept.user,
                client: kept.client,
                command: kept.command,
                before: before.as_ref().map(ToString::to_string),
                after: after.as_ref().map(ToString::to_string),
            });
            now = before;
        }
        out.reverse();
        Ok(out)
    }
}

/// A change to one entity that somebody made in the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: Millis,
    /// Who.
    pub user: UserId,
    /// By which command.
    pub command: &'static str,
    /// The entity before; none if it was not there.
    pub before: Option<Entity>,
    /// The entity after.
    pub after: Entity,
}

/// Which entries of the whole trail are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrailQuery {
    /// Of this county, city or province; all of them without it.
    pub region: Option<RegionCode>,
    /// From this time on.
    pub from: Option<Millis>,
    /// Before this time.
    pub until: Option<Millis>,
    /// By this person.
    pub user: Option<String>,
    /// By this command.
    pub command: Option<String>,
    /// About entities of this kind.
    pub kind: Option<String>,
    /// About this one.
    pub id: Option<String>,
    /// Only what was refused, or only what was not.
    pub refused: Option<bool>,
    /// Older than the entry of this number (keyset paging).
    pub before: Option<i64>,
    /// At most so many.
    pub limit: i64,
}

impl TrailQuery {
    /// The region with what its code is divided by, where the index finds it at once.
    pub(crate) fn area(&self) -> Option<(i64, i64)> {
        let region = self.region?;
        let codes = region.level().codes();
        let by = |codes: u64| (codes.cast_signed(), (region.number() / codes).cast_signed());
        (region.level() != Level::Province).then(|| by(codes))
    }

    /// Whether only what lies in a region is wanted: of a province all there is, without what was done to the installation.
    pub(crate) fn in_some_region(&self) -> bool {
        self.region.is_some()
    }
}

/// One entry of the whole trail, as it is stored, with who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailRow {
    /// Its number.
    pub no: i64,
    /// When, by the server.
    pub at: Millis,
    /// Who.
    pub user: Option<String>,
    /// The person and their role as JSON, as they are now.
    pub actor: Option<String>,
    /// From which device.
    pub client: Option<String>,
    /// By which command.
    pub command: String,
    /// The kind of what it is about.
    pub kind: String,
    /// Which one.
    pub id: String,
    /// The body before, of entries that were kept whole.
    pub before: Option<String>,
    /// The body after, of entries that are kept whole.
    pub after: Option<String>,
    /// The [`Difference`], of all others.
    pub change: Option<String>,
    /// Why it was refused, as JSON.
    pub refused: Option<String>,
    /// Of which kind the entity is that it is about, or whose contact was shown.
    pub of: Option<String>,
    /// The body of that entity, as it is now.
    pub body: Option<String>,
}

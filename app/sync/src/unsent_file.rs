//! Unsent work as a file: written when a device may not get to send it, read back in on this device or on another one. Mutation ids
//! stay as they are (idempotency keys), so what the server has already is not done twice.

use crate::outbox::{Entry, Notice};
use crate::wire::{MAX_MUTATION_BYTES, Mutation};
use domain::text::read_json;
use domain::{ClientId, Millis, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The name of the format without its number.
const FORMAT: &str = "xiangdan-unsent-";
/// The format's number. Fields may be added under the same one.
const NUMBER: u32 = 1;
/// A longer text is no file of ours: years of a busy village are less.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// All unsent work of one person on one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnsentFile {
    format: String,
    client: ClientId,
    user: UserId,
    saved_at: Millis,
    mutations: Vec<Mutation>,
    #[serde(default)]
    refused: Vec<Notice>,
}

/// Why a text is not read in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnsentFileError {
    /// It is something else.
    #[error("no file of unsent work")]
    NotOurs,
    /// It is a file of ours that was cut off or changed.
    #[error("a damaged file of unsent work")]
    Damaged,
    /// A newer version of the page wrote it.
    #[error("a file of a newer version")]
    Newer,
    /// It is somebody else's work, which only they may send.
    #[error("somebody else's work")]
    OtherUser,
    /// There is no work in it.
    #[error("an empty file")]
    Empty,
}

impl UnsentFile {
    pub(crate) fn new(
        user: UserId,
        client: ClientId,
        saved_at: Millis,
        mutations: Vec<Mutation>,
        refused: Vec<Notice>,
    ) -> Self {
        Self {
            format: format!("{FORMAT}{NUMBER}"),
            client,
            user,
            saved_at,
            mutations,
            refused,
        }
    }

    pub(crate) fn to_json(&self) -> String {
        // Texts and whole numbers can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a text, such as the content of a file or what was pasted, as work of this person.
    ///
    /// # Errors
    /// Why it is not taken; nothing has changed then.
    pub fn read(text: &str, user: UserId) -> Result<Self, UnsentFileError> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
        }
        // Editors and messengers put a byte order mark or blank lines around it.
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.len() > MAX_BYTES {
            return Err(UnsentFileError::NotOurs);
        }
        let Ok(head) = read_json::<Head>(text) else {
            return Err(if text.starts_with('{') && text.contains(FORMAT) {
                UnsentFileError::Damaged
            } else {
                UnsentFileError::NotOurs
            });
        };
        let number = head.format.strip_prefix(FORMAT);
        match number.and_then(|n| n.parse::<u32>().ok()) {
            None => return Err(UnsentFileError::NotOurs),
            Some(NUMBER) => {}
            Some(_) => return Err(UnsentFileError::Newer),
        }
        let file: Self = read_json(text).map_err(|_| UnsentFileError::Damaged)?;
        if file.user != user {
            return Err(UnsentFileError::OtherUser);
        }
        if !file.is_sound() {
            return Err(UnsentFileError::Damaged);
        }
        if file.mutations.is_empty() && file.refused.is_empty() {
            return Err(UnsentFileError::Empty);
        }
        Ok(file)
    }

    /// Whether the outbox could have held this. A mutation that no request can carry would block all that follow it.
    fn is_sound(&self) -> bool {
        let ids: BTreeSet<_> = self.mutations.iter().map(|m| m.id).collect();
        let can_travel = |m: &Mutation| {
            let args = m.args.get();
            !m.name.is_empty() && args.starts_with('{') && args.len() <= MAX_MUTATION_BYTES
        };
        ids.len() == self.mutations.len() && self.mutations.iter().all(can_travel)
    }

    /// What was not sent, in its order, as the outbox holds it.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        self.mutations.iter().map(|m| Entry {
            id: m.id,
            name: m.name.clone(),
            v: m.v,
            args: m.args.clone(),
            at: m.at,
        })
    }

    /// Rejections that had not been put away.
    pub(crate) fn refused(&self) -> &[Notice] {
        &self.refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Json;
    use domain::MutationId;
    use proptest::prelude::*;

    fn user(n: u8) -> UserId {
        UserId::from_random([n; 16])
    }

    fn mutation(n: u8, args: &str) -> Mutation {
        Mutation {
            seq: u64::from(n),
            id: MutationId::from_random([n; 16]),
            name: "SubmitNeed".to_owned(),
            v: 1,
            args: Json::new(args.to_owned()).unwrap_or_else(|e| panic!("{e}")),
            at: Millis(5),
        }
    }

    fn file(mutations: Vec<Mutation>) -> UnsentFile {
        UnsentFile::new(
            user(1),
            ClientId::from_random([9; 16]),
            Millis(7),
            mutations,
            Vec::new(),
        )
    }

    fn refused(text: &str) -> Option<UnsentFileError> {
        UnsentFile::read(text, user(1)).err()
    }

    #[test]
    fn what_was_written_is_read_whatever_stands_around_it() {
        let file = file(vec![mutation(1, "{}"), mutation(2, r#"{"need":"…"}"#)]);
        let text = file.to_json();
        for text in [
            text.clone(),
            format!("\u{feff}{text}\r\n"),
            format!("\n  {text}"),
        ] {
            assert_eq!(UnsentFile::read(&text, user(1)), Ok(file.clone()));
        }
    }

    #[test]
    fn the_format_is_what_earlier_releases_wrote() {
        let text = concat!(
            r#"{"format":"xiangdan-unsent-1","client":"09090909-0909-4909-8909-090909090909","#,
            r#""user":"01010101-0101-4101-8101-010101010101","saved_at":7,"mutations":[{"seq":1,"#,
            r#""id":"01010101-0101-4101-8101-010101010101","name":"SubmitNeed","v":1,"args":{},"at":5}],"refused":[]}"#
        );
        assert_eq!(file(vec![mutation(1, "{}")]).to_json(), text);
    }

    #[test]
    fn whatever_is_not_work_of_this_person_is_refused_with_its_reason() {
        let good = file(vec![mutation(1, "{}")]).to_json();
        let other = UnsentFile::read(&good, user(2)).err();
        assert_eq!(other, Some(UnsentFileError::OtherUser));
        for foreign in [
            "",
            "x",
            "{}",
            "[1]",
            r#"{"format":"word"}"#,
            r#"{"format":5}"#,
            "需求",
        ] {
            assert_eq!(
                refused(foreign),
                Some(UnsentFileError::NotOurs),
                "{foreign}"
            );
        }
        let newer = good.replace("unsent-1", "unsent-2");
        assert_eq!(refused(&newer), Some(UnsentFileError::Newer));
        for damaged in [
            good[..good.len() - 3].to_owned(),
            good.replace(r#""args":{}"#, r#""args":[]"#),
            good.replace(r#""name":"SubmitNeed""#, r#""name":"""#),
            good.replace(r#""at":5"#, r#""at":"five""#),
            file(vec![mutation(1, "{}"), mutation(1, "{}")]).to_json(),
            file(vec![mutation(
                1,
                &format!(r#"{{"a":"{}"}}"#, "x".repeat(MAX_MUTATION_BYTES)),
            )])
            .to_json(),
        ] {
            assert_eq!(refused(&damaged), Some(UnsentFileError::Damaged));
        }
        assert_eq!(
            refused(&file(Vec::new()).to_json()),
            Some(UnsentFileError::Empty)
        );
    }

    proptest! {
        /// However a file was cut or changed, it is read or refused, and what is read is this person's.
        #[test]
        fn a_changed_file_is_read_or_refused(at in 0_usize..400, byte in any::<u8>(), cut in any::<bool>()) {
            let mut bytes = file(vec![mutation(1, "{}"), mutation(2, "{}")]).to_json().into_bytes();
            let at = at % bytes.len();
            if cut { bytes.truncate(at) } else { bytes[at] = byte }
            let text = String::from_utf8_lossy(&bytes);
            if let Ok(read) = UnsentFile::read(&text, user(1)) {
                prop_assert_eq!(read.user, user(1));
                prop_assert!(read.is_sound());
            }
        }
    }
}

//! What a database says of the key that its values are sealed with. Each database has this mark, and whoever writes sealed values reads it in
//! the same transaction: so no tab can write what only a key opens that another tab has just taken away.
//!
//! A value that is not sealed can be read by everybody, so writing one is always allowed; the next start seals it. A key that was ended never
//! counts again.

use sync::ports::{Area, Database as Which};

/// The key of the mark, in an area whose names are not sealed.
pub(crate) const SEALED_WITH: &str = "sealed_with";

/// Where a database keeps its mark.
pub(crate) fn area(which: Which) -> Area {
    match which {
        Which::Durable => Area::Identity,
        Which::Cache => Area::State,
    }
}

/// The mark of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The name of the key that new values are sealed with; empty if they are not.
    now: String,
    /// The names of keys that do not count any more.
    ended: Vec<String>,
}

impl Mark {
    /// As it was read.
    pub(crate) fn read(stored: Option<&[u8]>) -> Self {
        let text = stored.map(String::from_utf8_lossy).unwrap_or_default();
        let mut lines = text.split('\n').map(str::to_owned);
        Self {
            now: lines.next().unwrap_or_default(),
            ended: lines.collect(),
        }
    }

    /// As it is stored.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut lines = vec![self.now.as_str()];
        lines.extend(self.ended.iter().map(String::as_str));
        lines.join("\n").into_bytes()
    }

    /// Whether values are sealed with this key now.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.now == name
    }

    /// Begins with this key, unless it was ended or another one counts.
    pub(crate) fn begin(&mut self, name: &str) {
        if self.now.is_empty() && !self.ended.iter().any(|ended| ended == name) {
            name.clone_into(&mut self.now);
        }
    }

    /// Ends this key, for good.
    pub(crate) fn end(&mut self, name: &str) {
        if self.now == name {
            self.now.clear();
        }
        if !self.ended.iter().any(|ended| ended == name) {
            self.ended.push(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn a_key_that_was_ended_never_counts_again() {
        let mut mark = Mark::read(None);
        mark.begin("a");
        assert!(mark.is("a"));
        mark.begin("b");
        assert!(mark.is("a"), "one key at a time");
        mark.end("a");
        mark.begin("a");
        assert!(!mark.is("a"));
        mark.begin("b");
        mark.end("a");
        assert!(mark.is("b"));
        assert_eq!(Mark::read(Some(&mark.bytes())), mark);
        assert_eq!(Mark::read(Some(&Mark::default().bytes())), Mark::default());
    }
}

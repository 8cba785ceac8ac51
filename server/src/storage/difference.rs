//! What a change changed: the audit trail keeps differences, since an order whose reports add up would otherwise be stored whole, twice, with
//! every one of them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A reversible difference between two JSON values: with it, either of them gives the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Difference(Vec<Edit>);

/// What changed in one place. Bodies have no nulls, so null counts as "not there".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Edit {
    /// Where: a JSON pointer (RFC 6901).
    at: String,
    /// What was there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    old: Option<Value>,
    /// What is there after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    new: Option<Value>,
}

impl Difference {
    /// What turns one value into the other.
    #[must_use]
    pub fn between(before: &Value, after: &Value) -> Self {
        let mut edits = Vec::new();
        compare(&mut String::new(), Some(before), Some(after), &mut edits);
        Self(edits)
    }

    /// Each place that differs, with the value before and the one after.
    pub fn values(&self) -> impl Iterator<Item = (&str, Option<&Value>, Option<&Value>)> {
        let edits = self.0.iter();
        edits.map(|edit| (edit.at.as_str(), edit.old.as_ref(), edit.new.as_ref()))
    }

    /// The value before, from the one after; none when the difference does not belong to it.
    #[must_use]
    pub fn undo(&self, mut after: Value) -> Option<Value> {
        // What was added goes first, from the end of each array; then what was there comes back, in the order of the array.
        for edit in self.0.iter().rev().filter(|e| e.old.is_none()) {
            let removed = take(&mut after, &edit.at)?;
            (Some(removed) == edit.new).then_some(())?;
        }
        for edit in &self.0 {
            let Some(old) = &edit.old else { continue };
            put(&mut after, &edit.at, edit.new.as_ref(), old.clone())?;
        }
        Some(after)
    }
}

fn compare(at: &mut String, before: Option<&Value>, after: Option<&Value>, out: &mut Vec<Edit>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let added = b.keys().filter(|key| !a.contains_key(*key));
            for key in a.keys().chain(added) {
                inside(at, &escaped(key), a.get(key), b.get(key), out);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            for n in 0..a.len().max(b.len()) {
                inside(at, &n.to_string(), a.get(n), b.get(n), out);
            }
        }
        _ => out.push(Edit {
            at: at.clone(),
            old: before.cloned(),
            new: after.cloned(),
        }),
    }
}

fn inside(
    at: &mut String,
    step: &str,
    before: Option<&Value>,
    after: Option<&Value>,
    out: &mut Vec<Edit>,
) {
    let length = at.len();
    at.push('/');
    at.push_str(step);
    compare(at, before, after, out);
    at.truncate(length);
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The container of a place, and the last step to it.
fn container<'a>(value: &'a mut Value, at: &str) -> Option<(&'a mut Value, String)> {
    let (path, step) = at.rsplit_once('/')?;
    let step = step.replace("~1", "/").replace("~0", "~");
    Some((value.pointer_mut(path)?, step))
}

fn take(value: &mut Value, at: &str) -> Option<Value> {
    match container(value, at)? {
        (Value::Object(object), key) => object.remove(&key),
        (Value::Array(array), n) => {
            let is_last = n.parse::<usize>().ok()? + 1 == array.len();
            is_last.then(|| array.pop())?
        }
        _ => None,
    }
}

/// Puts `old` where `new` is; where nothing is, `new` is none.
fn put(value: &mut Value, at: &str, new: Option<&Value>, old: Value) -> Option<()> {
    if at.is_empty() {
        (new == Some(value)).then_some(())?;
        *value = old;
        return Some(());
    }
    match (container(value, at)?, new) {
        ((Value::Object(object), key), new) => {
            (object.get(&key) == new).then_some(())?;
            object.insert(key, old);
        }
        ((Value::Array(array), n), new) => {
            let n = n.parse::<usize>().ok()?;
            if n == array.len() && new.is_none() {
                array.push(old);
            } else {
                let there = array.get_mut(n)?;
                (Some(&*there) == new).then_some(())?;
                *there = old;
            }
        }
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_report_that_is_added_is_all_that_is_kept() {
        let before = json!({ "progress": [{ "text": "一" }], "updated_at": 1, "a/b": 1 });
        let after =
            json!({ "progress": [{ "text": "一" }, { "text": "二" }], "updated_at": 2, "a/b": 2 });
        let difference = Difference::between(&before, &after);
        let kept = serde_json::to_value(&difference).expect("json");
        let expected = json!([
            { "at": "/a~1b", "old": 1, "new": 2 },
            { "at": "/progress/1", "new": { "text": "二" } },
            { "at": "/updated_at", "old": 1, "new": 2 },
        ]);
        assert_eq!(kept, expected);
        assert_eq!(difference.undo(after), Some(before.clone()));
        // It does not belong to any other value.
        assert_eq!(difference.undo(before), None);
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            (0..4_u8).prop_map(Value::from),
            "[a-c/~]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c/~]{1,2}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn either_value_gives_the_other(before in value(), after in value()) {
            let difference = Difference::between(&before, &after);
            let text = serde_json::to_string(&difference).map_err(|e| TestCaseError::fail(e.to_string()))?;
            let read: Difference = serde_json::from_str(&text).map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert_eq!(&read, &difference);
            prop_assert_eq!(read.undo(after), Some(before));
        }
    }
}

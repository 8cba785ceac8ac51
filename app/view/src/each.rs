use crate::live::effect;
use crate::view::{IntoView, View};
use leptos::prelude::{Owner, document, untrack};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::rc::Rc;
use web_sys::Node;

/// Makes a row when it is first needed.
type Make = Box<dyn FnOnce() -> View>;

/// A list whose rows stay what they are, and where the focus is, while others come and go: a row is made once for its key.
/// Keys are told apart by a hash of 64 bits; two rows of one list with the same hash would be one in 10¹⁵ lists.
pub fn each<T, K, V, I>(
    items: impl Fn() -> I + 'static,
    key: impl Fn(&T) -> K + 'static,
    child: impl Fn(T) -> V + 'static,
) -> View
where
    I: IntoIterator<Item = T>,
    T: 'static,
    K: Hash,
    V: IntoView,
{
    let child = Rc::new(child);
    rows(Box::new(move || {
        let row = |item: T| -> (u64, Make) {
            let mut hasher = DefaultHasher::new();
            key(&item).hash(&mut hasher);
            let child = Rc::clone(&child);
            (hasher.finish(), Box::new(move || child(item).into_view()))
        };
        items().into_iter().map(row).collect()
    }))
}

/// A row in the document: an element, or all from one node to another.
struct Row {
    key: u64,
    owner: Owner,
    first: Node,
    last: Node,
}

fn rows(wanted: Box<dyn Fn() -> Vec<(u64, Make)>>) -> View {
    let home = document().create_document_fragment();
    let end: Node = document().create_text_node("").into();
    let _placed = home.append_child(&end);
    let outer = Owner::current();
    let mut shown: Vec<Row> = Vec::new();
    effect(Box::new(move || {
        let wanted = wanted();
        // Mostly in the order in which they are wanted again: the first one looked at is the one.
        let mut old = std::mem::take(&mut shown);
        for (key, make) in wanted {
            let place = old.iter().position(|row| row.key == key);
            let row = place.map(|place| old.remove(place));
            shown.push(row.unwrap_or_else(|| Row::new(key, outer.as_ref(), make)));
        }
        let Some(parent) = end.parent_node() else {
            return;
        };
        for row in old {
            row.owner.cleanup();
            row.each_node(|node| {
                let _removed = parent.remove_child(node);
            });
        }
        let mut before = end.clone();
        for row in shown.iter().rev() {
            if row.last.next_sibling().as_ref() != Some(&before) {
                row.each_node(|node| {
                    let _moved = parent.insert_before(node, Some(&before));
                });
            }
            before = row.first.clone();
        }
    }));
    View::Node(home.into())
}

impl Row {
    fn new(key: u64, outer: Option<&Owner>, make: Make) -> Self {
        // Owned by the list, not by one run of its effect.
        let owner = outer.map_or_else(Owner::new, |outer| outer.with(Owner::new));
        let view = owner.with(|| untrack(make));
        let (first, last) = match view {
            View::Node(node) if node.node_type() == Node::ELEMENT_NODE => (node.clone(), node),
            view => {
                let fragment = document().create_document_fragment();
                let ends = [(); 2].map(|()| Node::from(document().create_text_node("")));
                let [first, last] = ends;
                let _placed = fragment.append_child(&first);
                view.append_to(&fragment);
                let _placed = fragment.append_child(&last);
                (first, last)
            }
        };
        Self {
            key,
            owner,
            first,
            last,
        }
    }

    fn each_node(&self, act: impl Fn(&Node)) {
        let mut next = Some(self.first.clone());
        while let Some(node) = next {
            next = node.next_sibling().filter(|_| node != self.last);
            act(&node);
        }
    }
}

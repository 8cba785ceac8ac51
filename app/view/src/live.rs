use crate::view::View;
use leptos::prelude::{RenderEffect, document, on_cleanup};
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusOptions, HtmlElement, Node, Text};

/// Runs now, and again whenever a signal that was read changes, for as long as the owner lives.
pub fn effect(mut run: Box<dyn FnMut()>) {
    let effect = RenderEffect::new(move |_: Option<()>| run());
    on_cleanup(move || drop(effect));
}

/// A part of a view that is made anew whenever a signal that was read changes.
pub(crate) fn region(make: Box<dyn Fn() -> View>) -> View {
    let home = document().create_document_fragment();
    let mut shown = None;
    let parent = home.clone();
    effect(Box::new(move || {
        let view = make();
        shown = Some(match shown.take() {
            None => Shown::first(&parent, view),
            Some(shown) => Shown::replace(shown, view),
        });
    }));
    View::Node(home.into())
}

/// What a region shows: text, which is most common and changes in place, or any nodes between two empty texts.
enum Shown {
    Text(Text),
    Between(Node, Node),
}

impl Shown {
    fn first(parent: &Node, view: View) -> Self {
        let end = document().create_text_node("");
        let _placed = parent.append_child(&end);
        Self::Text(end).replace(view)
    }

    fn replace(self, view: View) -> Self {
        match (self, view) {
            (Self::Text(node), View::Text(text)) => {
                node.set_data(&text);
                Self::Text(node)
            }
            (Self::Text(node), View::Empty) => {
                node.set_data("");
                Self::Text(node)
            }
            (Self::Text(end), view) => {
                end.set_data("");
                let start = document().create_text_node("");
                if let Some(parent) = end.parent_node() {
                    let _placed = parent.insert_before(&start, Some(&end));
                    view.insert(&parent, Some(&end));
                }
                Self::Between(start.into(), end.into())
            }
            (Self::Between(start, end), view) => {
                if let Some(parent) = end.parent_node() {
                    let focus = Focus::inside(&parent, &start);
                    remove_between(&parent, &start, &end);
                    view.insert(&parent, Some(&end));
                    if let Some(focus) = focus {
                        focus.give_back(&start);
                    }
                }
                Self::Between(start, end)
            }
        }
    }
}

fn remove_between(parent: &Node, start: &Node, end: &Node) {
    while let Some(node) = start.next_sibling() {
        if node == *end {
            return;
        }
        let _removed = parent.remove_child(&node);
    }
}

/// Where the focus is inside a region: the way down to it, counted in elements. What is made anew usually looks like what
/// was there, and somebody at a keyboard must not be thrown out because a row arrived.
struct Focus {
    tag: String,
    /// From the region's own elements down.
    path: Vec<usize>,
}

impl Focus {
    fn inside(parent: &Node, start: &Node) -> Option<Self> {
        let focused = document().active_element()?;
        if !parent.contains(Some(&focused)) || *parent == *AsRef::<Node>::as_ref(&focused) {
            return None;
        }
        let mut path = Vec::new();
        let mut at = focused.clone();
        loop {
            let above = at.parent_node()?;
            let top = above == *parent;
            let mut before = 0;
            let mut sibling = at.previous_sibling();
            loop {
                match sibling {
                    // Not between the two ends, but before them.
                    None if top => return None,
                    None => break,
                    Some(node) if top && node == *start => break,
                    Some(node) => {
                        before += usize::from(node.node_type() == Node::ELEMENT_NODE);
                        sibling = node.previous_sibling();
                    }
                }
            }
            path.push(before);
            if top {
                break;
            }
            at = above.dyn_into::<Element>().ok()?;
        }
        path.reverse();
        Some(Self {
            tag: focused.tag_name(),
            path,
        })
    }

    fn give_back(&self, start: &Node) {
        if let Some(element) = self.find(start)
            && element.tag_name() == self.tag
        {
            let options = FocusOptions::new();
            options.set_prevent_scroll(true);
            // What cannot have the focus leaves it where it is.
            let _focused = element.focus_with_options(&options);
        }
    }

    fn find(&self, start: &Node) -> Option<HtmlElement> {
        let mut next = start.next_sibling();
        let mut found: Option<Element> = None;
        for steps in &self.path {
            let mut left = *steps;
            found = loop {
                let node = next?;
                next = node.next_sibling();
                if let Ok(element) = node.dyn_into::<Element>() {
                    if left == 0 {
                        break Some(element);
                    }
                    left -= 1;
                }
            };
            next = found.as_ref()?.first_child();
        }
        found?.dyn_into().ok()
    }
}

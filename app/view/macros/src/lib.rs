//! The `view!` macro. It reads the same HTML-like syntax as Leptos' own and writes calls of the functions in crate `view`,
//! which are compiled once. Leptos' macro gives every element a type of its own, and so functions of its own; with
//! erased types that was two thirds of the page's wasm (`docs/decisions/0004-small-views.md`).
//!
//! What it knows, and nothing else:
//!
//! | syntax | meaning |
//! |---|---|
//! | `<div class="card">…</div>` | an element |
//! | `name=value` | an attribute: text, number, `bool`, `Option` of them, or a closure that gives one |
//! | `class:name=value` | a class that is there while the value is true |
//! | `style:name=value` | one property of the style |
//! | `prop:name=value` | a property of the DOM object, set after the children |
//! | `on:event=handler` | a listener; `on:event:target=handler` also knows its element |
//! | `node_ref=name` | gives the element to a `NodeRef` |
//! | `"text"`, `{expression}` | a child |
//! | `<Name prop=value>…</Name>` | a component |
//! | `<For each=… key=… let:item>…</For>` | a keyed list; or `children=` with a function |
#![forbid(unsafe_code)]

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use rstml::node::{KeyedAttribute, Node, NodeAttribute, NodeElement, NodeName};
use rstml::{Infallible, Parser, ParserConfig};
use syn::spanned::Spanned as _;

/// HTML in Rust: see the crate's documentation.
#[proc_macro]
pub fn view(tokens: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let parser = Parser::new(ParserConfig::default().recover_block(true));
    let (nodes, errors) = parser.parse_recoverable(tokens).split_vec();
    let errors: Vec<_> = errors
        .into_iter()
        .map(proc_macro2_diagnostics::Diagnostic::emit_as_expr_tokens)
        .collect();
    let view = fragment(&nodes);
    quote! {{ #(#errors;)* #view }}.into()
}

/// Several nodes side by side as one `View`.
fn fragment(nodes: &[Node<Infallible>]) -> TokenStream {
    let mut views: Vec<TokenStream> = nodes.iter().filter_map(view_of).collect();
    match views.len() {
        0 => quote!(::view::View::Empty),
        1 => views.remove(0),
        _ => quote!(::view::fragment([#(#views),*])),
    }
}

/// One node as a `View`.
fn view_of(node: &Node<Infallible>) -> Option<TokenStream> {
    Some(match node {
        Node::Element(element) => match component_name(element.name()) {
            Some(_) => component(element),
            None => {
                let mut text = String::new();
                if markup(element, &mut text) {
                    quote!(::view::dom::parsed(#text))
                } else {
                    let element = html(element);
                    quote!(::view::View::from(#element))
                }
            }
        },
        Node::Text(text) => {
            let text = &text.value;
            quote!(::view::View::from(#text))
        }
        Node::Block(block) => quote!(::view::IntoView::into_view(#[allow(unused_braces)] #block)),
        Node::Fragment(several) => fragment(&several.children),
        Node::Comment(_) => return None,
        other => syn::Error::new(other.span(), "text must stand in quotes").to_compile_error(),
    })
}

/// The path of a component; HTML's own elements are in lower case.
fn component_name(name: &NodeName) -> Option<&syn::ExprPath> {
    let NodeName::Path(path) = name else {
        return None;
    };
    let last = path.path.segments.last()?.ident.to_string();
    last.starts_with(char::is_uppercase).then_some(path)
}

/// An element of HTML as an expression of type `web_sys::Element`.
fn html(element: &NodeElement<Infallible>) -> TokenStream {
    let tag = element.name().to_string();
    // What never changes is one text for all: `class\0card\0role\0list`.
    let mut fixed = String::new();
    let mut before = Vec::new();
    let mut after = Vec::new();
    for attribute in element.attributes() {
        match attribute {
            NodeAttribute::Attribute(attribute) if plain(attribute).is_some() => {
                let (name, value) = plain(attribute).unwrap_or_default();
                for part in [name, value] {
                    fixed.push_str(&part);
                    fixed.push('\0');
                }
            }
            NodeAttribute::Attribute(attribute) => {
                let (call, late) = html_attribute(&tag, attribute);
                if late { &mut after } else { &mut before }.push(call);
            }
            NodeAttribute::Block(block) => before.push(
                syn::Error::new(block.span(), "an attribute needs a name").to_compile_error(),
            ),
        }
    }
    let children = children(&element.children);
    let span = element.name().span();
    quote_spanned! { span => {
        let __element = ::view::dom::element(#tag, #fixed);
        #(#before;)*
        #(#children;)*
        #(#after;)*
        __element
    }}
}

/// What puts the children into `__element`. Neighbours that never change are one piece of HTML, which the browser reads
/// faster than it is told node by node, and which takes a tenth of the program.
fn children(nodes: &[Node<Infallible>]) -> Vec<TokenStream> {
    let mut calls = Vec::new();
    let mut still = String::new();
    for node in nodes {
        let before = still.len();
        let is_still = match node {
            Node::Element(child) => markup(child, &mut still),
            Node::Text(text) => {
                escape(&text.value.value(), &mut still);
                true
            }
            Node::Comment(_) => true,
            _ => false,
        };
        if is_still {
            continue;
        }
        still.truncate(before);
        if !still.is_empty() {
            calls.push(quote!(::view::dom::markup(&__element, #still)));
            still.clear();
        }
        calls.push(match node {
            Node::Element(child) if component_name(child.name()).is_none() => {
                let child = html(child);
                quote!(::view::dom::push(&__element, &#child))
            }
            node => match view_of(node) {
                Some(view) => quote!(::view::dom::insert(&__element, #view)),
                None => continue,
            },
        });
    }
    if !still.is_empty() {
        calls.push(quote!(::view::dom::markup(&__element, #still)));
    }
    calls
}

/// Elements without an end.
const VOID: [&str; 4] = ["br", "hr", "img", "input"];

/// Writes an element of which nothing ever changes as HTML; or says that something may.
fn markup(element: &NodeElement<Infallible>, out: &mut String) -> bool {
    if component_name(element.name()).is_some() {
        return false;
    }
    let tag = element.name().to_string();
    out.push('<');
    out.push_str(&tag);
    for attribute in element.attributes() {
        let NodeAttribute::Attribute(attribute) = attribute else {
            return false;
        };
        let Some((name, value)) = plain(attribute) else {
            return false;
        };
        out.push(' ');
        out.push_str(&name);
        out.push_str("=\"");
        escape(&value, out);
        out.push('"');
    }
    out.push('>');
    let is_still = element.children.iter().all(|node| match node {
        Node::Element(child) => markup(child, out),
        Node::Text(text) => {
            escape(&text.value.value(), out);
            true
        }
        Node::Comment(_) => true,
        _ => false,
    });
    if !VOID.contains(&tag.as_str()) {
        out.push_str("</");
        out.push_str(&tag);
        out.push('>');
    }
    is_still
}

/// The name and value of an attribute that never changes.
fn plain(attribute: &KeyedAttribute) -> Option<(String, String)> {
    let name = attribute.key.to_string();
    if name.contains(':') || name == "node_ref" {
        return None;
    }
    match attribute.value() {
        None => Some((name, String::new())),
        Some(syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        })) => Some((name, text.value())),
        Some(_) => None,
    }
}

/// Text inside HTML, also inside an attribute's quotes.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
}

/// What an attribute does to `__element`, and whether it has to wait for the children.
fn html_attribute(tag: &str, attribute: &KeyedAttribute) -> (TokenStream, bool) {
    let key = attribute.key.to_string();
    let value = attribute
        .value()
        .map_or_else(|| quote!(""), |v| quote!(#[allow(unused_braces)] #v));
    let mut parts = key.splitn(3, ':');
    let (kind, name, more) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let call = match (kind, name, more) {
        ("node_ref", None, None) => quote!(::view::NodeRef::load(#value, &__element)),
        ("class", Some(name), None) => quote!(::view::dom::class(&__element, #name, #value)),
        ("style", Some(name), None) => quote!(::view::dom::style(&__element, #name, #value)),
        ("prop", Some(name), None) => {
            return (
                quote!(::view::dom::property(&__element, #name, #value)),
                true,
            );
        }
        ("on", Some(event), None) => {
            let class = event_class(event);
            quote!(::view::dom::on::<::view::web_sys::#class>(&__element, #event, #value))
        }
        ("on", Some(event), Some("target")) => {
            let class = event_class(event);
            let target = element_class(tag);
            quote! {
                ::view::dom::on_target::<::view::web_sys::#class, ::view::web_sys::#target>(&__element, #event, #value)
            }
        }
        (_, None, None) => quote!(::view::dom::attribute(&__element, #key, #value)),
        _ => {
            let words = format!("`{key}` is no attribute that view! knows");
            syn::Error::new(attribute.key.span(), words).to_compile_error()
        }
    };
    (call, false)
}

/// The class of an event in web-sys.
fn event_class(event: &str) -> TokenStream {
    match event {
        "click" | "mousedown" => quote!(MouseEvent),
        "keydown" => quote!(KeyboardEvent),
        "submit" => quote!(SubmitEvent),
        "focusin" | "focusout" => quote!(FocusEvent),
        "compositionstart" | "compositionend" => quote!(CompositionEvent),
        _ => quote!(Event),
    }
}

/// The class of an element that one types into.
fn element_class(tag: &str) -> TokenStream {
    match tag {
        "input" => quote!(HtmlInputElement),
        "select" => quote!(HtmlSelectElement),
        "textarea" => quote!(HtmlTextAreaElement),
        _ => quote!(HtmlElement),
    }
}

/// A component as a `View`.
fn component(element: &NodeElement<Infallible>) -> TokenStream {
    let name = element.name();
    if name.to_string() == "For" {
        return keyed_list(element);
    }
    let props = keyed(element).map(|attribute| {
        let key = &attribute.key;
        // `<Page desk />` is `<Page desk=desk />`.
        let value = attribute
            .value()
            .map_or_else(|| key.to_token_stream(), ToTokens::to_token_stream);
        quote!(.#key(#[allow(unused_braces)] #value))
    });
    let children = (!element.children.is_empty()).then(|| {
        let children = fragment(&element.children);
        quote!(.children(::view::ToChildren::to_children(move || #children)))
    });
    let span = name.span();
    quote_spanned! { span =>
        ::view::leptos::component::component_view(
            #name,
            ::view::leptos::component::component_props_builder(&#name) #(#props)* #children .build(),
        )
    }
}

fn keyed(element: &NodeElement<Infallible>) -> impl Iterator<Item = &KeyedAttribute> {
    element.attributes().iter().filter_map(|a| match a {
        NodeAttribute::Attribute(attribute) => Some(attribute),
        NodeAttribute::Block(_) => None,
    })
}

/// `<For each=… key=… let:item>…</For>`, or with `children=`.
fn keyed_list(element: &NodeElement<Infallible>) -> TokenStream {
    let value = |name: &str| {
        let found = keyed(element).find(|a| a.key.to_string() == name);
        found.and_then(|a| a.value()).map(ToTokens::to_token_stream)
    };
    let item = keyed(element).find_map(|a| {
        let key = a.key.to_string();
        let name = key.strip_prefix("let:")?;
        Some(syn::Ident::new(name, a.key.span()))
    });
    let children = match item {
        Some(item) => {
            let children = fragment(&element.children);
            Some(quote!(move |#item| #children))
        }
        None => value("children"),
    };
    match (value("each"), value("key"), children) {
        (Some(each), Some(key), Some(children)) => quote!(::view::each(#each, #key, #children)),
        _ => syn::Error::new(
            element.span(),
            "For needs `each`, `key`, and `let:item` or `children`",
        )
        .to_compile_error(),
    }
}

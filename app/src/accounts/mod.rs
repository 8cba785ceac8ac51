//! Accounts from above: whom this person looks after, opening one or many, invitations on paper.

/// One account: another invitation, another place, closing it, where it is signed in.
mod account;
/// What the server is asked.
mod ask;
/// Accounts out of a table.
mod import;
/// The list.
mod list;
/// One account, typed.
mod new;
/// Choosing a place or a post.
mod post;
/// Invitations as they are handed over.
mod slips;

crate::part::page!(accounts, pub list => list::List);
crate::part::page!(accounts, pub account => account::AccountPage);
crate::part::page!(accounts, pub new_account => new::NewAccount);
crate::part::page!(accounts, pub import => import::Import);

//! The conformance suite: what the storage port promises, on SQLite in memory, in a file, and on PostgreSQL.

mod browse;
mod feeds;
mod figures;
mod installation;
mod people;
mod trail;

use crate::databases;
use browse::*;
use domain::{Feed, Visibility};
use feeds::*;
use figures::*;
use installation::*;
use people::*;
use server::storage::pull::{Limits, Pulled, Wanted};
use server::storage::sqlite::SqliteStorage;
use server::storage::work_rows::{ChangedEntity, Placement, WorkRows, view_number};
use server::storage::{Location, SharedStorage, Storage};
use std::sync::Arc;
use sync::wire::Cursor;
use trail::*;

macro_rules! on_every_database {
    ($($name:ident)*) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::memory().await).await;
            })*
        }
        mod in_a_file {
            $(#[tokio::test]
            async fn $name() {
                let folder = tempfile::tempdir().expect("a folder");
                let location = super::Location::File(folder.path().join("x.sqlite"));
                super::$name(super::open(&location).await).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::open(&super::databases::postgres().await).await).await;
            })*
        }
    };
}

on_every_database! {
    a_unit_of_work_is_all_or_nothing
    a_feeds_version_rises_by_one_in_every_transaction
    a_feed_is_read_in_the_order_of_versions_kinds_and_identifiers
    a_page_ends_where_the_next_one_begins
    a_device_and_what_it_reads_come_from_one_snapshot
    whoever_starts_from_nothing_does_not_hear_of_what_is_gone
    a_cursor_ahead_of_the_feed_starts_again
    verdicts_and_devices_are_found_again
    who_is_not_active_any_more_has_no_session
    sessions_are_moved_ended_and_removed_when_they_have_expired
    accounts_are_found_by_those_who_look_after_them
    an_invitation_is_used_once_and_replaced_by_the_next
    sessions_are_listed_with_their_devices
    the_first_key_of_a_device_stays
    regions_are_found_by_code_and_by_level
    a_region_is_in_use_up_to_its_last_day
    needs_are_found_by_region_topic_stage_and_words
    a_search_finds_what_a_naive_filter_finds
    every_need_is_on_one_page_while_others_change
    words_that_come_and_go_are_followed
    numbers_are_what_a_recount_finds
    some_regions_alone_are_found
    the_first_epoch_stays
    every_table_gives_back_what_was_put_into_it
    one_server_leads
    a_database_tells_its_state_and_keeps_the_last_faults
    regions_are_found_by_level
    the_trail_is_read_page_by_page_and_by_region
    every_lane_is_followed_to_its_end
}

async fn memory() -> SharedStorage {
    Arc::new(SqliteStorage::in_memory().await.expect("in memory"))
}

async fn open(location: &Location) -> SharedStorage {
    server::storage::open(location).await.expect("opens")
}

fn feed(n: u64) -> Feed {
    format!("needs:4312{n:02}000000").parse().expect("a feed")
}

fn entity(id: &str, rev: i64) -> ChangedEntity {
    ChangedEntity {
        kind: "need",
        id: id.to_owned(),
        rev,
        body: format!("{{\"id\":\"{id}\",\"rev\":{rev}}}"),
        public: Some(format!("{{\"rev\":{rev}}}")),
    }
}

fn shown(feed: Feed, id: &str, view: Visibility) -> Placement {
    Placement {
        feed,
        kind: "need",
        id: id.to_owned(),
        view: view_number(view),
    }
}

/// An organization as accounts are listed by it.
fn organization_row(code: &str, registered_in: &str) -> WorkRows {
    WorkRows {
        entities: vec![ChangedEntity {
            kind: "organization",
            id: code.to_owned(),
            rev: 1,
            body: format!("{{\"registered_in\":\"{registered_in}\"}}"),
            public: None,
        }],
        ..WorkRows::default()
    }
}

/// Commits these entities, each shown in full in that feed.
async fn put(storage: &dyn Storage, feed: Feed, entities: &[(&str, i64)]) -> Vec<(Feed, i64)> {
    write(
        storage,
        &WorkRows {
            entities: entities.iter().map(|(id, rev)| entity(id, *rev)).collect(),
            placements: entities
                .iter()
                .map(|(id, _)| shown(feed, id, Visibility::Full))
                .collect(),
            ..WorkRows::default()
        },
    )
    .await
}

async fn write(storage: &dyn Storage, rows: &WorkRows) -> Vec<(Feed, i64)> {
    let mut transaction = storage.begin().await.expect("begins");
    let versions = transaction.write(rows).await.expect("writes");
    transaction.commit().await.expect("commits");
    versions
}

fn want(feed: Feed, cursor: Option<Cursor>) -> Wanted {
    Wanted {
        feed,
        cursor,
        version: None,
        reset: false,
    }
}

async fn pull(storage: &dyn Storage, wanted: Vec<Wanted>, rows: usize) -> Pulled {
    let limits = Limits {
        rows,
        ..Limits::default()
    };
    storage.pull(None, wanted, limits).await.expect("pulls")
}

fn ids(pulled: &Pulled) -> Vec<(u64, String)> {
    let rows = pulled.feeds.iter().flat_map(|page| &page.rows);
    rows.map(|row| (row.ver, row.id.clone())).collect()
}

//! One simulated device: its disk, the engines of its tabs, and the promises made to its person.

use crate::remote::{Cookie, FaultyRemote};
use domain::{Actor, Entity, EntityKind, Feed, Key, MutationId, NeedId, Role, Visibility};
use server::ports::Clock;
use std::collections::{BTreeMap, BTreeSet};
use sync::engine::{Engine, ReadError, Sabotage};
use sync::knowledge::{Knowledge, Lacking};
use sync::ports::{Area, Store, StoreError, StoreKey};
use sync::testkit::chance::{Chance, SetClock};
use sync::testkit::memory::MemoryStore;
use sync::wire::Cursor;

pub(crate) type SimEngine = Engine<MemoryStore, FaultyRemote, SetClock, Chance>;

pub(crate) struct Device {
    pub(crate) person: usize,
    pub(crate) actor: Actor,
    pub(crate) store: MemoryStore,
    pub(crate) remote: FaultyRemote,
    pub(crate) clock: SetClock,
    pub(crate) chance: Chance,
    pub(crate) sabotage: Option<Sabotage>,
    /// What the page does not know yet, while it is one of an earlier release.
    pub(crate) lacks: Option<Lacking>,
    /// The engines of the tabs that are open; empty after a crash.
    pub(crate) tabs: Vec<SimEngine>,
    /// Acts that were kept: each must get a verdict and, if it is a rejection, be shown.
    pub(crate) kept: BTreeSet<MutationId>,
    /// Decisions that were recalled before they left: none of them may ever take effect.
    pub(crate) recalled: BTreeSet<MutationId>,
    /// How long decisions are held back, in milliseconds.
    pub(crate) hold_ms: i64,
    /// Needs that the person has written here and must go on seeing.
    pub(crate) written: BTreeSet<NeedId>,
    /// The cache was lost or torn and has not been complete since: what the server has is not here, what is unsent is.
    pub(crate) blind: bool,
    /// How far each feed had been read when it was last looked at, and in which epoch.
    cursors: BTreeMap<Feed, Cursor>,
    epoch: String,
    /// How often the tabs that are open have cleared a damaged cache.
    cleared: u32,
}

impl Device {
    pub(crate) fn new(
        person: usize,
        actor: Actor,
        remote: FaultyRemote,
        clock: SetClock,
        chance: Chance,
        sabotage: Option<Sabotage>,
    ) -> Self {
        Self {
            person,
            actor,
            store: MemoryStore::default(),
            remote,
            clock,
            chance,
            sabotage,
            lacks: None,
            tabs: Vec::new(),
            kept: BTreeSet::new(),
            recalled: BTreeSet::new(),
            hold_ms: 0,
            written: BTreeSet::new(),
            blind: false,
            cursors: BTreeMap::new(),
            epoch: String::new(),
            cleared: 0,
        }
    }

    /// Opens a tab; fails when the device crashes meanwhile.
    pub(crate) async fn open_tab(&mut self) -> Result<(), StoreError> {
        let engine = Engine::open_with(
            self.store.clone(),
            self.remote.clone(),
            self.clock.clone(),
            self.chance.clone(),
            self.actor.clone(),
            self.lacks.map(Knowledge::without).unwrap_or_default(),
        )
        .await?;
        engine.sabotage(self.sabotage);
        engine.hold_decisions(self.hold_ms);
        self.tabs.push(engine);
        Ok(())
    }

    /// The device died: all tabs are gone, the disk is what it is.
    pub(crate) async fn restart(&mut self, torn: bool) {
        self.tabs.clear();
        self.store.restart(torn);
        self.blind |= torn;
        self.cursors.clear();
        // A new device can always open.
        self.open_tab().await.expect("opens after a crash");
        self.check_kept().await;
    }

    /// The page is updated: what the earlier one could not read is shown, and nothing is fetched again for it.
    pub(crate) async fn update(&mut self) {
        if self.lacks.take().is_none() {
            return;
        }
        let before = match self.tabs.first() {
            Some(tab) => {
                tab.refresh().await.expect("reads");
                let rows: Vec<_> = tab.replica().placements().map(|p| (p.0, p.2)).collect();
                Some((tab.replica().state().cursors.clone(), rows))
            }
            None => None,
        };
        self.tabs.clear();
        self.open_tab().await.expect("opens");
        let tab = self.tabs.first().expect("open");
        if let Some((cursors, rows)) = before.filter(|_| !self.blind) {
            let now: Vec<_> = tab.replica().placements().map(|p| (p.0, p.2)).collect();
            assert_eq!(now.len(), rows.len(), "rows were lost by the update");
            assert_eq!(tab.replica().state().cursors, cursors, "fetched again");
            assert!(
                tab.replica().unread().is_empty(),
                "not shown after the update"
            );
        }
    }

    /// Reads every body, as somebody would who opens everything: damage is found and the cache starts anew.
    pub(crate) async fn read_all(&self) {
        let tab = self.tabs.first().expect("open");
        let keys: Vec<_> = tab
            .replica()
            .placements()
            .filter_map(|p| p.1.known())
            .collect();
        for key in keys {
            match tab.entity(key).await {
                Ok(_) | Err(ReadError::Newer(_)) => {}
                Err(ReadError::Store(error)) => panic!("cannot read {key}: {error}"),
            }
        }
    }

    /// A tab to act in.
    pub(crate) fn tab(&self) -> &SimEngine {
        let at = self.chance.below(self.tabs.len() as u64);
        &self.tabs[usize::try_from(at).unwrap_or(0)]
    }

    /// The device's own person is signed in again, and the open tabs have heard it.
    pub(crate) fn is_back(&self) {
        *self.remote.cookie.borrow_mut() = Cookie {
            person: self.person,
            caller: self.remote.caller.clone(),
        };
        for tab in &self.tabs {
            tab.set_actor(self.actor.clone());
        }
    }

    /// The browser has cleared what this device had not sent.
    pub(crate) fn lost_storage(&mut self) {
        self.kept.clear();
        self.recalled.clear();
        self.written.clear();
    }

    /// G8: what was kept is in the outbox, has been rejected and shown, or has its verdict.
    pub(crate) async fn check_kept(&self) {
        let mut there: BTreeSet<MutationId> = BTreeSet::new();
        for (_, bytes) in self.store.load(Area::Outbox).await.expect("reads") {
            let entry: sync::outbox::Entry = serde_json::from_slice(&bytes).expect("an entry");
            there.insert(entry.id);
        }
        for (key, _) in self.store.load(Area::Notices).await.expect("reads") {
            let StoreKey::Text(id) = key else {
                panic!("a notice's key")
            };
            there.insert(id.parse().expect("a mutation id"));
        }
        // What was applied is kept in case the server loses it.
        there.extend(self.sent().await.iter().map(|entry| entry.id));
        let oracle = self.remote.wire.oracle.borrow();
        for id in &self.recalled {
            assert!(
                !oracle.verdicts.contains_key(id),
                "G8: {id} was recalled and took effect"
            );
        }
        for id in &self.kept {
            let verdict = oracle.verdicts.get(id);
            let done = matches!(verdict, Some(sync::wire::Verdict::Applied));
            assert!(
                there.contains(id) || done,
                "G8: {id} was lost ({verdict:?})"
            );
        }
    }

    /// What this device keeps of what the server has applied.
    async fn sent(&self) -> Vec<sync::outbox::Entry> {
        let identity = self.store.load(Area::Identity).await.expect("reads");
        sync::sent::take_back(&identity).0
    }

    /// G3 and G4, after every step.
    pub(crate) async fn check(&mut self) {
        let Some(engine) = self.tabs.first() else {
            return;
        };
        engine.refresh().await.expect("reads");
        let state = engine.replica().state().clone();
        let cleared = self.tabs.iter().map(SimEngine::times_cleared).sum();
        if state.epoch != self.epoch || cleared != self.cleared {
            // The server was put back to a backup, or a damaged cache started anew.
            self.cursors.clear();
        }
        self.blind |= cleared != self.cleared;
        self.cleared = cleared;
        for (feed, before) in self.cursors.iter() {
            if let Some(now) = state.cursors.get(feed) {
                assert!(
                    now.covers(before),
                    "G3: {feed} went from {before} back to {now}"
                );
            }
        }
        self.cursors = state.cursors;
        self.epoch = state.epoch;
        self.blind &= !(state.complete && state.last_contact >= self.remote.wire.clock.now());
        let Role::Village { place } = &self.actor.role else {
            return;
        };
        let refused: BTreeSet<Key> = engine
            .notices()
            .iter()
            .filter_map(|n| n.entry.command().ok())
            .map(|c| c.subject())
            .collect();
        let sent: BTreeSet<Key> = self
            .sent()
            .await
            .iter()
            .filter_map(|e| e.command().ok())
            .map(|c| c.subject())
            .collect();
        for need in &self.written {
            let key = Key::Need(*need);
            let mine = match engine.entity(key).await {
                Ok(Some(seen)) => {
                    matches!(&seen.entity, Entity::Need(n) if n.place.village == place.village)
                }
                Ok(None) => false,
                // A page of an earlier release says that it must be updated to show it.
                Err(ReadError::Newer(_)) => true,
                Err(ReadError::Store(error)) => panic!("cannot read {key}: {error}"),
            };
            // What the server has, or has lost with a backup since, comes with the next sync.
            let applied = self.blind
                && (sent.contains(&key)
                    || self.remote.wire.oracle.borrow().entities.contains_key(&key));
            assert!(
                mine || refused.contains(&key) || applied,
                "G4: the own need {need} is not shown; waiting: {:?}",
                engine.waiting()
            );
        }
    }

    /// G5 and G9, when all is quiet: exactly what this person may see, on disk and in memory.
    pub(crate) async fn check_quiet(&self) {
        let engine = self.tabs.first().expect("open");
        let expected = self.remote.wire.oracle.borrow().sees(&self.actor);
        let chunks: BTreeMap<_, _> = self
            .store
            .load(Area::Chunks)
            .await
            .expect("reads")
            .into_iter()
            .collect();
        let mut found = BTreeMap::new();
        let mut unseen = Vec::new();
        for (feed, key, _, view, at) in engine.replica().placements() {
            let chunk = chunks.get(&StoreKey::Number(at.chunk)).expect("a chunk");
            let key = key.known().expect("a kind of this release");
            let Some(body) = sync::log::slice(chunk, at) else {
                unseen.push((feed, key));
                continue;
            };
            let entity = Entity::from_json(key.kind(), body).expect("an entity");
            found.insert((feed, key), (view, entity));
        }
        // What lies in two feeds is read from one of them: damage of the other copy is found when that one is read.
        for (feed, key) in unseen {
            assert!(
                found.keys().any(|(_, other)| *other == key),
                "{key} is damaged"
            );
            if let Some(seen) = expected.get(&(feed, key)) {
                found.insert((feed, key), seen.clone());
            }
        }
        for (at, (view, entity)) in &expected {
            let here = found.get(at);
            assert!(here.is_some(), "G5: {at:?} ({view:?}) is missing");
            assert_eq!(here, Some(&(*view, entity.clone())), "G5: {at:?} differs");
        }
        for at in found.keys() {
            assert!(expected.contains_key(at), "G5, G9: {at:?} must not be here");
        }
        assert!(
            engine.replica().unread().is_empty(),
            "G5: rows are not shown"
        );
        let status = engine.status();
        assert_eq!(status.waiting, 0, "G8: something still waits");
        for (key, (view, entity)) in expected.iter().map(|((_, key), seen)| (key, seen)) {
            if *view == Visibility::Full
                || !matches!(
                    key.kind(),
                    EntityKind::Need | EntityKind::Supply | EntityKind::Organization
                )
            {
                let seen = engine.entity(*key).await.expect("reads").expect("shown");
                assert_eq!(seen.entity, *entity, "G5: {key} is shown otherwise");
            }
        }
        // G9 on the disk itself: no contact of a need this person may not see in full, not even as garbage.
        for key in self.remote.wire.oracle.borrow().entities.keys() {
            let Key::Need(id) = key else { continue };
            let may = expected
                .iter()
                .any(|((_, k), (view, _))| k == key && *view == Visibility::Full);
            let start = format!("{{\"id\":\"{id}\",\"place\"");
            for chunk in chunks.values().filter(|_| !may) {
                let text = String::from_utf8_lossy(chunk);
                for (at, _) in text.match_indices(&start) {
                    let mut bodies = serde_json::Deserializer::from_str(&text[at..]).into_iter();
                    let need: domain::Need = bodies.next().expect("a body").expect("a need");
                    let private = need.content.contact.is_some();
                    assert!(!private, "G9: the contact of {id} stayed on the disk");
                }
            }
        }
        for key in self.remote.wire.oracle.borrow().entities.keys() {
            let Key::Pick(id) = key else { continue };
            if expected.keys().any(|(_, k)| k == key) {
                continue;
            }
            let start = format!("{{\"id\":\"{id}\",\"supply\"");
            for chunk in chunks.values() {
                let text = String::from_utf8_lossy(chunk);
                assert!(!text.contains(&start), "G9: {key} stayed on the disk");
            }
        }
        self.check_kept().await;
        self.check_decided();
    }

    /// G10: what was kept has a verdict of the server as it is now, or was rejected and shown; a restored backup loses nothing.
    fn check_decided(&self) {
        let notices = self.tabs.first().expect("open").notices();
        let oracle = self.remote.wire.oracle.borrow();
        for id in &self.kept {
            let told = notices.iter().any(|n| n.entry.id == *id);
            assert!(
                told || oracle.verdicts.contains_key(id),
                "G10: {id} was not offered again"
            );
        }
    }
}

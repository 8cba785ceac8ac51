//! The test oracle: the domain run serially, in the order of the server's verdicts, gives the expected state.

use domain::{
    Actor, ClientId, Command, Entity, Feed, Key, Millis, MutationId, Rejection, Visibility,
    decide_on, feeds,
};
use std::collections::BTreeMap;
use sync::wire::{ExchangeAnswer, Mutation, Refused, Verdict};

#[derive(Clone, Default)]
pub(crate) struct Oracle {
    pub(crate) entities: BTreeMap<Key, Entity>,
    pub(crate) verdicts: BTreeMap<MutationId, Verdict>,
    last_seq: BTreeMap<ClientId, u64>,
}

impl Oracle {
    /// The server has answered a request of `actor` at `now`.
    pub(crate) fn hear(
        &mut self,
        actor: &Actor,
        now: Millis,
        client: ClientId,
        sent: &[Mutation],
        answer: &ExchangeAnswer,
    ) {
        for result in &answer.results {
            let mutation = sent
                .iter()
                .find(|m| m.seq == result.seq)
                .unwrap_or_else(|| panic!("G1: a verdict on {} that was not sent", result.seq));
            if result.duplicate {
                let first = self.verdicts.get(&mutation.id);
                assert_eq!(
                    first,
                    Some(&result.verdict),
                    "G1: another verdict on {}",
                    mutation.id
                );
                let last = self.last_seq.entry(client).or_default();
                *last = (*last).max(result.seq);
                continue;
            }
            let last = self.last_seq.entry(client).or_default();
            assert_eq!(*last + 1, result.seq, "G2: out of order");
            *last = result.seq;
            let before = self.verdicts.insert(mutation.id, result.verdict.clone());
            assert!(before.is_none(), "G1: {} took effect twice", mutation.id);
            let expected = self.decide(mutation, actor, now);
            assert_eq!(
                result.verdict, expected,
                "G6: {} decided otherwise",
                mutation.name
            );
        }
        let known = self.last_seq.get(&client).copied().unwrap_or(0);
        assert_eq!(answer.last_seq, known, "G2: last_seq");
    }

    fn decide(&mut self, mutation: &Mutation, actor: &Actor, now: Millis) -> Verdict {
        let rejected = |rejection: &Rejection| {
            Verdict::Rejected(Refused::new(rejection).expect("a rejection can be written"))
        };
        let command = match Command::read(&mutation.name, mutation.v, mutation.args.get()) {
            Ok(command) => command,
            Err(error) => return rejected(&error.into()),
        };
        match decide_on(&command, actor, now, |key| self.entities.get(key).cloned()) {
            Err(rejection) => rejected(&rejection),
            Ok(changes) => {
                for entity in changes.puts {
                    if let Entity::Need(need) = &entity {
                        for item in &need.content.items {
                            assert!(need.pledged(item.no) <= item.quantity, "G7: over-pledged");
                        }
                    }
                    if let Entity::Supply(supply) = &entity {
                        let taken = supply.taken();
                        assert!(
                            taken <= supply.content.places,
                            "G7: places that are not there"
                        );
                    }
                    self.entities.insert(entity.key(), entity);
                }
                Verdict::Applied
            }
        }
    }

    /// What somebody may see: feed, key, view, and the entity in that view.
    pub(crate) fn sees(&self, actor: &Actor) -> BTreeMap<(Feed, Key), (Visibility, Entity)> {
        let mine = feeds::of(actor);
        let mut out = BTreeMap::new();
        for (key, entity) in &self.entities {
            for (feed, view) in entity.placements() {
                if mine.contains(&feed)
                    && let Some(seen) = entity.seen(view)
                {
                    out.insert((feed, *key), (view, seen));
                }
            }
        }
        out
    }
}

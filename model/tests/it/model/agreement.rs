//! What the world and the model must agree on.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{
    expected::{Expected, Model},
    picture::{Message, Outcome},
    program::{Cast, Type},
    real::Real,
};

#[derive(Default)]
pub(crate) struct Agreement {
    /// The world's numbers of the model's operations.
    operations: BTreeMap<u64, u64>,
    /// Whose end was told.
    ended: HashSet<(Type, usize)>,
}

impl Agreement {
    /// A query finds what it must, in an order of its own.
    pub(crate) fn on_matches(&self, found: &[usize], expected: &[usize]) {
        let mut found = found.to_vec();
        found.sort_unstable();
        assert_eq!(found, expected, "what the query finds");
    }

    /// Deletes give back the same, where they give back anything.
    pub(crate) fn on_outcomes(&mut self, seen: &[Outcome], expected: &[Outcome]) {
        assert!(seen.is_empty() || seen.len() == expected.len());
        for (seen, expected) in seen.iter().zip(expected) {
            match (seen, expected) {
                (Outcome::Gone(seen), Outcome::Gone(expected)) => {
                    assert_eq!(seen.entities, expected.entities, "how many entities are reported");
                    assert_eq!(seen.counts, expected.counts, "how many messages are reported");
                    if !seen.counts.is_empty() {
                        self.on_operation(seen.operation, expected.operation);
                    }
                }
                _ => assert_eq!(seen, expected),
            }
        }
    }

    /// Every message that must come has come once and no other has, in order where order is promised.
    pub(crate) fn on_messages(&mut self, told: &[Message], expected: &[Expected]) {
        for snapshot in Type::ALL {
            let told: Vec<_> = told.iter().filter(|told| told.snapshot == snapshot).collect();
            let mut expected = expected.to_vec();
            expected.retain(|expected| expected.message.snapshot == snapshot);
            self.on_each(&told, &expected);
            on_order(&told, &expected);
        }
    }

    fn on_each(&mut self, told: &[&Message], expected: &[Expected]) {
        let mut told = told.to_vec();
        let mut expected: Vec<_> = expected.iter().map(|expected| &expected.message).collect();
        // What is told of one entity comes in the order of time: it loses several values, and then it goes.
        told.sort_by_key(|message| message.entity);
        expected.sort_by_key(|message| message.entity);
        assert_eq!(
            unnumbered(&told),
            unnumbered(&expected),
            "what was told, and what must be"
        );
        for (told, expected) in told.into_iter().zip(expected) {
            self.on_operation(told.operation, expected.operation);
            let is_first = !told.ends_entity() || self.ended.insert((told.snapshot, told.entity));
            assert!(is_first, "told twice: {told:?}");
        }
    }

    /// The two number operations each in their own way, but alike and in the same order.
    fn on_operation(&mut self, seen: u64, expected: u64) {
        let known = *self.operations.entry(expected).or_insert(seen);
        assert_eq!(seen, known, "one operation has one number");
        assert_eq!(seen == 0, expected == 0, "a number where a delete is behind it");
        let is_growing = self.operations.values().is_sorted_by(|earlier, later| earlier < later);
        assert!(is_growing, "later deletes have higher numbers: {:?}", self.operations);
    }

    /// Who lives, and how they are related.
    pub(crate) fn on_worlds(&self, real: &Real, model: &Model) {
        assert_eq!(real.beings(), model.beings, "who lives, and how");
        assert_eq!(real.hook_calls(), model.hook_calls, "a hook of its own goes on");
    }

    /// What a delete of each of them would take.
    pub(crate) fn on_plans(&self, real: &Real, model: &Model, cast: &Cast) {
        for entity in cast.living.iter().chain(&cast.dead) {
            assert_eq!(
                real.plan(*entity),
                model.plan(*entity),
                "what a delete of {entity} would take"
            );
        }
    }
}

fn unnumbered(messages: &[&Message]) -> Vec<Message> {
    let messages = messages.iter().copied().cloned();
    messages
        .map(|message| Message {
            operation: 0,
            ..message
        })
        .collect()
}

/// By operation, and within one in the order of deletion.
fn on_order(told: &[&Message], expected: &[Expected]) {
    let mut in_order: Vec<_> = expected.iter().filter(|expected| expected.in_order).collect();
    in_order.sort_by_key(|expected| expected.message.operation);
    let expected: Vec<_> = in_order.iter().map(|expected| expected.message.entity).collect();
    let promised: BTreeSet<_> = expected.iter().collect();
    let told = told
        .iter()
        .filter(|told| told.ends_entity() && promised.contains(&told.entity));
    let told: Vec<_> = told.map(|told| told.entity).collect();
    assert_eq!(told, expected, "in the order of deletion");
}

//! The comparison of a world with its model.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    expected::{Expected, Model},
    program::{Choices, Type},
    real::Real,
    state::{Message, Outcome, Report},
};

/// Compares a world with its model, step by step.
#[derive(Default)]
pub(crate) struct Comparison {
    /// The number in the world of each operation of the model.
    operations: BTreeMap<u64, u64>,
}

impl Comparison {
    /// A query finds what it must, in any order.
    pub(crate) fn of_matches(&self, found: &[usize], expected: &[usize]) {
        let mut found = found.to_vec();
        found.sort_unstable();
        assert_eq!(found, expected, "the matches of the query");
    }

    /// Deletes return the same, if they return anything.
    pub(crate) fn of_outcomes(&mut self, found: &[Outcome], expected: &[Outcome]) {
        assert!(found.is_empty() || found.len() == expected.len());
        for (found, expected) in found.iter().zip(expected) {
            match (found, expected) {
                (Outcome::Deleted(found), Outcome::Deleted(expected)) => {
                    assert_eq!(
                        found.entities, expected.entities,
                        "the number of entities in the report"
                    );
                    let [found_counts, expected_counts] = [found, expected].map(Report::predictable);
                    assert_eq!(found_counts, expected_counts, "the numbers of messages in the report");
                    if !found_counts.is_empty() {
                        self.of_operations(found.operation, expected.operation);
                    }
                }
                _ => assert_eq!(found, expected),
            }
        }
    }

    /// Every expected message is published once, and no other is. They are in order where the order is guaranteed.
    pub(crate) fn of_messages(&mut self, published: &[Message], expected: &[Expected]) {
        for snapshot in Type::ALL.into_iter().filter(|snapshot| snapshot.is_predictable()) {
            let of_type = published.iter().filter(|published| published.snapshot == snapshot);
            let published: Vec<_> = of_type.collect();
            let mut expected = expected.to_vec();
            expected.retain(|expected| expected.message.snapshot == snapshot);
            self.of_each(&published, &expected);
            of_order(&published, &expected);
        }
    }

    fn of_each(&mut self, published: &[&Message], expected: &[Expected]) {
        let mut published = published.to_vec();
        let mut expected: Vec<_> = expected.iter().map(|expected| &expected.message).collect();
        // The order of the messages about one entity is guaranteed.
        published.sort_by_key(|message| message.entity);
        expected.sort_by_key(|message| message.entity);
        let [without_numbers, expected_without_numbers] = [&published, &expected].map(|messages| unnumbered(messages));
        assert_eq!(without_numbers, expected_without_numbers, "the published messages");
        for (published, expected) in published.into_iter().zip(expected) {
            self.of_operations(published.operation, expected.operation);
        }
    }

    /// The numbers of operations differ, but each number in the world is one number in the model, in the same order.
    fn of_operations(&mut self, found: u64, expected: u64) {
        let known = *self.operations.entry(expected).or_insert(found);
        assert_eq!(found, known, "one operation has one number");
        assert_eq!(found == 0, expected == 0, "every delete has a number");
        let is_sorted = self.operations.values().is_sorted_by(|earlier, later| earlier < later);
        assert!(is_sorted, "later deletes have higher numbers: {:?}", self.operations);
    }

    /// The same entities are spawned, with the same values and relationships.
    pub(crate) fn of_states(&self, real: &Real, model: &Model) {
        assert_eq!(real.states(), model.entities, "the entities that are spawned");
        assert_eq!(real.hook_calls(), model.hook_calls, "the user's own hook still runs");
    }

    /// Plans of a delete contain the same entities.
    pub(crate) fn of_plans(&self, real: &Real, model: &Model, choices: &Choices) {
        for entity in choices.spawned.iter().chain(&choices.despawned) {
            assert_eq!(
                real.plan(*entity),
                model.plan(*entity),
                "the plan of a delete of {entity}"
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

/// Messages are sorted by operation, and within one by the order of deletion.
fn of_order(published: &[&Message], expected: &[Expected]) {
    let ordered = expected.iter().filter(|expected| expected.is_ordered);
    let ordered: Vec<_> = ordered.map(|expected| expected.message.entity).collect();
    let guaranteed: BTreeSet<_> = ordered.iter().collect();
    let published = published.iter().filter(|message| message.is_despawn());
    let published = published.map(|message| message.entity);
    let published: Vec<_> = published.filter(|entity| guaranteed.contains(entity)).collect();
    assert_eq!(published, ordered, "the order of deletion");
}

//! The state of a world, in terms that the model and the world share: entities are identified by their numbers.

use std::collections::BTreeMap;

use bevy_post_delete::prelude::*;

use super::program::{Part, Reaction, Relation, Type};

/// An entity that is spawned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct EntityState {
    pub(crate) parts: BTreeMap<Part, u32>,
    /// The target of each relationship.
    pub(crate) targets: BTreeMap<Relation, usize>,
    /// The sources of each relationship, in the order of its collection. An empty collection is not listed.
    pub(crate) sources: BTreeMap<Relation, Vec<usize>>,
    pub(crate) reaction: Option<(Reaction, usize)>,
}

/// A `PostDelete`. `E` identifies entities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message<E = usize> {
    pub(crate) snapshot: Type,
    pub(crate) entity: E,
    pub(crate) value: u32,
    /// The entity in the snapshot of a relationship.
    pub(crate) target: Option<E>,
    pub(crate) kind: DeleteKind,
    pub(crate) root: Option<E>,
    pub(crate) reason: Option<&'static str>,
    pub(crate) instigator: Option<E>,
    pub(crate) operation: u64,
}

impl<E> Message<E> {
    /// Whether the entity was despawned, and did not only lose a value.
    pub(crate) fn is_despawn(&self) -> bool {
        !matches!(self.kind, DeleteKind::Remove | DeleteKind::Replace)
    }
}

/// The result of a delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Deleted(Report),
    NotSpawned,
    Protected(Vec<usize>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) operation: u64,
    pub(crate) entities: usize,
    pub(crate) counts: BTreeMap<Type, usize>,
}

impl Report {
    /// Returns the numbers of messages that can be predicted.
    pub(crate) fn predictable(&self) -> BTreeMap<Type, usize> {
        let counts = self.counts.iter().filter(|(snapshot, _)| snapshot.is_predictable());
        counts.map(|(snapshot, count)| (*snapshot, *count)).collect()
    }
}

/// The entities that a delete would despawn, and the protected ones among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) entities: Vec<usize>,
    pub(crate) protected: Vec<usize>,
}

/// The reason of deletes that the program makes.
pub(crate) const REQUESTED: &str = "requested by the program";
/// The reason of deletes by a [`Reaction`].
pub(crate) const REACTION: &str = "a reaction to a despawn";
/// The reason of deletes by an observer of [`PostDelete`].
pub(crate) const RECEIVED: &str = "deleted by a receiver";

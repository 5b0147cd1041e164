//! What a user can see of a world, in terms that the model and the world have in common: entities by their numbers.

use std::collections::BTreeMap;

use bevy_post_delete::prelude::*;

use super::program::{Part, Relation, Taking, Type};

/// An entity that lives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Being {
    pub(crate) parts: BTreeMap<Part, u32>,
    /// What it is related to.
    pub(crate) targets: BTreeMap<Relation, usize>,
    /// What is related to it, in the order of its collection. Nobody is not kept.
    pub(crate) sources: BTreeMap<Relation, Vec<usize>>,
    pub(crate) takes: Option<(Taking, usize)>,
}

/// A `PostDelete`. `E` names entities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message<E = usize> {
    pub(crate) snapshot: Type,
    pub(crate) entity: E,
    pub(crate) value: u32,
    pub(crate) kind: DeleteKind,
    pub(crate) root: Option<E>,
    pub(crate) reason: Option<&'static str>,
    pub(crate) operation: u64,
}

impl<E> Message<E> {
    /// Whether it tells the end of the entity, not that of a value only.
    pub(crate) fn ends_entity(&self) -> bool {
        !matches!(self.kind, DeleteKind::Remove | DeleteKind::Replace)
    }
}

/// What a delete gives back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Gone(Report),
    NotSpawned,
    Protected(Vec<usize>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) operation: u64,
    pub(crate) entities: usize,
    pub(crate) counts: BTreeMap<Type, usize>,
}

/// What a delete would take, and the protected among it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) entities: Vec<usize>,
    pub(crate) protected: Vec<usize>,
}

/// Why something was deleted.
pub(crate) const ASKED: &str = "asked for with a reason";
/// Why something was deleted.
pub(crate) const TAKEN: &str = "taken along by another";
/// Why something was deleted.
pub(crate) const AVENGED: &str = "deleted by a receiver";

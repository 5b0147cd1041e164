//! The set of entities that a search has found.

use alloc::vec::Vec;

use bevy_ecs::entity::{Entity, EntityHashSet};

/// Up to this many entities, a linear search is faster than hashing.
pub(super) const MAX_LINEAR_SEARCH: usize = 20;

/// The entities that a search has found. A small tree needs no hashing.
#[derive(Default)]
pub(super) struct Visited {
    few: Vec<Entity>,
    /// All of them, once they are more than `few` has room for.
    many: EntityHashSet,
}

impl Visited {
    /// Returns whether it is new.
    #[inline]
    pub(super) fn insert(&mut self, entity: Entity) -> bool {
        if !self.many.is_empty() {
            return self.many.insert(entity);
        }
        if self.few.contains(&entity) {
            return false;
        }
        if self.few.len() == MAX_LINEAR_SEARCH {
            self.many.extend(self.few.drain(..));
            return self.many.insert(entity);
        }
        self.few.push(entity);
        true
    }

    pub(super) fn remove(&mut self, entity: Entity) {
        self.few.retain(|visited| *visited != entity);
        self.many.remove(&entity);
    }

    pub(super) fn contains(&self, entity: Entity) -> bool {
        self.few.contains(&entity) || self.many.contains(&entity)
    }

    pub(super) fn len(&self) -> usize {
        self.few.len() + self.many.len()
    }

    pub(super) fn capacity(&self) -> usize {
        self.many.capacity()
    }

    pub(super) fn clear(&mut self) {
        self.few.clear();
        self.many.clear();
    }
}

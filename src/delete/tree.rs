//! The entities that a delete call despawns, and their order.
//!
//! They are found before anything changes. The search is iterative, so no hierarchy is too deep for it.

use alloc::vec::Vec;
use core::mem;

use bevy_ecs::{
    entity::{Entity, EntityHashSet},
    hierarchy::ChildOf,
    world::World,
};
use smallvec::SmallVec;

use super::archetype::FactsByArchetype;
use crate::track::registry::{Target, TrackedType};

/// The entities that a delete call despawns, in deletion order: descendants before ancestors, and later siblings before
/// earlier ones.
#[derive(Default)]
pub(crate) struct DeleteTargets {
    pub(super) order: Vec<Target>,
    /// For each entity of `order` that a search has found, the position of the facts about its archetype.
    facts_positions: Vec<u32>,
    /// The tracked types whose components they have.
    pub(super) tracked: SmallVec<[TrackedType; 2]>,
    /// The protected ones, in deletion order.
    pub(super) protected: Vec<Entity>,
    /// Those that have children, in deletion order.
    pub(super) parents: Vec<Entity>,
    /// Parents that are not among them, each with a child that is.
    pub(super) outer_parents: Vec<(Entity, Entity)>,
    /// Whether a value of theirs is dropped with code of its own.
    pub(super) have_drops: bool,
    /// Whether other code can run while they are despawned.
    pub(super) is_observed: bool,
    /// The entities that a bulk delete names, in the order of the call.
    pub(super) named: Vec<Entity>,
    /// The same as a set, once a search needs it.
    named_set: EntityHashSet,
    visited: Visited,
    stack: Vec<Step>,
    /// The entities that are still to be despawned, the next one last, if they are despawned one by one.
    pub(super) turns: Vec<Turn>,
    pub(super) facts: FactsByArchetype,
    peak: usize,
    deletes: u32,
}

enum Step {
    /// The search has found this entity.
    Enter(Entity),
    /// The search has been through everything that is linked to this entity.
    Leave(Target, u32),
}

/// An entity that is to be despawned when its turn comes.
#[derive(Clone, Copy)]
pub(super) struct Turn {
    pub(super) target: Target,
    /// 0 for an entity that was found before the first despawn. An entity that joined a tree because one of generation n was
    /// despawned has generation n + 1.
    pub(super) generation: u8,
}

impl DeleteTargets {
    /// Adds the tree of an entity that the call names, without what earlier trees have added.
    ///
    /// If the tree has protected entities, it adds nothing but those to [`protected`](Self::protected), and returns `false`.
    pub(crate) fn add_tree(&mut self, world: &World, root: Entity) -> bool {
        let (targets, parents, protected) = (self.order.len(), self.parents.len(), self.protected.len());
        self.add_linked(world, root, root);
        if self.protected.len() == protected {
            self.check_outer_parent(world, root);
            return true;
        }
        for target in self.order.drain(targets..) {
            self.visited.remove(target.entity);
        }
        self.facts_positions.truncate(targets);
        self.parents.truncate(parents);
        false
    }

    /// Adds an entity and everything that is linked to it, protected or not, as part of the tree of `root`.
    pub(crate) fn add_linked(&mut self, world: &World, entity: Entity, root: Entity) {
        self.stack.push(Step::Enter(entity));
        while let Some(step) = self.stack.pop() {
            let entity = match step {
                Step::Enter(entity) => entity,
                Step::Leave(target, position) => {
                    self.push(target, position);
                    continue;
                }
            };
            let Ok(entity_ref) = world.get_entity(entity) else {
                continue;
            };
            if !self.visited.insert(entity) {
                continue;
            }
            let is_root = entity == root || self.is_named(entity);
            let target = Target {
                entity,
                root: if is_root { entity } else { root },
            };
            let archetype = entity_ref.archetype();
            let position = self.facts.position(world, archetype);
            let facts = self.facts.at(position);
            self.is_observed |= facts.is_observed(archetype);
            if facts.links.is_empty() {
                self.push(target, position);
                continue;
            }
            let stack = &mut self.stack;
            stack.push(Step::Leave(target, position));
            for link in &facts.links {
                link.for_each_source(entity_ref, |source| stack.push(Step::Enter(source)));
            }
        }
    }

    fn push(&mut self, target: Target, position: u32) {
        let facts = self.facts.at(position);
        add_new(&mut self.tracked, &facts.tracked);
        if facts.is_protected {
            self.protected.push(target.entity);
        }
        if facts.is_parent() {
            self.parents.push(target.entity);
        }
        self.have_drops |= facts.has_drop;
        self.order.push(target);
        self.facts_positions.push(position);
    }

    /// Whether a bulk delete names this entity.
    fn is_named(&mut self, entity: Entity) -> bool {
        if self.named.is_empty() {
            return false;
        }
        if self.named_set.is_empty() {
            self.named_set.extend(&self.named);
        }
        self.named_set.contains(&entity)
    }

    /// Returns the entities that a bulk delete names.
    pub(super) fn take_named(&mut self) -> EntityHashSet {
        self.named_set.extend(&self.named);
        mem::take(&mut self.named_set)
    }

    /// Takes note of the parent of a root. It loses a child, and its `Children` with the last one, which other code may see.
    fn check_outer_parent(&mut self, world: &World, root: Entity) {
        let is_child = self
            .facts_positions
            .last()
            .is_some_and(|&position| self.facts.at(position).is_child);
        if is_child
            && let Some(parent) = world.get::<ChildOf>(root).map(ChildOf::parent)
            && !self.visited.contains(parent)
            && let Ok(parent_ref) = world.get_entity(parent)
        {
            let archetype = parent_ref.archetype();
            self.is_observed |= self.facts.of(world, archetype).is_observed(archetype);
            self.outer_parents.push((parent, root));
        }
    }

    /// Adds the named entities, none of which can be linked to another.
    ///
    /// Unless they are observed, only their number and order matter, so they are not looked up one by one.
    pub(crate) fn add_unrelated(&mut self, are_observed: bool, tracked: &[TrackedType]) {
        self.is_observed = are_observed;
        // They are despawned in deletion order.
        self.have_drops = true;
        add_new(&mut self.tracked, tracked);
        let targets = self.named.iter().map(|&entity| Target { entity, root: entity });
        self.order.extend(targets);
        if are_observed {
            self.named.iter().for_each(|entity| _ = self.visited.insert(*entity));
        }
    }

    /// Whether this entity is or was among them.
    pub(super) fn contains(&self, entity: Entity) -> bool {
        self.visited.contains(entity)
    }

    /// Returns those that may have the component of a tracked type.
    pub(super) fn with_tracked(&self, tracking: u64) -> impl Iterator<Item = Target> {
        self.order.iter().enumerate().filter_map(move |(index, target)| {
            // The archetypes of entities that were added without a search are not known one by one.
            let position = self.facts_positions.get(index);
            let tracks = position.is_none_or(|&position| self.facts.at(position).tracks(tracking));
            tracks.then_some(*target)
        })
    }

    /// Counts an entity that was found without a search.
    pub(super) fn count_late(&mut self, entity: Entity) {
        self.visited.insert(entity);
    }

    /// The number of entities that were found, those included that were added while others were despawned.
    pub(super) fn found(&self) -> usize {
        self.visited.len()
    }

    /// The number of entities that the buffers have room for.
    pub(super) fn capacity(&self) -> usize {
        self.order.capacity().max(self.visited.many.capacity())
    }

    pub(super) fn shrink_to(&mut self, capacity: usize) {
        self.order.shrink_to(capacity);
        self.facts_positions.shrink_to(capacity);
        self.protected.shrink_to(capacity);
        self.parents.shrink_to(capacity);
        self.outer_parents.shrink_to(capacity);
        self.named.shrink_to(capacity);
        self.named_set.shrink_to(capacity);
        self.visited.many.shrink_to(capacity);
        self.stack.shrink_to(capacity);
        self.turns.shrink_to(capacity);
    }

    /// The most entities of one delete since this was last called.
    pub(super) fn take_peak(&mut self) -> usize {
        self.deletes = 0;
        mem::take(&mut self.peak)
    }

    /// Removes all entities, and keeps the allocations. Returns how often that was done since the peak was taken.
    pub(super) fn clear(&mut self) -> u32 {
        self.peak = self.peak.max(self.order.len());
        self.deletes += 1;
        self.order.clear();
        self.facts_positions.clear();
        self.tracked.clear();
        self.protected.clear();
        self.parents.clear();
        self.outer_parents.clear();
        self.is_observed = false;
        self.have_drops = false;
        self.named.clear();
        self.named_set.clear();
        self.visited.clear();
        self.stack.clear();
        self.turns.clear();
        self.deletes
    }
}

/// Adds the types that are not in the list yet.
#[inline]
pub(super) fn add_new(list: &mut SmallVec<[TrackedType; 2]>, types: &[TrackedType]) {
    for tracked in types {
        if !list.iter().any(|known| known.tracking == tracked.tracking) {
            list.push(*tracked);
        }
    }
}

/// The entities that a search has found. A small tree needs no hashing.
#[derive(Default)]
struct Visited {
    few: SmallVec<[Entity; 20]>,
    /// All of them, once they are more than `few` has room for.
    many: EntityHashSet,
}

impl Visited {
    /// Returns whether it is new.
    #[inline]
    fn insert(&mut self, entity: Entity) -> bool {
        if !self.many.is_empty() {
            return self.many.insert(entity);
        }
        if self.few.contains(&entity) {
            return false;
        }
        if self.few.len() == self.few.inline_size() {
            self.many.extend(self.few.drain(..));
            return self.many.insert(entity);
        }
        self.few.push(entity);
        true
    }

    fn remove(&mut self, entity: Entity) {
        self.few.retain(|visited| *visited != entity);
        self.many.remove(&entity);
    }

    fn contains(&self, entity: Entity) -> bool {
        self.few.contains(&entity) || self.many.contains(&entity)
    }

    fn len(&self) -> usize {
        self.few.len() + self.many.len()
    }

    fn clear(&mut self) {
        self.few.clear();
        self.many.clear();
    }
}

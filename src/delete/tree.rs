//! The entities that a delete call despawns, and their order.
//!
//! They are found before anything changes. The search is iterative, so no hierarchy is too deep for it.

use alloc::vec::Vec;
use core::mem;

use bevy_ecs::{
    archetype::Archetype,
    entity::{Entity, EntityHashSet},
    hierarchy::ChildOf,
    world::World,
};

use super::archetype::{ArchetypeFacts, FactsByArchetype, Link};
use crate::track::registry::{Target, Targets, TrackedType};

/// The entities that a delete call despawns, in deletion order: descendants before ancestors, and later siblings before
/// earlier ones.
#[derive(Default)]
pub(crate) struct DeleteTargets {
    /// The targets that a search has found.
    pub(super) found: Vec<Target>,
    /// The targets of a bulk delete that need no search, because nothing can be linked to any of them.
    unrelated: Vec<Entity>,
    /// Those that have the component of a tracked type, for each such type.
    tracked: Vec<TrackedTargets>,
    /// The protected ones, in deletion order.
    pub(super) protected: Vec<Entity>,
    /// Those that have children, each with the link to them, in deletion order.
    pub(super) parents: Vec<(Entity, Link)>,
    /// Parents that are not targets, each with a child that is.
    pub(super) outer_parents: Vec<(Entity, Entity)>,
    /// Whether a target has a component with drop code.
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
    pub(super) queue: Vec<QueuedDespawn>,
    facts: FactsByArchetype,
    /// The position of the facts about the entity that was added last.
    last_facts: u32,
    peak: usize,
    deletes: u32,
}

/// The targets that have the component of a tracked type.
struct TrackedTargets {
    tracked: TrackedType,
    /// In deletion order.
    found: Vec<Target>,
    /// Whether some of the unrelated targets may have the component.
    among_unrelated: bool,
    /// The position of their first message, once they are captured.
    first_message: usize,
}

enum Step {
    /// The search has found this entity.
    Enter(Entity),
    /// The search has been through everything that is linked to this entity.
    Leave(Target, u32),
}

/// An entity that is to be despawned when its turn comes.
#[derive(Clone, Copy)]
pub(super) struct QueuedDespawn {
    pub(super) target: Target,
    /// 0 for an entity that was found before the first despawn. An entity that joined a tree because one of generation n was
    /// despawned has generation n + 1.
    pub(super) generation: u8,
}

impl DeleteTargets {
    /// Prepares for this world.
    #[inline]
    pub(crate) fn refresh(&mut self, world: &World) {
        if self.facts.refresh(world) {
            self.tracked.clear();
        }
    }

    /// Returns the facts about an archetype of the world that it was refreshed for.
    #[inline]
    pub(super) fn facts(&mut self, world: &World, archetype: &Archetype) -> &ArchetypeFacts {
        let position = self.facts.position(world, archetype);
        self.facts.at(position)
    }

    /// Adds the tree of this root if the root has only a few children, which are leaves, and no entity of the tree is protected
    /// or observed, nor is the root's parent. No tree may have been added before. Otherwise it adds nothing, and returns `false`.
    ///
    /// Most game objects are such trees, and a general search takes twice as long.
    #[inline]
    pub(crate) fn add_small_tree(&mut self, world: &World, root: Entity) -> bool {
        debug_assert!(self.found.is_empty());
        let is_small = self.find_small_tree(world, root).is_some();
        if !is_small {
            self.found.clear();
            self.visited.clear();
            self.tracked.iter_mut().for_each(|tracked| tracked.found.clear());
            self.parents.clear();
            self.outer_parents.clear();
            self.is_observed = false;
        }
        is_small
    }

    /// Returns `None` as soon as it is not a small tree.
    fn find_small_tree(&mut self, world: &World, root: Entity) -> Option<()> {
        let entity = world.get_entity(root).ok()?;
        let archetype = entity.archetype();
        let position = self.facts.position(world, archetype);
        let facts = self.facts.at(position);
        let &[link] = facts.links.as_slice() else { return None };
        if facts.is_protected || facts.is_observed(archetype) {
            return None;
        }
        let children = link.children(entity).filter(|children| children.len() <= FEW)?;
        for &child in children.iter().rev() {
            let child_ref = world.get_entity(child).ok()?;
            let archetype = child_ref.archetype();
            let position = self.facts.position(world, archetype);
            let facts = self.facts.at(position);
            let is_leaf = facts.links.is_empty() && !facts.is_protected && !facts.is_observed(archetype);
            if !is_leaf || !self.visited.insert(child) {
                return None;
            }
            self.push(Target { entity: child, root }, position);
        }
        self.push(Target { entity: root, root }, position);
        self.record_outer_parent(world, root);
        (!self.is_observed).then_some(())
    }

    /// Adds the entities of a tree that no earlier tree has added. The call names its root.
    ///
    /// If the tree has protected entities, it adds nothing but those to [`protected`](Self::protected), and returns `false`.
    pub(crate) fn add_tree(&mut self, world: &World, root: Entity) -> bool {
        let (targets, parents, protected) = (self.found.len(), self.parents.len(), self.protected.len());
        self.add_linked(world, root, root);
        if self.protected.len() == protected {
            // The root is the last one, unless it is not spawned or an earlier tree contains it.
            if self.found.len() > targets {
                self.record_outer_parent(world, root);
            }
            return true;
        }
        for target in self.found.drain(targets..).rev() {
            self.visited.remove(target.entity);
            for tracked in &mut self.tracked {
                tracked.found.pop_if(|last| *last == target);
            }
        }
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

    #[inline(always)]
    fn push(&mut self, target: Target, position: u32) {
        push_target(&mut self.found, target);
        self.last_facts = position;
        if self.facts.at(position).is_relevant {
            self.note_facts(target, position);
        }
    }

    fn note_facts(&mut self, target: Target, position: u32) {
        let facts = self.facts.at(position);
        for tracked in &facts.tracked {
            push_target(&mut add_tracked(&mut self.tracked, tracked).found, target);
        }
        if facts.is_protected {
            self.protected.push(target.entity);
        }
        if let Some(link) = facts.hierarchy() {
            self.parents.push((target.entity, link));
        }
        self.have_drops |= facts.has_drop;
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
        self.named_set.extend(self.named.iter().chain(&self.unrelated));
        mem::take(&mut self.named_set)
    }

    /// Records the parent of a root if it survives. Hooks and observers of its `Children` may run.
    fn record_outer_parent(&mut self, world: &World, root: Entity) {
        if self.facts.at(self.last_facts).is_child
            && let Some(parent) = world.get::<ChildOf>(root).map(ChildOf::parent)
            && !self.visited.contains(parent)
            && let Ok(parent_ref) = world.get_entity(parent)
        {
            let archetype = parent_ref.archetype();
            self.is_observed |= self.facts(world, archetype).is_observed(archetype);
            self.outer_parents.push((parent, root));
        }
    }

    /// Adds the named entities, none of which can be linked to another.
    ///
    /// Unless they are observed, only their number and order matter, so they are not looked up one by one.
    pub(crate) fn add_unrelated<'a>(&mut self, are_observed: bool, tracked: impl IntoIterator<Item = &'a TrackedType>) {
        self.is_observed = are_observed;
        // Drop code is not looked up here, so deletion order is kept.
        self.have_drops = true;
        mem::swap(&mut self.unrelated, &mut self.named);
        for tracked in tracked {
            add_tracked(&mut self.tracked, tracked).among_unrelated = true;
        }
        if are_observed {
            self.unrelated
                .iter()
                .for_each(|entity| _ = self.visited.insert(*entity));
        }
    }

    /// Returns all targets.
    #[inline]
    pub(super) fn targets(&self) -> Targets<'_> {
        Targets {
            unrelated: &self.unrelated,
            found: &self.found,
        }
    }

    /// Returns the tracked types that some targets have the component of, each with those that may have it, and with the
    /// place for the position of their first message.
    pub(super) fn tracked(&mut self) -> impl Iterator<Item = (TrackedType, Targets<'_>, &mut usize)> {
        let unrelated = &self.unrelated;
        self.tracked.iter_mut().filter_map(move |tracked| {
            let targets = Targets {
                unrelated: if tracked.among_unrelated { unrelated } else { &[] },
                found: &tracked.found,
            };
            (targets.len() > 0).then_some((tracked.tracked, targets, &mut tracked.first_message))
        })
    }

    /// Plans to despawn the targets one by one.
    pub(super) fn queue_despawns(&mut self) {
        let targets = Targets {
            unrelated: &self.unrelated,
            found: &self.found,
        };
        let queue = targets
            .iter()
            .rev()
            .map(|target| QueuedDespawn { target, generation: 0 });
        self.queue.extend(queue);
    }

    /// Whether this entity is or was among them.
    pub(super) fn contains(&self, entity: Entity) -> bool {
        self.visited.contains(entity)
    }

    /// Adds an entity that no search has found, and queues it as the next one.
    pub(super) fn queue_late(&mut self, target: Target, generation: u8) {
        self.visited.insert(target.entity);
        self.found.push(target);
        self.queue.push(QueuedDespawn { target, generation });
    }

    /// The number of entities that were found, those included that were added while others were despawned.
    pub(super) fn found_count(&self) -> usize {
        self.visited.len()
    }

    /// The number of entities that the buffers have room for.
    pub(super) fn capacity(&self) -> usize {
        self.found.capacity().max(self.visited.many.capacity())
    }

    pub(super) fn shrink_to(&mut self, capacity: usize) {
        self.found.shrink_to(capacity);
        self.unrelated.shrink_to(capacity);
        for tracked in &mut self.tracked {
            tracked.found.shrink_to(capacity);
        }
        self.protected.shrink_to(capacity);
        self.parents.shrink_to(capacity);
        self.outer_parents.shrink_to(capacity);
        self.named.shrink_to(capacity);
        self.named_set.shrink_to(capacity);
        self.visited.many.shrink_to(capacity);
        self.stack.shrink_to(capacity);
        self.queue.shrink_to(capacity);
    }

    /// The most entities of one delete since this was last called.
    pub(super) fn take_peak(&mut self) -> usize {
        self.deletes = 0;
        mem::take(&mut self.peak)
    }

    /// Removes all entities, and keeps the allocations. Returns how often that was done since the peak was taken.
    pub(super) fn clear(&mut self) -> u32 {
        self.peak = self.peak.max(self.targets().len());
        self.deletes += 1;
        self.found.clear();
        self.unrelated.clear();
        for tracked in &mut self.tracked {
            tracked.found.clear();
            tracked.among_unrelated = false;
            tracked.first_message = usize::MAX;
        }
        self.protected.clear();
        self.parents.clear();
        self.outer_parents.clear();
        self.is_observed = false;
        self.have_drops = false;
        self.named.clear();
        self.named_set.clear();
        self.visited.clear();
        self.stack.clear();
        self.queue.clear();
        self.deletes
    }
}

/// Pushes a target field by field.
///
/// `push` copies the value as a whole right after its fields were stored one by one, which stalls the processor (failed store
/// forwarding). In [`DeleteTargets::add_small_tree`], that takes a third of the time.
#[inline(always)]
fn push_target(list: &mut Vec<Target>, target: Target) {
    let empty = Target {
        entity: Entity::PLACEHOLDER,
        root: Entity::PLACEHOLDER,
    };
    list.push(empty);
    if let Some(last) = list.last_mut() {
        last.entity = target.entity;
        last.root = target.root;
    }
}

/// Returns the targets of this tracked type.
#[inline]
fn add_tracked<'a>(list: &'a mut Vec<TrackedTargets>, tracked: &TrackedType) -> &'a mut TrackedTargets {
    let known = list.iter().position(|known| known.tracked.tracking == tracked.tracking);
    let index = known.unwrap_or_else(|| {
        list.push(TrackedTargets {
            tracked: *tracked,
            found: Vec::new(),
            among_unrelated: false,
            first_message: usize::MAX,
        });
        list.len() - 1
    });
    &mut list[index]
}

/// Up to this many entities, a linear search is faster than hashing.
const FEW: usize = 20;

/// The entities that a search has found. A small tree needs no hashing.
#[derive(Default)]
struct Visited {
    few: Vec<Entity>,
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
        if self.few.len() == FEW {
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

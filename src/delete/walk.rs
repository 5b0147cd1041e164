//! The walk: what goes along with an entity, and in which order.
//!
//! It is over before anything changes, and it is iterative, so that no hierarchy is too deep for it.

use alloc::{boxed::Box, vec::Vec};
use core::mem;

use bevy_ecs::{
    component::ComponentId,
    entity::{Entity, EntityHashSet},
    hierarchy::ChildOf,
    resource::Resource,
    world::World,
};
use smallvec::SmallVec;

use super::{
    ahead::despawn_unobserved,
    links::{LinksByArchetype, may_be_related},
};
use crate::pending::capacity_to_keep;

/// Walks linked trees, descendants before ancestors and later siblings before earlier ones.
#[derive(Default)]
pub(crate) struct Walk {
    /// What was walked, in the order of deletion.
    pub(crate) order: Vec<Entity>,
    /// The protected among them.
    pub(crate) protected: Vec<Entity>,
    /// Those among them that others are linked to.
    pub(crate) parents: Vec<Entity>,
    /// The tracked types whose components they have, as indices of [`Deletions::types`](crate::deletions::Deletions).
    pub(crate) tracked: SmallVec<[usize; 4]>,
    /// Whether something else than this crate and Bevy's hierarchy would hear of their despawn, or of what Bevy does to
    /// the parents that are left behind.
    pub(crate) observed: bool,
    /// Whether a parent may be left behind.
    pub(crate) bereaves: bool,
    /// Whether dropping their values may do something.
    pub(crate) drops: bool,
    stack: Vec<Step>,
    /// What was walked, since a second path or a cycle may lead to it again.
    visited: EntityHashSet,
    /// Entities whose latecomers were looked for.
    awaited: EntityHashSet,
    links: LinksByArchetype,
    /// The [`SpareWalk::tracking`] that `links` are true of.
    tracking: u32,
}

/// The walk that no delete needs now.
#[derive(Resource, Default)]
pub(crate) struct SpareWalk {
    walk: Option<Box<Walk>>,
    /// The most entities that were walked at once since memory was given back the last time.
    peak: usize,
    /// How often what is tracked has changed.
    tracking: u32,
}

enum Step {
    Enter(Entity),
    /// All that is linked to it has been walked.
    Leave {
        entity: Entity,
        protected: bool,
    },
}

impl SpareWalk {
    /// What is tracked has changed, so what walks know of archetypes is no longer true.
    pub(crate) fn tracking_has_changed(&mut self) {
        self.tracking = self.tracking.wrapping_add(1);
        self.walk = None;
    }

    /// Gives back the memory that only a burst has needed.
    pub(crate) fn shrink(&mut self) {
        let peak = mem::take(&mut self.peak);
        if let Some(walk) = &mut self.walk
            && let Some(capacity) = capacity_to_keep(walk.visited.capacity(), peak)
        {
            walk.visited.shrink_to(capacity);
            walk.awaited.shrink_to(capacity);
            walk.order.shrink_to(capacity);
            walk.protected.shrink_to(capacity);
            walk.parents.shrink_to(capacity);
            walk.stack.shrink_to(capacity);
        }
    }
}

impl Walk {
    /// Takes the world's spare walk, with the allocations of earlier ones and what they know of archetypes.
    pub(crate) fn take(world: &mut World) -> Box<Self> {
        let Some(mut spare) = world.get_resource_mut::<SpareWalk>() else {
            return Box::default();
        };
        let tracking = spare.tracking;
        let mut walk = spare.walk.take().unwrap_or_default();
        walk.tracking = tracking;
        walk
    }

    /// Leaves it to the world as its spare walk, if the world tracks anything.
    pub(crate) fn put_back(mut self: Box<Self>, world: &mut World) {
        if let Some(mut spare) = world.get_resource_mut::<SpareWalk>()
            && spare.tracking == self.tracking
        {
            spare.peak = spare.peak.max(self.visited.len());
            self.order.clear();
            self.protected.clear();
            self.parents.clear();
            self.tracked.clear();
            self.observed = false;
            self.bereaves = false;
            self.drops = false;
            self.stack.clear();
            self.visited.clear();
            self.awaited.clear();
            spare.walk = Some(self);
        }
    }

    /// Walks the tree below `root`, and returns whether that tree may be deleted.
    ///
    /// What an earlier tree has brought into [`order`](Self::order) is not walked again. A tree with protected entities
    /// leaves nothing in it.
    pub(crate) fn tree(&mut self, world: &World, root: Entity) -> bool {
        let walked = (self.order.len(), self.protected.len(), self.parents.len());
        self.walk(world, root);
        self.look_above(world, root);
        if self.protected.len() == walked.1 {
            return true;
        }
        for entity in self.order.drain(walked.0..) {
            self.visited.remove(&entity);
        }
        self.parents.truncate(walked.2);
        false
    }

    /// Takes note of the parent of a root, which Bevy takes the root from, and `Children` with its last child.
    fn look_above(&mut self, world: &World, root: Entity) {
        if let Some(parent) = world.get::<ChildOf>(root).map(ChildOf::parent)
            && !self.visited.contains(&parent)
            && let Ok(parent) = world.get_entity(parent)
        {
            let archetype = parent.archetype();
            self.bereaves = true;
            self.observed |= self.links.of(world, archetype).is_observed(archetype);
        }
    }

    /// Walks the tree below `root`, protected or not.
    pub(crate) fn walk(&mut self, world: &World, root: Entity) {
        self.links.refresh(world);
        self.stack.push(Step::Enter(root));
        while let Some(step) = self.stack.pop() {
            let entity = match step {
                Step::Enter(entity) => entity,
                Step::Leave { entity, protected } => {
                    self.protected.extend(protected.then_some(entity));
                    self.order.push(entity);
                    self.parents.push(entity);
                    continue;
                }
            };
            let Ok(entity_ref) = world.get_entity(entity) else {
                continue;
            };
            if !self.visited.insert(entity) {
                continue;
            }
            let archetype = entity_ref.archetype();
            let links = self.links.of(world, archetype);
            let protected = links.protected;
            self.observed |= links.is_observed(archetype);
            self.drops |= links.drops;
            for index in &links.tracked {
                if !self.tracked.contains(index) {
                    self.tracked.push(*index);
                }
            }
            if links.is_leaf() {
                self.protected.extend(protected.then_some(entity));
                self.order.push(entity);
                continue;
            }
            self.stack.push(Step::Leave { entity, protected });
            for target in &links.targets {
                target.for_each_source(entity_ref, |source| self.stack.push(Step::Enter(source)));
            }
        }
    }

    /// Whether this was walked.
    pub(crate) fn has(&self, entity: Entity) -> bool {
        self.visited.contains(&entity)
    }

    /// Despawns what was walked, in that order, with what joins it meanwhile, and returns how many there were.
    ///
    /// What is no longer there when its turn comes is passed over.
    pub(crate) fn despawn(&mut self, world: &mut World) -> usize {
        if !self.observed {
            despawn_unobserved(world, self);
            return self.visited.len();
        }
        self.order.reverse(); // into a stack
        while let Some(entity) = self.order.pop() {
            let Ok(next) = world.get_entity(entity) else {
                continue;
            };
            if may_be_related(next.archetype()) && self.push_latecomers(world, entity) {
                continue;
            }
            _ = world.try_despawn(entity);
        }
        // All that was walked is gone, some of it perhaps by other hands.
        self.visited.len()
    }

    /// Puts back the entity whose turn it is, and before it whatever was linked to it since it was walked.
    ///
    /// Returns whether there was any. It is looked for once an entity: what comes later still is left to Bevy, so that
    /// an observer that makes a new child for each deleted one does not keep the delete from ending.
    ///
    /// What is linked to it and waits for its own turn closes a cycle. That link is removed, or Bevy would take the
    /// cycle along, one within the other.
    fn push_latecomers(&mut self, world: &mut World, entity: Entity) -> bool {
        self.links.refresh(world);
        let entity_ref = world.entity(entity);
        let links = self.links.of(world, entity_ref.archetype());
        if links.is_leaf() || self.awaited.contains(&entity) {
            return false;
        }
        let waiting = self.order.len();
        self.order.push(entity);
        let mut sources = SmallVec::<[(Entity, ComponentId); 4]>::new();
        for target in &links.targets {
            target.for_each_source(entity_ref, |source| sources.push((source, target.relationship)));
        }
        let mut closing = SmallVec::<[(Entity, ComponentId); 1]>::new();
        for (source, relationship) in sources.into_iter().rev() {
            if source != entity && self.visited.contains(&source) {
                closing.push((source, relationship));
            } else {
                self.walk(world, source);
            }
        }
        for (source, relationship) in closing {
            if let Ok(mut source) = world.get_entity_mut(source) {
                source.remove_by_id(relationship);
            }
        }
        let latecomers = &mut self.order[waiting + 1..];
        if latecomers.is_empty() {
            self.order.pop();
            return false;
        }
        latecomers.reverse();
        self.awaited.insert(entity);
        true
    }
}

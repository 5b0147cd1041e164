//! The entities that a delete call despawns, with the facts about them that a delete needs.

use alloc::vec::Vec;
use core::mem;

use bevy_ecs::{
    archetype::Archetype,
    entity::{Entity, EntityHashSet},
    world::{CommandQueue, World},
};

use super::archetype::{ArchetypeFacts, FactsByArchetype, Link};
use crate::track::{
    pending::capacity_to_keep,
    registry::{Target, TrackedType},
};

/// The entities that a delete call despawns, in deletion order: descendants before ancestors, and later siblings before
/// earlier ones.
#[derive(Default)]
pub(crate) struct DeleteTargets {
    /// The targets that a search has found.
    pub(super) found: Vec<Target>,
    /// The targets with the component of a tracked type, for each such type.
    pub(super) tracked: Vec<TrackedTargets>,
    /// The protected entities of a single delete, in deletion order.
    pub(super) protected: Vec<Entity>,
    /// Entities whose trees have protected entities, as far as a bulk delete has found them.
    pub(super) blocked: EntityHashSet,
    /// The targets that have children, each with the link to them, in deletion order.
    pub(super) parents: Vec<(Entity, Link)>,
    /// The targets that were not found through their parent, in deletion order.
    pub(super) outer_children: Vec<OuterChild>,
    /// Whether a target has a component with drop code.
    pub(super) have_drops: bool,
    /// Whether other code can run while they are despawned.
    pub(super) is_observed: bool,
    /// Whether they are a small tree, which uses no buffer of a general search.
    pub(super) is_small_tree: bool,
    /// The entities that a bulk delete names, in the order of the call.
    pub(super) named: Vec<Entity>,
    /// The same as a set, once a search needs it.
    pub(super) named_set: EntityHashSet,
    /// All entities that a search has found, and those that were added since.
    pub(super) visited: EntityHashSet,
    pub(super) stack: Vec<Step>,
    /// The entities that are still to be despawned, the next one last, if they are despawned one by one.
    pub(super) queue: Vec<QueuedDespawn>,
    pub(super) facts: FactsByArchetype,
    /// Always empty. Applying it flushes the commands of the world.
    pub(super) no_commands: CommandQueue,
    pub(super) peak: usize,
    pub(super) deletes: u32,
}

/// The targets that have the component of a tracked type.
pub(super) struct TrackedTargets {
    tracked: TrackedType,
    /// In deletion order.
    pub(super) found: Vec<Target>,
    /// Whether any target may have the component: they were not searched.
    among_all: bool,
}

/// A target that was not found through its parent. The parent may be a target, too.
#[derive(Clone, Copy)]
pub(super) struct OuterChild {
    pub(super) parent: Entity,
    pub(super) child: Entity,
}

/// A step that a search has still to take.
pub(super) enum Step {
    /// An entity to look at, and whether it is a child of one that was found.
    Enter(Entity, bool),
    /// The search has been through everything that is linked to this entity.
    Leave(Target, u32),
    /// The search has been through everything that is linked to this child, and the child itself.
    LeaveOuterChild(OuterChild),
}

/// An entity that is to be despawned when its turn comes.
#[derive(Clone, Copy)]
pub(super) struct QueuedDespawn {
    pub(super) target: Target,
    /// 0 for an entity that was found before the first despawn. An entity that joined a tree because one of generation
    /// n was despawned has generation n + 1.
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

    /// Adds the named entities, none of which can be linked to another.
    ///
    /// Unless they are observed, only their number and order matter, so they are not looked up one by one.
    pub(super) fn add_unrelated<'w>(&mut self, world: &World, archetypes: impl Iterator<Item = &'w Archetype>) {
        // Drop code is not looked up here, so deletion order is kept.
        self.have_drops = true;
        let named = self.named.iter();
        self.found.extend(named.map(|&entity| Target { entity, root: entity }));
        for archetype in archetypes {
            let position = self.facts.position(world, archetype);
            let facts = self.facts.at(position);
            self.is_observed |= facts.is_observed(archetype);
            for tracked in &facts.tracked {
                add_tracked(&mut self.tracked, tracked).among_all = true;
            }
        }
        if self.is_observed {
            self.visited.extend(&self.named);
        }
    }

    /// Returns each tracked type whose component a target has: the type, and the targets that may have the
    /// component.
    pub(super) fn tracked(&self) -> impl Iterator<Item = (TrackedType, &[Target])> {
        self.tracked.iter().filter_map(|tracked| {
            let targets = if tracked.among_all { &self.found } else { &tracked.found };
            (!targets.is_empty()).then_some((tracked.tracked, targets.as_slice()))
        })
    }

    /// Whether a general search has found this entity. It does not know the entities of a small tree, and unrelated
    /// ones if they are not observed.
    pub(super) fn contains(&self, entity: Entity) -> bool {
        self.visited.contains(&entity)
    }

    /// The number of entities that the buffers have room for.
    pub(super) fn capacity(&self) -> usize {
        self.found
            .capacity()
            .max(self.visited.capacity())
            .max(self.named.capacity())
    }

    /// Frees the buffers if they are much larger than the deletes since the last call needed.
    #[cold]
    pub(super) fn give_back(&mut self) {
        if self.capacity() > capacity_to_keep(self.peak) {
            let facts = mem::take(&mut self.facts);
            *self = Self {
                facts,
                ..Self::default()
            };
        }
        (self.peak, self.deletes) = (0, 0);
    }

    /// Removes all entities, and keeps the allocations.
    pub(super) fn clear(&mut self) {
        self.found.clear();
        for tracked in &mut self.tracked {
            tracked.found.clear();
            tracked.among_all = false;
        }
        self.parents.clear();
        self.outer_children.clear();
        self.is_observed = false;
        self.have_drops = false;
        if !mem::take(&mut self.is_small_tree) {
            self.protected.clear();
            self.blocked.clear();
            self.named.clear();
            self.named_set.clear();
            self.visited.clear();
            self.stack.clear();
            self.queue.clear();
        }
    }
}

/// Returns the targets of this tracked type.
#[inline]
pub(super) fn add_tracked<'a>(list: &'a mut Vec<TrackedTargets>, tracked: &TrackedType) -> &'a mut TrackedTargets {
    let known = list.iter().position(|known| known.tracked.tracking == tracked.tracking);
    let index = known.unwrap_or_else(|| {
        list.push(TrackedTargets {
            tracked: *tracked,
            found: Vec::new(),
            among_all: false,
        });
        list.len() - 1
    });
    &mut list[index]
}

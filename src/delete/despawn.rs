//! Despawning the targets of a delete call, in deletion order.

use core::mem;

use bevy_ecs::{
    component::ComponentInfo,
    entity::{Entity, EntityHashSet},
    relationship::RelationshipAccessor,
    world::World,
};
use smallvec::SmallVec;

use super::{
    archetype::{Link, may_be_linked},
    fast_path::despawn_unobserved,
    hierarchy,
    targets::{DeleteTargets, QueuedDespawn},
};
use crate::{
    message::{DeleteKind, Origin},
    track::{
        context::{self, ActiveDeletion},
        registry::{Target, TrackedType, tracked_types},
    },
};

/// Despawns the targets, and returns the result of `report` for the number of despawned entities.
#[inline]
pub(super) fn delete_targets<R>(
    world: &mut World,
    targets: &mut DeleteTargets,
    deletion: ActiveDeletion,
    report: impl FnOnce(&mut World, usize) -> R,
) -> R {
    context::with_active(world, deletion, |world| {
        let count = if targets.is_observed {
            despawn_observed(world, targets)
        } else {
            despawn_unobserved(world, targets)
        };
        if context::is_nested(world) {
            // The outer delete may hold snapshots of them.
            targets.found.iter().for_each(|target| release(world, *target));
        }
        report(world, count)
    })
}

fn despawn_observed(world: &mut World, targets: &mut DeleteTargets) -> usize {
    targets.named_set.extend(&targets.named);
    context::set_named(world, mem::take(&mut targets.named_set));
    let queued = targets.found.iter().rev();
    let queued = queued.map(|&target| QueuedDespawn { target, generation: 0 });
    targets.queue.extend(queued);
    let mut deletion = ObservedDeletion {
        world,
        targets,
        held: EntityHashSet::new(),
        is_complete: false,
    };
    deletion.hold_relationships();
    hierarchy::sort_children(deletion.world, deletion.targets, false);
    deletion.despawn();
    deletion.is_complete = true;
    drop(deletion);
    targets.visited.len()
}

/// A deletion during which hooks and observers of other code run. They can link entities to the targets, reparent
/// targets, or despawn them early.
struct ObservedDeletion<'a> {
    world: &'a mut World,
    targets: &'a mut DeleteTargets,
    /// The entities whose snapshots it holds. An outer deletion may hold others.
    held: EntityHashSet,
    is_complete: bool,
}

/// After this many rounds, an entity is despawned before those that other code has linked to it, as Bevy does. Nothing
/// can be linked to a despawned entity. So a hook that spawns a child for every deleted child cannot keep a delete from
/// finishing.
const LAST_GENERATION: u8 = 8;

type Sources = SmallVec<[(Entity, Link); 4]>;

impl ObservedDeletion<'_> {
    /// Captures the relationship components of all targets that may be removed or changed before their own entity is
    /// despawned: relationship targets such as `Children`, and relationships without `linked_spawn`.
    fn hold_relationships(&mut self) {
        for (tracked, targets) in self.targets.tracked() {
            if can_change(self.world, tracked) {
                for target in targets.iter() {
                    hold(self.world, &mut self.held, tracked, target.entity);
                }
            }
        }
    }

    /// Captures all such components of an entity that has joined the tree, or that others have been linked to.
    fn hold_all(&mut self, entity: Entity) {
        for tracked in tracked_types(self.world) {
            if can_change(self.world, tracked) {
                hold(self.world, &mut self.held, tracked, entity);
            }
        }
    }

    fn despawn(&mut self) {
        while let Some(queued) = self.targets.queue.pop() {
            context::set_root(self.world, queued.target.root);
            let sources = self.sources(queued.target.entity);
            if sources.is_empty() || self.prepare(queued, sources) {
                // Other code may have despawned it early.
                _ = self.world.try_despawn(queued.target.entity);
                if !self.held.is_empty() {
                    release(self.world, queued.target);
                }
            }
        }
    }

    /// Returns the entities that are linked to this one now.
    fn sources(&mut self, entity: Entity) -> Sources {
        let mut sources = Sources::new();
        if let Ok(entity_ref) = self.world.get_entity(entity)
            && may_be_linked(entity_ref.archetype())
        {
            self.targets.refresh(self.world);
            let facts = self.targets.facts(self.world, entity_ref.archetype());
            for link in &facts.links {
                link.for_each_source(entity_ref, |source| {
                    if source != entity && self.world.entities().contains_spawned(source) {
                        sources.push((source, *link));
                    }
                });
            }
        }
        sources
    }

    /// Queues the entities that were linked to this one since the tree was searched, so that they are despawned first.
    /// Returns whether this one is despawned now: there are none, or it is of the last generation.
    ///
    /// A source that is itself a target is despawned in its own turn, not with the entity that it is linked to. (This
    /// happens in a cycle, or if other code has reparented it.)
    fn prepare(&mut self, queued: QueuedDespawn, sources: Sources) -> bool {
        let QueuedDespawn { target, generation } = queued;
        self.hold_all(target.entity);
        let (waiting, joined): (Sources, Sources) = sources
            .into_iter()
            .partition(|(source, _)| self.targets.contains(*source));
        self.detach(target.entity, &waiting, &joined);
        let is_ready = joined.is_empty() || generation == LAST_GENERATION;
        if is_ready {
            self.detach(target.entity, &joined, &[]);
        } else {
            let generation = generation + 1;
            self.targets.queue.push(QueuedDespawn { target, generation });
        }
        let first = self.targets.found.len();
        for (source, _) in joined.into_iter().rev() {
            if is_ready {
                self.targets.add_alone(source, target.root);
            } else {
                self.targets.add_linked(self.world, source, target.root);
            }
        }
        for index in first..self.targets.found.len() {
            self.hold_all(self.targets.found[index].entity);
        }
        let generation = LAST_GENERATION.min(generation + 1);
        let joined = self.targets.found[first..].iter().rev();
        let queue = &mut self.targets.queue;
        queue.extend(joined.map(|&target| QueuedDespawn { target, generation }));
        is_ready
    }

    /// Keeps Bevy from despawning these sources together with their target, recursively. The sources in `kept` stay
    /// linked.
    ///
    /// Children are removed from their parent's `Children`, and keep their `ChildOf`. Any other relationship is removed
    /// from its source, because Bevy offers no other way. If it is tracked, it is captured first.
    fn detach(&mut self, target: Entity, sources: &[(Entity, Link)], kept: &[(Entity, Link)]) {
        if let Some((_, link)) = sources.iter().find(|(_, link)| link.is_hierarchy())
            && let Ok(mut parent) = self.world.get_entity_mut(target)
        {
            let children = kept.iter().filter(|(_, link)| link.is_hierarchy());
            let children: SmallVec<[Entity; 4]> = children.map(|(child, _)| *child).collect();
            link.set_children(&mut parent, &children);
        }
        for (source, link) in sources.iter().filter(|(_, link)| !link.is_hierarchy()) {
            for tracked in tracked_types(self.world) {
                if tracked.component == link.relationship {
                    hold(self.world, &mut self.held, tracked, *source);
                }
            }
            if let Ok(mut source) = self.world.get_entity_mut(*source) {
                source.remove_by_id(link.relationship);
            }
        }
    }
}

impl Drop for ObservedDeletion<'_> {
    fn drop(&mut self) {
        context::set_named(self.world, EntityHashSet::new());
        if !self.is_complete {
            for target in &self.targets.found {
                if self.held.contains(&target.entity) || !self.world.entities().contains_spawned(target.entity) {
                    release(self.world, *target);
                }
            }
            hierarchy::restore_children(self.world, self.targets);
        }
    }
}

/// Captures the entity now, if it has the tracked component. Its message is added once it is despawned.
fn hold(world: &mut World, held: &mut EntityHashSet, tracked: TrackedType, entity: Entity) {
    let entity_ref = world.get_entity(entity);
    let has_component = entity_ref.is_ok_and(|entity_ref| entity_ref.contains_id(tracked.component));
    if has_component && (tracked.hold)(world, entity) {
        held.insert(entity);
    }
}

/// Adds the messages of an entity that are held, now that it is despawned. If it has survived a panic, adds those of
/// the components that were removed from it, and drops the others.
pub(super) fn release(world: &mut World, target: Target) {
    let operation = context::active_operation(world);
    let Some(deletion) = context::active(world) else {
        return;
    };
    let origin = deletion.origin(target.entity, target.root, operation);
    for tracked in tracked_types(world) {
        let survivor = world.get_entity(target.entity);
        let kept = survivor.map(|survivor| survivor.contains_id(tracked.component));
        let origin = match kept {
            Err(_) => Some(origin),
            Ok(true) => None,
            Ok(false) => Some(Origin {
                kind: DeleteKind::Remove,
                root: None,
                ..origin
            }),
        };
        (tracked.release)(world, target.entity, origin);
    }
}

/// Whether the despawn of another entity can remove or change the tracked component before its entity is despawned.
fn can_change(world: &World, tracked: TrackedType) -> bool {
    let info = world.components().get_info(tracked.component);
    match info.and_then(ComponentInfo::relationship_accessor) {
        Some(RelationshipAccessor::RelationshipTarget { .. }) => true,
        Some(accessor @ RelationshipAccessor::Relationship { .. }) => !accessor.linked_spawn(),
        None => false,
    }
}

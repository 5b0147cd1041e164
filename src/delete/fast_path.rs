//! Despawning when no other code can run.
//!
//! If no other hook or observer runs during these despawns, no code can run between them. So all snapshots can be taken
//! before the first despawn, type by type. And Bevy need not maintain the hierarchy while it is taken apart: it would
//! remove `Children` from each parent together with the last child, which costs more than a despawn.

use core::mem;

use bevy_ecs::{entity::Entity, world::World};

use super::{archetype::Link, hierarchy, targets::DeleteTargets};
use crate::track::{
    context,
    registry::{Settle, Target},
    settle::settle_all,
};

/// Captures and despawns the targets, within an active deletion, and returns the number of despawned entities.
///
/// If a capture panics, all of them survive, and nothing is published. If a despawn panics, the rest survive.
pub(super) fn despawn_unobserved(world: &mut World, targets: &mut DeleteTargets) -> usize {
    let mut deletion = CapturedDeletion { world, targets };
    for (tracked, targets) in deletion.targets.tracked() {
        (tracked.capture_all)(deletion.world, tracked.component, targets);
    }
    context::set_captured(deletion.world);
    deletion.despawn();
    let count = deletion.targets.found.len();
    mem::forget(deletion);
    count
}

/// A deletion whose snapshots are taken before the first despawn. If it is not completed, it retracts the messages of
/// the survivors, and restores their hierarchy.
struct CapturedDeletion<'a> {
    world: &'a mut World,
    targets: &'a mut DeleteTargets,
}

impl CapturedDeletion<'_> {
    fn despawn(&mut self) {
        let parents_first = !self.targets.have_drops;
        hierarchy::sort_children(self.world, self.targets, parents_first);
        let DeleteTargets { found, parents, .. } = &*self.targets;
        if parents_first {
            // The order is visible only in `RemovedComponents`, and in the ids of the next entities. It is a tenth
            // faster to despawn parents first, because Bevy then does not update their `Children`.
            return despawn_each(self.world, found.iter().rev(), parents.iter().rev());
        }
        if parents.is_empty() {
            for target in found {
                _ = self.world.try_despawn(target.entity);
            }
            return;
        }
        // Bevy removes `Children` when they become empty. A placeholder prevents that until the parent itself is
        // despawned.
        for (parent, link) in parents {
            if let Ok(mut parent) = self.world.get_entity_mut(*parent) {
                link.set_children(&mut parent, &[Entity::PLACEHOLDER]);
            }
        }
        despawn_each(self.world, found.iter(), parents.iter());
    }
}

/// Despawns targets. `parents` has the parents among them, in the same order. The list of children of each is emptied
/// first, so that Bevy does not despawn the children with it.
#[inline]
fn despawn_each<'a>(
    world: &mut World,
    found: impl Iterator<Item = &'a Target>,
    parents: impl Iterator<Item = &'a (Entity, Link)>,
) {
    let mut parents = parents.peekable();
    for target in found {
        if let Ok(mut entity) = world.get_entity_mut(target.entity) {
            if let Some((_, link)) = parents.next_if(|(parent, _)| *parent == target.entity) {
                link.set_children(&mut entity, &[]);
            }
            entity.despawn();
        }
    }
}

impl Drop for CapturedDeletion<'_> {
    fn drop(&mut self) {
        let operation = context::active_operation(self.world);
        settle_all(&mut *self.world, Settle::Operation(operation));
        hierarchy::restore_children(self.world, self.targets);
    }
}

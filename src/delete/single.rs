//! Deleting one entity, with everything that is linked to it.

use bevy_ecs::{
    archetype::{Archetype, ArchetypeId},
    entity::Entity,
    error::BevyError,
    system::{EntityCommand, entity_command},
    world::World,
};

use super::{
    archetype::may_be_linked,
    despawn::{delete_targets, release},
    error::DeleteError,
    scratch,
};
use crate::track::{
    context::{ActiveDeletion, DeleteCall, is_nested, with_active},
    registry::Target,
};

/// Applies a queued delete command.
#[inline]
pub(super) fn delete(world: &mut World, entity: Entity, call: DeleteCall) -> Result<(), BevyError> {
    let target = world.get_entity_mut(entity)?;
    let archetype = target.archetype();
    if !archetype.has_despawn_hook() && has_despawn_hooks_only(archetype) {
        entity_command::despawn().apply(target);
    } else if may_be_linked(archetype) {
        delete_tree(world, entity, call, |_, _| ())?;
    } else if has_despawn_hooks_only(archetype) {
        let only = archetype.id();
        delete_alone(world, entity, call, only, |_, _| ());
    } else {
        // Observers may queue commands, so commands that are left from before are applied first.
        delete_flushed(world, entity, call, |_, _| ())?;
    }
    Ok(())
}

/// Applies the commands that are queued already, which are not part of the delete. Then deletes the entity, and returns
/// the result of `report`.
pub(super) fn delete_flushed<R>(
    world: &mut World,
    entity: Entity,
    call: DeleteCall,
    report: impl FnOnce(&mut World, usize) -> R,
) -> Result<R, DeleteError> {
    world.flush();
    let Ok(target) = world.get_entity(entity) else {
        return Err(DeleteError::NotSpawned);
    };
    if may_be_linked(target.archetype()) {
        delete_tree(world, entity, call, report)
    } else {
        Ok(delete_alone(world, entity, call, ArchetypeId::EMPTY, report))
    }
}

/// Whether only `on_despawn` hooks run, if any.
#[inline]
fn has_despawn_hooks_only(archetype: &Archetype) -> bool {
    !(archetype.has_despawn_observer()
        || archetype.has_discard_hook()
        || archetype.has_discard_observer()
        || archetype.has_remove_hook()
        || archetype.has_remove_observer())
}

/// Deletes an entity that nothing is linked to, and returns the result of `report`.
///
/// `only`: see [`ActiveDeletion::only`].
// Out of line, like `delete_tree`: otherwise a single delete takes a tenth longer.
#[inline(never)]
fn delete_alone<R>(
    world: &mut World,
    entity: Entity,
    call: DeleteCall,
    only: ArchetypeId,
    report: impl FnOnce(&mut World, usize) -> R,
) -> R {
    #[cfg(feature = "trace")]
    let _span = super::span::delete_span(Some(entity), call.cause);
    let mut deletion = ActiveDeletion::new(entity, call);
    deletion.only = only;
    with_active(world, deletion, |world| {
        let count = usize::from(world.despawn(entity));
        if is_nested(world) {
            // The outer delete may hold snapshots of it.
            release(world, Target { entity, root: entity });
        }
        report(world, count)
    })
}

/// Deletes an entity with everything that is linked to it, and returns the result of `report`.
#[inline(never)]
fn delete_tree<R>(
    world: &mut World,
    entity: Entity,
    call: DeleteCall,
    report: impl FnOnce(&mut World, usize) -> R,
) -> Result<R, DeleteError> {
    #[cfg(feature = "trace")]
    let _span = super::span::delete_span(Some(entity), call.cause);
    let mut targets = scratch::take(world);
    let result = if targets.add_small_tree(world, entity) || targets.add_tree(world, entity) {
        let deletion = ActiveDeletion::new(entity, call);
        Ok(delete_targets(world, &mut targets, deletion, report))
    } else {
        let protected = targets.protected.clone();
        Err(DeleteError::Protected { entity, protected })
    };
    scratch::put_back(world, targets);
    result
}

//! Deleting one entity, with what is linked to it.

use alloc::boxed::Box;

use bevy_ecs::{archetype::Archetype, change_detection::MaybeLocation, entity::Entity, error::BevyError, world::World};

use super::{
    current::{within, within_counted},
    error::DeleteError,
    links::{may_be_related, stands_alone},
    open::Open,
    report::DeleteReport,
    walk::Walk,
};
use crate::message::DeleteReason;

/// Deletes the entity, for the commands, which have nobody to report to.
#[inline]
pub(crate) fn delete(
    world: &mut World,
    entity: Entity,
    reason: Option<DeleteReason>,
    caller: MaybeLocation,
) -> Result<(), BevyError> {
    let target = world.get_entity_mut(entity)?;
    let archetype = target.archetype();
    if goes_unnoticed(archetype) {
        bevy_ecs::system::EntityCommand::apply(bevy_ecs::system::entity_command::despawn(), target);
    } else if may_be_related(archetype) {
        delete_related(world, entity, reason, caller)?;
    } else {
        delete_alone(world, entity, reason, caller);
    }
    Ok(())
}

/// Deletes an entity that nothing is linked to.
///
/// Kept apart from [`delete`] so that what is inlined into every command stays small.
#[inline(never)]
fn delete_alone(world: &mut World, entity: Entity, reason: Option<DeleteReason>, caller: MaybeLocation) {
    within(world, Open::new(Some(entity), reason, caller), |world| {
        world.despawn(entity)
    });
}

#[inline(never)]
fn delete_related(
    world: &mut World,
    entity: Entity,
    reason: Option<DeleteReason>,
    caller: MaybeLocation,
) -> Result<(), DeleteError> {
    let doomed = Doomed::find(world, entity)?;
    within(world, Open::new(Some(entity), reason, caller), |world| {
        doomed.despawn(world)
    });
    Ok(())
}

/// Deletes the entity, and reports on it.
pub(crate) fn delete_reported(
    world: &mut World,
    entity: Entity,
    reason: Option<DeleteReason>,
    caller: MaybeLocation,
) -> Result<DeleteReport, DeleteError> {
    // What is queued already is not part of this delete.
    world.flush();
    let doomed = Doomed::find(world, entity)?;
    let open = Open::new(Some(entity), reason, caller);
    Ok(DeleteReport::new(within_counted(world, open, |world| {
        doomed.despawn(world)
    })))
}

/// Whether an entity of this archetype can be despawned without any hook or observer hearing of it.
///
/// Then nothing is captured, nothing is linked to it, and nobody can do anything meanwhile.
#[inline]
fn goes_unnoticed(archetype: &Archetype) -> bool {
    !(archetype.has_despawn_hook()
        || archetype.has_despawn_observer()
        || archetype.has_discard_hook()
        || archetype.has_discard_observer()
        || archetype.has_remove_hook()
        || archetype.has_remove_observer())
}

/// What a delete of one entity takes.
enum Doomed {
    One(Entity),
    Tree(Box<Walk>),
}

impl Doomed {
    #[inline]
    fn find(world: &mut World, entity: Entity) -> Result<Self, DeleteError> {
        let Ok(root) = world.get_entity(entity) else {
            return Err(DeleteError::NotSpawned);
        };
        if !may_be_related(root.archetype()) || stands_alone(world, root.archetype()) {
            return Ok(Self::One(entity));
        }
        let mut walk = Walk::take(world);
        if walk.tree(world, entity) {
            Ok(Self::Tree(walk))
        } else {
            let protected = core::mem::take(&mut walk.protected);
            walk.put_back(world);
            Err(DeleteError::Protected { entity, protected })
        }
    }

    #[inline]
    fn despawn(self, world: &mut World) -> usize {
        match self {
            Self::One(entity) => usize::from(world.despawn(entity)),
            Self::Tree(mut walk) => {
                let despawned = walk.despawn(world);
                walk.put_back(world);
                despawned
            }
        }
    }
}

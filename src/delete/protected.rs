//! The component that protects an entity from being deleted.

#[cfg(feature = "bevy_reflect")]
use bevy_ecs::reflect::ReflectComponent;
use bevy_ecs::{component::Component, lifecycle::HookContext, world::DeferredWorld};
#[cfg(feature = "bevy_reflect")]
use bevy_reflect::{Reflect, std_traits::ReflectDefault};

use crate::track::{context::active, describe_place};

/// Protects an entity from being deleted.
///
/// A `delete` whose tree contains a protected entity fails as a whole, before anything changes, and names the protected
/// entities: see [`DeleteError::Protected`](crate::DeleteError::Protected). A command logs that as a warning. Bulk
/// deletes skip trees with protected entities, and log how many.
///
/// Bevy's own `despawn` ignores it. Outside of a delete, such a despawn logs a warning. `DespawnOnExit` despawns in
/// this way, too: to avoid the warning, remove `Protected` before the state exits.
///
/// # Example
///
/// ```
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// let mut world = World::new();
/// let squad = world.spawn(children![(), Protected]).id();
/// let captain = world.entity(squad).get::<Children>().unwrap()[1];
///
/// let error = world.delete(squad).unwrap_err();
/// assert_eq!(error, DeleteError::Protected { entity: squad, protected: vec![captain] });
///
/// world.entity_mut(captain).remove::<Protected>();
/// assert_eq!(world.delete(squad)?.entity_count(), 3);
/// # Ok::<(), DeleteError>(())
/// ```
// The `on_discard` hook marks the archetype: entities without such a hook are deleted without looking for this
// component.
#[derive(Component, Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "bevy_reflect", derive(Reflect))]
#[cfg_attr(feature = "bevy_reflect", reflect(Component, Default, Debug))]
#[component(on_despawn = warn_of_despawn, on_discard = mark_archetype)]
pub struct Protected;

fn mark_archetype(_: DeferredWorld<'_>, _: HookContext) {}

fn warn_of_despawn(world: DeferredWorld<'_>, context: HookContext) {
    // A delete has checked its tree. An entity that was protected or linked to the tree since is not worth a warning.
    if active(&world).is_none() {
        let place = describe_place(context.caller);
        log::warn!(
            "entity {} is `Protected`, but was despawned without `delete`{place}",
            context.entity
        );
    }
}

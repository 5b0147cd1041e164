//! The veto against being deleted.

#[cfg(feature = "bevy_reflect")]
use bevy_ecs::reflect::ReflectComponent;
use bevy_ecs::{component::Component, lifecycle::HookContext, world::DeferredWorld};
#[cfg(feature = "bevy_reflect")]
use bevy_reflect::{Reflect, std_traits::ReflectDefault};

/// Keeps an entity from being deleted.
///
/// A `delete` whose tree holds a protected entity fails whole, before anything is changed, and names the entities that
/// stand in its way: see [`DeleteError::Protected`](crate::DeleteError::Protected). Through commands it is logged as a
/// warning. Bulk deletes leave out the trees with protected entities, and log how many.
///
/// Bevy's own `despawn` knows nothing of it and takes protected entities like any other.
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
/// assert_eq!(world.delete(squad)?.entities(), 3);
/// # Ok::<(), DeleteError>(())
/// ```
// The hook is there for its archetype flag: an entity without any `Discard` hook is deleted without further questions.
#[derive(Component, Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "bevy_reflect", derive(Reflect))]
#[cfg_attr(feature = "bevy_reflect", reflect(Component, Default, Debug))]
#[component(on_discard = mark_archetype)]
pub struct Protected;

fn mark_archetype(_: DeferredWorld<'_>, _: HookContext) {}

//! Whether hooks of other code run when an entity is despawned.

use core::any::TypeId;

use bevy_ecs::{
    archetype::Archetype,
    component::{ComponentId, ComponentInfo},
    hierarchy::{ChildOf, Children},
    world::World,
};

use super::registry::Registry;

/// Whether some archetype with the component, from position `first` on, has an `on_despawn` hook of other code.
pub(super) fn have_foreign_despawn_hook(world: &World, component: ComponentId, first: usize) -> bool {
    let mut archetypes = world.archetypes().iter().skip(first);
    archetypes.any(|archetype| archetype.contains(component) && has_foreign_despawn_hook(world, archetype))
}

/// Whether the archetype has an `on_despawn` hook of other code.
///
/// Relationship components are skipped: they also have `on_discard` hooks, by which a capture recognizes their
/// archetypes.
pub(super) fn has_foreign_despawn_hook(world: &World, archetype: &Archetype) -> bool {
    let registry = world.get_resource::<Registry>();
    archetype.iter_components().any(|component| {
        let captures = registry.is_some_and(|registry| registry.captures_by_hook(component));
        let info = world.components().get_info(component);
        !captures && info.is_some_and(|info| info.relationship_accessor().is_none() && has_despawn_hook(info))
    })
}

/// Whether a hook of other code runs when the component's entity is despawned.
///
/// This crate's capture hooks, and the hooks with which Bevy maintains `ChildOf` and `Children`, do not count. Those of
/// `Protected` do.
pub(crate) fn has_foreign_hook(info: &ComponentInfo, captures_by_hook: bool) -> bool {
    let is = |known: TypeId| info.type_id() == Some(known);
    let (is_child_of, is_children) = (is(TypeId::of::<ChildOf>()), is(TypeId::of::<Children>()));
    let mut hooks = info.hooks().clone();
    (has_despawn_hook(info) && !captures_by_hook && !is_children)
        || (hooks.try_on_discard(|_, _| {}).is_none() && !is_child_of && !is_children)
        || hooks.try_on_remove(|_, _| {}).is_none()
}

/// Whether the component has an `on_despawn` hook. Bevy shows that only by refusing another one.
fn has_despawn_hook(info: &ComponentInfo) -> bool {
    info.hooks().clone().try_on_despawn(|_, _| {}).is_none()
}

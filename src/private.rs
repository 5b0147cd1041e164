//! The names in the code that `#[derive(Snapshot)]` generates. They are not public API.
//!
//! The traits exist for their messages: the compiler shows them at the field whose type does not fit.

pub use bevy_ecs::{
    component::{Component, Mutable},
    world::EntityMut,
};

use core::any::type_name;

use bevy_ecs::entity::Entity;

use crate::Snapshot;

/// Returns the tracked component of an entity. It is there whenever a snapshot is captured.
#[inline]
pub fn tracked<'a, S: Snapshot>(entity: &'a EntityMut<'_>) -> Option<&'a S::Component> {
    entity.get()
}

/// Returns a component of an entity.
#[inline]
pub fn get<'a, C: ComponentField>(entity: &'a EntityMut<'_>) -> Option<&'a C> {
    entity.get()
}

/// Returns `true` if an entity has a component.
#[inline]
pub fn contains<C: TakeField>(entity: &EntityMut<'_>) -> bool {
    entity.contains::<C>()
}

/// Moves a component out of an entity, and replaces it with its default.
///
/// # Panics
///
/// If it is a relationship target: without its list, Bevy would not despawn the sources.
#[inline]
pub fn take<C: TakeField + DefaultField>(entity: &mut EntityMut<'_>) -> Option<C> {
    assert!(
        C::relationship_accessor().is_none(),
        "`#[snapshot(take)]` cannot be used for the relationship target `{}`, because its sources would not be despawned. \
        Implement `Snapshot`, and copy the ids of the sources",
        type_name::<C>(),
    );
    entity
        .get_mut::<C>()
        .map(|mut component| core::mem::take(&mut *component))
}

/// Returns the id of an entity.
#[inline]
pub fn id<E: EntityField>(entity: &EntityMut<'_>) -> E {
    E::from(entity.id())
}

/// Clones the value of a field.
#[inline]
pub fn clone<T: CloneField>(value: &T) -> T {
    value.clone()
}

/// Clones the value of an optional field.
#[inline]
pub fn clone_optional<T: CloneField>(value: Option<&T>) -> Option<T> {
    value.cloned()
}

/// The type of a field that is read from the entity.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `Component`, so `#[derive(Snapshot)]` cannot read it from the entity",
    label = "not a `Component`",
    note = "write `#[derive(Component)]` on `{Self}`, or name a component of the entity as the field's type"
)]
pub trait ComponentField: Component {}

#[diagnostic::do_not_recommend]
impl<C: Component> ComponentField for C {}

/// The type of a field that is cloned.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Clone`, so `#[derive(Snapshot)]` cannot clone it from the entity",
    label = "not `Clone`",
    note = "write `#[derive(Clone)]` on `{Self}`, or move it out of the entity: write `#[snapshot(take)]` on the field",
    note = "`Children` and other relationship targets cannot be moved out: implement `Snapshot`, and copy the ids"
)]
pub trait CloneField: Clone {}

#[diagnostic::do_not_recommend]
impl<T: Clone> CloneField for T {}

/// The type of a field with `#[snapshot(take)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a mutable `Component`, so `#[derive(Snapshot)]` cannot take it from the entity",
    label = "not a mutable `Component`",
    note = "write `#[derive(Component)]` on `{Self}`, without `#[component(immutable)]`",
    note = "a component that is `Clone` can be cloned: remove `#[snapshot(take)]` from the field"
)]
pub trait TakeField: Component<Mutability = Mutable> {}

#[diagnostic::do_not_recommend]
impl<C: Component<Mutability = Mutable>> TakeField for C {}

/// The type of a field with `#[snapshot(take)]`: its default value stays on the entity.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Default`, so `#[derive(Snapshot)]` cannot take it from the entity",
    label = "not `Default`",
    note = "`#[snapshot(take)]` leaves the default on the entity: write `#[derive(Default)]` on `{Self}`"
)]
pub trait DefaultField: Default {}

#[diagnostic::do_not_recommend]
impl<T: Default> DefaultField for T {}

/// The type of a field with `#[snapshot(entity)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Entity`, so `#[derive(Snapshot)]` cannot write the entity to it",
    label = "not `Entity`",
    note = "write `Entity` as the field's type, or remove `#[snapshot(entity)]` if the field is a component"
)]
pub trait EntityField: From<Entity> {}

impl EntityField for Entity {}

//! The derive macro of [bevy_post_delete](https://docs.rs/bevy_post_delete), which re-exports it as
//! `bevy_post_delete::Snapshot`. The generated code needs that crate.

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

mod attributes;
mod bounds;
mod expand;
mod input;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// Derives `Snapshot` for a struct. Each field is a component of the entity, or the entity's id.
///
/// # Fields
///
/// | field | value | entity without the component |
/// |---|---|---|
/// | `at: Transform` | a clone of the component | is not captured |
/// | `team: Option<Team>` | a clone of the component, if there is one | is captured, with `None` |
/// | `#[snapshot(take)] mesh: Mesh` | the component, moved out of the entity | is not captured |
/// | `#[snapshot(take)] mesh: Option<Mesh>` | the component, moved out of the entity if there is one | is captured, with `None` |
/// | `#[snapshot(entity)] id: Entity` | the id of the entity | |
///
/// A cloned component must be `Clone`. A component with `take` must be `Default` and mutable:
/// [`mem::take`](core::mem::take) leaves the default value on the entity. Components are taken after all other fields
/// have been read, so nothing is taken from an entity that is not captured. The capture panics if a component with
/// `take` is a relationship target such as `Children`, because Bevy would not despawn its sources.
///
/// The macro recognizes an `Option` by its name, but not a type alias of it.
///
/// # The tracked component
///
/// A snapshot is captured when an entity with the tracked component is deleted. By default, the tracked component is
/// the type of the first field. `#[snapshot(component = Enemy)]` on the struct selects another one, which need not be a
/// field. The attribute is required if the first field is an `Option` or the id, or if there is no field.
///
/// The component must be at least as visible as the struct. Otherwise, the compiler reports E0446.
///
/// # Copies
///
/// `Snapshot::try_clone` clones field by field, for receivers that keep their own copy. It returns `None` if the struct
/// has a `take` field, since a taken value cannot be cloned.
///
/// # Generics
///
/// A generic struct gets a bound for each field whose type contains a parameter: `Wrapper<T>: Component + Clone`, or
/// `Wrapper<T>: Component<Mutability = Mutable> + Default` with `take`. The parameter itself only needs to be
/// `'static`. A struct with a lifetime is rejected, because a snapshot outlives the entity.
///
/// # Components
///
/// A component that is `Clone` is already a snapshot of itself, so `#[derive(Component, Clone, Snapshot)]` causes the
/// error E0119. Remove `Snapshot` to track the component itself. To combine several components, derive `Snapshot` for a
/// struct that is not a component.
///
/// # Example
///
/// ```
/// use bevy_ecs::{message::Messages, prelude::*};
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone, PartialEq, Debug)]
/// struct Enemy {
///     gold: u32,
/// }
///
/// #[derive(Component, Clone, PartialEq, Debug)]
/// struct Position(f32, f32);
///
/// #[derive(Component, Clone, PartialEq, Debug)]
/// struct Team(u8);
///
/// #[derive(Component, Default)]
/// struct Mesh(Vec<u8>); // expensive to clone
///
/// #[derive(Snapshot)]
/// struct DeadEnemy {
///     enemy: Enemy, // tracked, because it is the first field
///     at: Position,
///     team: Option<Team>,
///     #[snapshot(take)]
///     mesh: Mesh,
///     #[snapshot(entity)]
///     id: Entity,
/// }
///
/// let mut world = World::new();
/// world.track_deletes::<DeadEnemy>();
/// let enemy = world.spawn((Enemy { gold: 5 }, Position(1.0, 2.0), Mesh(vec![1, 2, 3]))).id();
/// let without_position = world.spawn((Enemy { gold: 1 }, Mesh::default())).id();
///
/// world.delete(enemy)?;
/// world.delete(without_position)?;
/// world.publish_deletes();
///
/// let messages = world.resource::<Messages<PostDelete<DeadEnemy>>>();
/// assert_eq!(messages.len(), 1);
/// let dead = &messages.iter_current_update_messages().next().unwrap().snapshot;
/// assert_eq!(dead.enemy, Enemy { gold: 5 });
/// assert_eq!(dead.at, Position(1.0, 2.0));
/// assert_eq!(dead.team, None);
/// assert_eq!(dead.mesh.0, [1, 2, 3]);
/// assert_eq!(dead.id, enemy);
/// # Ok::<(), DeleteError>(())
/// ```
#[proc_macro_derive(Snapshot, attributes(snapshot))]
pub fn derive_snapshot(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    match input::Input::new(input) {
        Ok(input) => expand::expand(&input).into(),
        Err(errors) => errors.into_compile_error().into(),
    }
}

//! Components and functions that the tests share.

use bevy_ecs::{message::Messages, prelude::*};
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, PartialEq, Debug)]
pub(crate) struct Enemy {
    pub(crate) gold: u32,
}

#[derive(Component, Clone, Copy, PartialEq, Debug)]
pub(crate) struct Position(pub(crate) f32, pub(crate) f32);

#[derive(Component, Clone, PartialEq, Debug)]
pub(crate) struct Team(pub(crate) &'static str);

/// Expensive to clone, so it is not `Clone`.
#[derive(Component, Default, PartialEq, Debug)]
pub(crate) struct Mesh(pub(crate) Vec<u8>);

/// A second component that is not `Clone`.
#[derive(Component, Default, PartialEq, Debug)]
pub(crate) struct Sound(pub(crate) Vec<u8>);

/// Spawns and despawns an entity with these components. Returns the published snapshot.
pub(crate) fn published<S: Snapshot>(components: impl Bundle) -> Option<S> {
    let mut world = World::new();
    world.track_deletes::<S>();
    world.spawn(components).despawn();
    world.publish_deletes();
    let mut messages = world.resource_mut::<Messages<PostDelete<S>>>();
    messages.drain().next().map(|message| message.snapshot)
}

/// Captures a snapshot of an entity without despawning it.
pub(crate) fn capture<S: Snapshot>(world: &mut World, entity: Entity) -> Option<S> {
    S::capture(world.entity_mut(entity).into())
}

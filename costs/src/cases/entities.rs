//! The entities that come and go.

use bevy_ecs::prelude::*;

#[derive(Component, Clone, Copy)]
pub(crate) struct Position(pub(crate) [f32; 4]);

#[derive(Component, Clone, Copy)]
pub(crate) struct Velocity(pub(crate) [f32; 4]);

#[derive(Component, Clone, Copy)]
pub(crate) struct Health(pub(crate) u64);

/// The component that somebody wants to hear of: 16 bytes.
#[derive(Component, Clone, Copy)]
#[cfg_attr(feature = "audit", derive(serde::Serialize))]
pub(crate) struct Tracked(pub(crate) u64, pub(crate) u64);

fn bundle(index: usize) -> (Position, Velocity, Health, Tracked) {
    let number = index as u64;
    (
        Position([0.0; 4]),
        Velocity([0.0; 4]),
        Health(number),
        Tracked(number, 1),
    )
}

/// Entities of four components, one of them [`Tracked`].
pub(crate) fn flat(world: &mut World, count: usize) -> Vec<Entity> {
    world.spawn_batch((0..count).map(bundle)).collect()
}

/// One parent of all the others. Returns the parent.
pub(crate) fn wide(world: &mut World, count: usize) -> Vec<Entity> {
    let root = world.spawn(bundle(0)).id();
    for index in 1..count {
        world.spawn((bundle(index), ChildOf(root)));
    }
    vec![root]
}

/// One tree in which every entity has one child. Returns its root.
pub(crate) fn chain(world: &mut World, count: usize) -> Vec<Entity> {
    let root = world.spawn(bundle(0)).id();
    let mut parent = root;
    for index in 1..count {
        parent = world.spawn((bundle(index), ChildOf(parent))).id();
    }
    vec![root]
}

/// How many levels a deep tree has. Bevy's own despawn recurses, and does not survive many more.
const LEVELS: usize = 100;

/// Many such trees. Returns their roots.
pub(crate) fn deep(world: &mut World, count: usize) -> Vec<Entity> {
    (0..count / LEVELS).flat_map(|_| chain(world, LEVELS)).collect()
}

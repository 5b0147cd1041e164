//! The entities that are spawned and deleted.

use bevy_ecs::prelude::*;

#[derive(Component, Clone, Copy)]
struct Position(#[expect(dead_code, reason = "it takes up memory")] [f32; 4]);

#[derive(Component, Clone, Copy)]
struct Velocity(#[expect(dead_code, reason = "it takes up memory")] [f32; 4]);

#[derive(Component, Clone, Copy)]
struct Health(#[expect(dead_code, reason = "it takes up memory")] u64);

/// The component that is tracked: 16 bytes.
#[derive(Component, Clone, Copy)]
#[cfg_attr(feature = "audit", derive(serde::Serialize))]
pub(super) struct Tracked(pub(super) u64, pub(super) u64);

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
pub(super) fn flat(world: &mut World, count: usize) -> Vec<Entity> {
    world.spawn_batch((0..count).map(bundle)).collect()
}

/// One parent and its children. Returns the parent.
pub(super) fn wide(world: &mut World, count: usize) -> Vec<Entity> {
    let root = world.spawn(bundle(0)).id();
    for index in 1..count {
        world.spawn((bundle(index), ChildOf(root)));
    }
    vec![root]
}

/// One tree in which every entity has one child. Returns its root.
pub(super) fn chain(world: &mut World, count: usize) -> Vec<Entity> {
    let root = world.spawn(bundle(0)).id();
    let mut parent = root;
    for index in 1..count {
        parent = world.spawn((bundle(index), ChildOf(parent))).id();
    }
    vec![root]
}

/// The depth of a deep tree. Bevy's own despawn recurses, and overflows the stack at a few thousand levels.
const LEVELS: usize = 100;

/// Chains of [`LEVELS`] entities. Returns their roots.
pub(super) fn deep(world: &mut World, count: usize) -> Vec<Entity> {
    (0..count / LEVELS).flat_map(|_| chain(world, LEVELS)).collect()
}

//! The entities that are spawned and deleted.

use bevy_ecs::prelude::*;

#[derive(Component, Clone, Copy)]
struct Position(#[expect(dead_code, reason = "it takes up memory")] [f32; 4]);

#[derive(Component, Clone, Copy)]
struct Velocity(#[expect(dead_code, reason = "it takes up memory")] [f32; 4]);

#[derive(Component, Clone, Copy)]
struct Health(#[expect(dead_code, reason = "it takes up memory")] u64);

/// The tracked component, of 16 bytes.
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

/// Spawns entities with four components, one of which is [`Tracked`]. Returns them.
pub(super) fn flat(world: &mut World, count: usize) -> Vec<Entity> {
    world.spawn_batch((0..count).map(bundle)).collect()
}

/// Spawns one parent with children. Returns the parent.
pub(super) fn wide(world: &mut World, count: usize) -> Vec<Entity> {
    let root = world.spawn(bundle(0)).id();
    for index in 1..count {
        world.spawn((bundle(index), ChildOf(root)));
    }
    vec![root]
}

/// Spawns one tree in which every entity has one child. Returns the root.
pub(super) fn chain(world: &mut World, count: usize) -> Vec<Entity> {
    let root = world.spawn(bundle(0)).id();
    let mut parent = root;
    for index in 1..count {
        parent = world.spawn((bundle(index), ChildOf(parent))).id();
    }
    vec![root]
}

/// Trees of a tracked root and its children, which are tracked or not. Returns the roots.
pub(super) fn small_trees<const CHILDREN: usize, const TRACKED: bool>(world: &mut World, count: usize) -> Vec<Entity> {
    let spawn_tree = |index| {
        let root = world.spawn(bundle(index)).id();
        for child in 1..=CHILDREN {
            let mut child = world.spawn((bundle(index + child), ChildOf(root)));
            if !TRACKED {
                child.remove::<Tracked>();
            }
        }
        root
    };
    (0..count.div_ceil(CHILDREN + 1)).map(spawn_tree).collect()
}

/// One parent and its children. Returns the children, and then the parent.
pub(super) fn siblings(world: &mut World, count: usize) -> Vec<Entity> {
    let root = world.spawn(bundle(0)).id();
    let children = (1..count).map(|index| world.spawn((bundle(index), ChildOf(root))).id());
    let mut siblings: Vec<Entity> = children.collect();
    siblings.push(root);
    siblings
}

/// The depth of a deep tree. Bevy's despawn is recursive, and overflows the stack at a few thousand levels.
const LEVELS: usize = 100;

/// Spawns chains of [`LEVELS`] entities. Returns their roots.
pub(super) fn deep(world: &mut World, count: usize) -> Vec<Entity> {
    (0..count / LEVELS).flat_map(|_| chain(world, LEVELS)).collect()
}

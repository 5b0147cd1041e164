//! Guarantee 9: in the steady state nothing is allocated for a delete, and what a burst has needed is given back.

use allocation_counter::{AllocationInfo, measure};
use bevy_ecs::{message::Messages, prelude::*};
use bevy_post_delete::prelude::*;

use crate::support::{Crew, Number, ServesOn};

/// Lets all entities go in some way, publishes, and ends the frame.
fn frame(world: &mut World, delete: impl FnOnce(&mut World)) {
    delete(world);
    world.publish_deletes();
    world.resource_mut::<Messages<PostDelete<Number>>>().update();
}

/// What is allocated for letting go as many entities, when that was done often enough before.
fn allocated(
    count: u32,
    spawn: fn(&mut World, u32) -> Vec<Entity>,
    delete: fn(&mut World, &[Entity]),
) -> AllocationInfo {
    let mut world = World::new();
    world.track_deletes::<Number>();
    for _ in 0..8 {
        let entities = spawn(&mut world, count);
        frame(&mut world, |world| delete(world, &entities));
        world.clear_trackers();
    }
    let entities = spawn(&mut world, count);
    let allocated = measure(|| frame(&mut world, |world| delete(world, &entities)));
    assert_eq!(world.query::<&Number>().iter(&world).count(), 0, "all are gone");
    allocated
}

fn spawn_flat(world: &mut World, count: u32) -> Vec<Entity> {
    world.spawn_batch((0..count).map(Number)).collect()
}

/// Trees of seven.
fn spawn_trees(world: &mut World, count: u32) -> Vec<Entity> {
    (0..count / 7)
        .map(|tree| {
            let root = world.spawn(Number(tree)).id();
            for child in 0..3 {
                let child = world.spawn((Number(child), ChildOf(root))).id();
                world.spawn((Number(10), ChildOf(child)));
            }
            root
        })
        .collect()
}

/// Pairs by a relation of our own.
fn spawn_pairs(world: &mut World, count: u32) -> Vec<Entity> {
    (0..count / 2)
        .map(|pair| {
            let ship = world.spawn(Number(pair)).id();
            world.spawn((Number(10), ServesOn(ship)));
            ship
        })
        .collect()
}

#[test]
fn a_delete_by_commands_allocates_nothing() {
    let allocated = allocated(1000, spawn_flat, |world, entities| {
        let mut commands = world.commands();
        for entity in entities {
            commands.entity(*entity).delete();
        }
        world.flush();
    });
    assert_eq!(allocated.count_total, 0);
}

#[test]
fn a_delete_through_the_world_allocates_nothing() {
    let allocated = allocated(1000, spawn_flat, |world, entities| {
        for entity in entities {
            assert_eq!(world.delete(*entity).unwrap().message_count(), 1);
        }
    });
    assert_eq!(allocated.count_total, 0);
}

#[test]
fn a_captured_despawn_allocates_nothing() {
    let allocated = allocated(1000, spawn_flat, |world, entities| {
        for entity in entities {
            world.despawn(*entity);
        }
    });
    assert_eq!(allocated.count_total, 0);
}

/// A bulk delete makes a list of what it deletes, whatever their number.
#[test]
fn a_bulk_delete_allocates_as_much_for_many_as_for_a_few() {
    let delete_all = |world: &mut World, _: &[Entity]| {
        world.delete_all::<With<Number>>();
    };
    let few = allocated(100, spawn_flat, delete_all).count_total;
    let many = allocated(10_000, spawn_flat, delete_all).count_total;
    assert!(few <= 16, "{few} allocations");
    // The list grows by doubling.
    assert!(many <= few + 8, "{many} allocations, and {few} for a hundredth");

    let delete_batch = |world: &mut World, entities: &[Entity]| {
        world.delete_batch(entities.iter().copied());
    };
    assert_eq!(allocated(1000, spawn_flat, delete_batch).count_total, 0);
}

fn delete_each(world: &mut World, entities: &[Entity]) {
    for entity in entities {
        world.delete(*entity).unwrap();
    }
}

#[test]
fn the_delete_of_a_tree_allocates_nothing() {
    assert_eq!(allocated(1000, spawn_trees, delete_each).count_total, 0);
}

/// Of a relation that is known at run time only, Bevy boxes the iterator.
#[test]
fn the_delete_along_a_relation_of_ones_own_allocates_once_for_each_target() {
    assert_eq!(allocated(1000, spawn_pairs, delete_each).count_total, 500);
}

#[test]
fn what_a_burst_has_needed_is_given_back() {
    const BURST: u32 = 1_000_000;

    let mut world = World::new();
    world.track_deletes::<Number>();
    world.spawn_batch((0..BURST).map(Number)).for_each(drop);
    frame(&mut world, |world| {
        world.delete_all::<()>();
    });
    let quiet = measure(|| {
        for number in 0..300 {
            world.spawn(Number(number));
            frame(&mut world, |world| {
                world.delete_all::<()>();
            });
        }
    });
    let burst = BURST as usize * size_of::<PostDelete<Number>>();
    assert!(
        quiet.bytes_current <= -(burst as i64) * 9 / 10,
        "{} bytes were given back of {burst}",
        -quiet.bytes_current
    );
}

#[test]
fn what_the_walk_of_a_large_tree_has_needed_is_given_back() {
    const BURST: u32 = 200_000;

    let mut world = World::new();
    world.track_deletes::<Number>();
    let ship = world.spawn_empty().id();
    for _ in 0..BURST {
        world.spawn(ServesOn(ship));
    }
    assert_eq!(world.get::<Crew>(ship).unwrap().iter().count(), BURST as usize);
    world.delete(ship).unwrap();
    let quiet = measure(|| (0..300).for_each(|_| world.publish_deletes()));
    let walked = BURST as usize * size_of::<Entity>();
    assert!(
        quiet.bytes_current <= -(walked as i64),
        "{} bytes were given back",
        -quiet.bytes_current
    );
}

#[test]
fn a_message_carries_little_beyond_its_snapshot() {
    let carried = size_of::<PostDelete<[u64; 4]>>() - size_of::<[u64; 4]>();
    let caller = size_of::<bevy_ecs::change_detection::MaybeLocation>();
    assert!(carried <= 56 + caller, "{carried} bytes");
}

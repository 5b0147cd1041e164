//! Guarantee 9: in the steady state a delete allocates nothing, and buffers shrink after a burst.

use allocation_counter::{AllocationInfo, measure};
use bevy_ecs::{message::Messages, prelude::*};
use bevy_post_delete::prelude::*;

use crate::support::{Crew, Name, Number, ServesOn};

/// Runs `delete`, publishes, and updates the message buffers as at the start of a frame.
fn run_frame(world: &mut World, delete: impl FnOnce(&mut World)) {
    delete(world);
    world.publish_deletes();
    world.resource_mut::<Messages<PostDelete<Number>>>().update();
}

/// Measures the allocations of deleting `count` entities, after a warm-up of eight frames.
fn measure_delete(
    count: u32,
    spawn: fn(&mut World, u32) -> Vec<Entity>,
    delete: fn(&mut World, &[Entity]),
) -> AllocationInfo {
    let mut world = World::new();
    world.track_deletes::<Number>();
    for _ in 0..8 {
        let entities = spawn(&mut world, count);
        run_frame(&mut world, |world| delete(world, &entities));
        world.clear_trackers();
    }
    let entities = spawn(&mut world, count);
    let allocated = measure(|| run_frame(&mut world, |world| delete(world, &entities)));
    assert_eq!(
        world.query::<&Number>().iter(&world).count(),
        0,
        "all entities are despawned"
    );
    allocated
}

fn spawn_flat(world: &mut World, count: u32) -> Vec<Entity> {
    world.spawn_batch((0..count).map(Number)).collect()
}

/// Spawns trees of seven entities each. Returns their roots.
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

/// Spawns pairs of a target and its source, linked by a custom relationship. Returns the targets.
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
fn deleting_through_commands_allocates_nothing() {
    let allocated = measure_delete(1000, spawn_flat, |world, entities| {
        let mut commands = world.commands();
        for entity in entities {
            commands.entity(*entity).delete();
        }
        world.flush();
    });
    assert_eq!(allocated.count_total, 0);
}

#[test]
fn deleting_through_the_world_allocates_nothing() {
    let allocated = measure_delete(1000, spawn_flat, |world, entities| {
        for entity in entities {
            assert_eq!(world.delete(*entity).unwrap().message_count(), 1);
        }
    });
    assert_eq!(allocated.count_total, 0);
}

#[test]
fn a_tracked_despawn_allocates_nothing() {
    let allocated = measure_delete(1000, spawn_flat, |world, entities| {
        for entity in entities {
            world.despawn(*entity);
        }
    });
    assert_eq!(allocated.count_total, 0);
}

#[test]
fn allocations_of_a_bulk_delete_do_not_grow_with_the_number_of_entities() {
    let delete_all = |world: &mut World, _: &[Entity]| {
        world.delete_all::<With<Number>>();
    };
    let few = measure_delete(100, spawn_flat, delete_all).count_total;
    let many = measure_delete(10_000, spawn_flat, delete_all).count_total;
    assert!(few <= 16, "{few} allocations");
    // `delete_all` collects its entities in a list, which grows by doubling.
    assert!(
        many <= few + 8,
        "{many} allocations, but {few} for a hundredth of the entities"
    );

    let delete_batch = |world: &mut World, entities: &[Entity]| {
        world.delete_batch(entities.iter().copied());
    };
    assert_eq!(measure_delete(1000, spawn_flat, delete_batch).count_total, 0);
}

fn delete_each(world: &mut World, entities: &[Entity]) {
    for entity in entities {
        world.delete(*entity).unwrap();
    }
}

#[test]
fn deleting_a_tree_allocates_nothing() {
    assert_eq!(measure_delete(1000, spawn_trees, delete_each).count_total, 0);
}

/// Bevy boxes the iterator over the sources of a relationship whose type is known only at run time.
#[test]
fn deleting_by_a_custom_relationship_allocates_once_per_target() {
    assert_eq!(measure_delete(1000, spawn_pairs, delete_each).count_total, 500);
}

#[test]
fn message_buffers_shrink_after_a_burst() {
    const BURST: u32 = 1_000_000;

    let mut world = World::new();
    world.track_deletes::<Number>();
    world.spawn_batch((0..BURST).map(Number)).for_each(drop);
    run_frame(&mut world, |world| {
        world.delete_all::<()>();
    });
    let quiet = measure(|| {
        for number in 0..300 {
            world.spawn(Number(number));
            run_frame(&mut world, |world| {
                world.delete_all::<()>();
            });
        }
    });
    let burst = BURST as usize * size_of::<PostDelete<Number>>();
    assert!(
        quiet.bytes_current <= -(burst as i64) * 9 / 10,
        "{} of {burst} bytes were freed",
        -quiet.bytes_current
    );
}

#[test]
fn traversal_buffers_shrink_after_the_delete_of_a_large_tree() {
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
    let traversed = BURST as usize * size_of::<Entity>();
    assert!(
        quiet.bytes_current <= -(traversed as i64),
        "{} of {traversed} bytes were freed",
        -quiet.bytes_current
    );
}

#[test]
fn a_message_is_little_larger_than_its_snapshot() {
    let overhead = size_of::<PostDelete<[u64; 4]>>() - size_of::<[u64; 4]>();
    let caller = size_of::<bevy_ecs::change_detection::MaybeLocation>();
    assert!(overhead <= 56 + caller, "{overhead} bytes");
}

#[test]
fn buffers_shrink_after_a_bulk_delete_of_unrelated_entities() {
    const BURST: u32 = 200_000;

    let mut world = World::new();
    world.spawn_batch((0..BURST).map(Number)).for_each(drop);
    world.track_deletes::<Name>();
    world.delete_all::<With<Number>>();
    let quiet = measure(|| (0..300).for_each(|_| world.publish_deletes()));
    let named = BURST as usize * size_of::<Entity>();
    assert!(
        quiet.bytes_current <= -(named as i64),
        "{} of {named} bytes were freed",
        -quiet.bytes_current
    );
}

//! Guarantee 4: the snapshot is the value at the moment when the deletion reaches the entity.

use bevy_ecs::{lifecycle::HookContext, prelude::*, world::DeferredWorld};
use bevy_post_delete::prelude::*;

use crate::support::{Number, published, published_numbers};

/// Its hooks overwrite the number of the entity.
#[derive(Component)]
#[component(on_discard = overwrite, on_remove = overwrite)]
struct Overwrites;

fn overwrite(mut world: DeferredWorld, context: HookContext) {
    world.get_mut::<Number>(context.entity).unwrap().0 = 999;
}

#[test]
fn discard_and_remove_hooks_and_observers_do_not_change_the_snapshot() {
    for already_spawned in [false, true] {
        let mut world = World::new();
        if already_spawned {
            world.spawn(Number(0));
        }
        world.track_deletes::<Number>();
        world.add_observer(|on: On<Discard<Number>>, mut numbers: Query<&mut Number>| {
            numbers.get_mut(on.entity).unwrap().0 = 777;
        });
        world.add_observer(|on: On<Remove<Number>>, mut numbers: Query<&mut Number>| {
            numbers.get_mut(on.entity).unwrap().0 = 888;
        });
        let first = world.spawn((Number(1), Overwrites)).id();
        let second = world.spawn((Number(2), Overwrites)).id();
        world.delete(first).unwrap();
        world.despawn(second);
        world.spawn((Number(3), Overwrites));
        world.delete_all::<With<Overwrites>>();
        assert_eq!(published_numbers(&mut world), [1, 2, 3]);
    }
}

#[test]
fn the_snapshot_is_the_latest_value() {
    let mut world = World::new();
    world.track_deletes::<Number>();
    let entity = world.spawn(Number(1)).id();
    world.get_mut::<Number>(entity).unwrap().0 = 2;
    world.entity_mut(entity).insert(Number(3));
    world.commands().entity(entity).insert(Number(4));
    world.commands().entity(entity).delete();
    world.flush();
    assert_eq!(published_numbers(&mut world), [4]);
}

#[test]
fn mutations_during_the_delete_are_captured_until_the_delete_reaches_the_entity() {
    let mut world = World::new();
    world.track_deletes::<Number>();
    // Adds the number of a despawned child to that of its parent.
    world.add_observer(
        |on: On<Despawn<ChildOf>>, parents: Query<&ChildOf>, mut numbers: Query<&mut Number>| {
            let added = numbers.get(on.entity).unwrap().0;
            let parent = parents.get(on.entity).unwrap().parent();
            numbers.get_mut(parent).unwrap().0 += added;
        },
    );
    let root = world.spawn((Number(1), children![Number(10), Number(100)])).id();
    world.delete(root).unwrap();
    assert_eq!(published_numbers(&mut world), [100, 10, 111]);
}

#[test]
fn a_capture_can_read_all_components_before_they_are_discarded() {
    #[derive(Component)]
    struct Position(i32);

    struct DeadAt(u32, i32);

    impl Snapshot for DeadAt {
        type Component = Number;

        fn capture(entity: EntityMut<'_>) -> Option<Self> {
            Some(Self(entity.get::<Number>()?.0, entity.get::<Position>()?.0))
        }
    }

    let mut world = World::new();
    world.track_deletes::<DeadAt>();
    world.add_observer(|on: On<Discard<Position>>, mut positions: Query<&mut Position>| {
        positions.get_mut(on.entity).unwrap().0 = 0;
    });
    for delete in [true, false] {
        let entity = world.spawn((Number(1), Position(-5))).id();
        if delete {
            world.delete(entity).unwrap();
        } else {
            world.despawn(entity);
        }
        let messages = published::<DeadAt>(&mut world);
        assert_eq!((messages[0].snapshot.0, messages[0].snapshot.1), (1, -5));
    }
}

//! Guarantee 4: the snapshot is the value as it stood when the deletion reached the entity.

use bevy_ecs::{lifecycle::HookContext, prelude::*, world::DeferredWorld};
use bevy_post_delete::prelude::*;

use crate::support::{Number, published_numbers};

#[derive(Component)]
#[component(on_discard = spoil, on_remove = spoil)]
struct Spoiler;

fn spoil(mut world: DeferredWorld, context: HookContext) {
    world.get_mut::<Number>(context.entity).unwrap().0 = 999;
}

#[test]
fn neither_discard_nor_remove_hooks_and_observers_change_it() {
    for early in [false, true] {
        let mut world = World::new();
        if early {
            world.spawn(Number(0));
        }
        world.track_deletes::<Number>();
        world.add_observer(|on: On<Discard<Number>>, mut numbers: Query<&mut Number>| {
            numbers.get_mut(on.entity).unwrap().0 = 777;
        });
        world.add_observer(|on: On<Remove<Number>>, mut numbers: Query<&mut Number>| {
            numbers.get_mut(on.entity).unwrap().0 = 888;
        });
        let first = world.spawn((Number(1), Spoiler)).id();
        let second = world.spawn((Number(2), Spoiler)).id();
        world.delete(first).unwrap();
        world.despawn(second);
        world.spawn((Number(3), Spoiler));
        world.delete_all::<With<Spoiler>>();
        assert_eq!(published_numbers(&mut world), [1, 2, 3]);
    }
}

#[test]
fn it_is_the_last_value_and_not_the_first() {
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
fn what_is_done_to_it_during_the_delete_before_its_turn_counts() {
    let mut world = World::new();
    world.track_deletes::<Number>();
    // When a child goes, it adds its number to its parent's.
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
fn a_projection_sees_its_entity_whole() {
    #[derive(Component)]
    struct Position(i32);

    struct DiedAt(u32, i32);

    impl Snapshot for DiedAt {
        type Component = Number;

        fn capture(entity: EntityMut<'_>) -> Option<Self> {
            Some(Self(entity.get::<Number>()?.0, entity.get::<Position>()?.0))
        }
    }

    let mut world = World::new();
    world.track_deletes::<DiedAt>();
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
        let told = crate::support::published::<DiedAt>(&mut world);
        assert_eq!((told[0].snapshot.0, told[0].snapshot.1), (1, -5));
    }
}

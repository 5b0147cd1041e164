//! `DeleteReport`: the counts of entities and messages of one delete.

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number, published_names};

fn world() -> World {
    let mut world = World::new();
    world.track_deletes::<Name>();
    world.track_deletes::<Number>();
    world
}

#[test]
fn a_report_counts_the_entities_of_a_tree_whose_parent_is_observed() {
    #[derive(Component)]
    struct Observed;

    let mut world = world();
    world.add_observer(|_: On<Remove<Observed>>| {});
    let root = world.spawn((Name("root"), children![Name("child")])).id();
    world.spawn(Observed).add_child(root);
    let report = world.delete(root).unwrap();
    assert_eq!((report.entity_count(), report.count::<Name>()), (2, 2));
}

#[test]
fn a_report_counts_entities_and_messages_by_type() {
    for is_observed in [false, true] {
        let mut world = world();
        if is_observed {
            world.add_observer(|_: On<Remove<Name>>| {});
        }
        let root = world
            .spawn((
                Name("root"),
                Number(1),
                children![Name("child"), (), (Name("other"), children![Number(2)])],
            ))
            .id();
        let report = world.delete(root).unwrap();
        assert_eq!(report.entity_count(), 5);
        assert_eq!(report.message_count(), 5);
        assert_eq!(report.count::<Name>(), 3);
        assert_eq!(report.count::<Number>(), 2);
        assert_eq!(report.skipped_count(), 0);
    }
}

#[test]
fn the_count_of_an_untracked_type_is_zero() {
    #[derive(Component, Clone)]
    struct Untracked;

    let mut world = world();
    let report = world.spawn((Untracked, Number(1))).delete().unwrap();
    assert_eq!(report.count::<Untracked>(), 0);
    assert_eq!(report.message_count(), 1);
}

#[test]
fn captures_that_return_none_are_not_counted() {
    struct Big(#[allow(dead_code, reason = "only its type is used")] u32);

    impl Snapshot for Big {
        type Component = Number;

        fn capture(entity: EntityMut<'_>) -> Option<Self> {
            let number = entity.get::<Number>()?.0;
            (number > 10).then_some(Self(number))
        }
    }

    let mut world = world();
    world.track_deletes::<Big>();
    world.spawn_batch([Number(1), Number(20), Number(3)]);
    let report = world.delete_all::<With<Number>>();
    assert_eq!(report.count::<Big>(), 1);
    assert_eq!(report.count::<Number>(), 3);
}

#[test]
fn operation_numbers_increase() {
    let mut world = world();
    let mut last = 0;
    for _ in 0..3 {
        for report in [
            world.spawn(Name("one")).delete().unwrap(),
            world.spawn_empty().delete().unwrap(),
            world.delete_all::<With<Name>>(),
            world.delete_batch([]),
        ] {
            assert!(report.operation() > last);
            last = report.operation();
        }
    }
}

#[test]
fn the_report_of_a_delete_during_a_delete_is_separate() {
    let mut world = world();
    world.add_observer(|on: On<Despawn<Name>>, names: Query<&Name>, mut commands: Commands| {
        if names.get(on.entity).unwrap().0 == "child" {
            commands.queue(|world: &mut World| {
                let report = world.spawn((Name("inner"), Number(1))).delete().unwrap();
                assert_eq!((report.message_count(), report.count::<Name>()), (2, 1));
            });
        }
    });
    let root = world
        .spawn((Name("root"), children![Name("child"), Name("first")]))
        .id();
    let report = world.delete(root).unwrap();
    assert_eq!((report.message_count(), report.count::<Number>()), (3, 0));
    assert_eq!(published_names(&mut world), ["first", "child", "root", "inner"]);
}

#[test]
fn sixteen_types_are_counted_separately() {
    #[derive(Component, Clone)]
    struct Nth<const N: usize>;

    fn track<const N: usize>(world: &mut World) {
        world.track_deletes::<Nth<N>>();
    }
    macro_rules! for_each_type {
        ($($nth:literal)*) => {{
            let mut world = World::new();
            $(track::<$nth>(&mut world);)*
            let root = world.spawn_empty().id();
            let child = world.spawn(ChildOf(root)).id();
            $(world.entity_mut(root).insert(Nth::<$nth>);)*
            $(world.entity_mut(child).insert(Nth::<$nth>);)*
            let report = world.delete(root).unwrap();
            assert_eq!((report.entity_count(), report.message_count()), (2, 32));
            $(assert_eq!(report.count::<Nth<$nth>>(), 2);)*
        }};
    }
    for_each_type!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
}

//! `count_deletes` and `count_deletes_by`: counters by type and by key.

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number};

const SHOT: DeleteReason = DeleteReason::new("shot");

fn total(app: &App) -> usize {
    app.world().resource::<DeleteCounts<Number>>().total()
}

#[test]
fn deletes_and_despawns_are_counted() {
    let mut app = App::new();
    app.count_deletes::<Number>();
    let world = app.world_mut();
    world
        .spawn((Number(0), children![Number(1), (Number(2), children![Number(3)])]))
        .delete()
        .unwrap();
    world.spawn(Number(4)).despawn();
    let batch = [world.spawn(Number(5)).id(), world.spawn(Number(6)).id()];
    world.delete_batch(batch);
    world.spawn(Number(7));
    world.delete_all::<With<Number>>();
    app.update();
    assert_eq!(total(&app), 8);
    app.update();
    assert_eq!(total(&app), 8, "nothing is counted twice");
}

#[test]
fn deletes_by_systems_are_counted_in_the_same_frame() {
    let mut app = App::new();
    app.count_deletes::<Number>().add_systems(
        Update,
        |numbers: Query<Entity, With<Number>>, mut commands: Commands| {
            for entity in &numbers {
                commands.entity(entity).delete();
            }
        },
    );
    app.world_mut().spawn_batch([Number(1), Number(2)]);
    app.update();
    assert_eq!(total(&app), 2);
}

#[test]
fn the_key_can_contain_kind_reason_and_snapshot() {
    type Key = (DeleteKind, Option<DeleteReason>, bool);

    let mut app = App::new();
    app.count_deletes_by::<Number, Key>(|deleted| (deleted.origin.kind, deleted.origin.reason, deleted.snapshot.0 > 9));
    let world = app.world_mut();
    let parent = world.spawn((Number(1), children![Number(10), Number(11)])).id();
    world.delete_with(parent, SHOT).unwrap();
    world.spawn(Number(12)).despawn();
    app.update();

    let counts = app.world().resource::<DeleteCounts<Number, Key>>();
    assert_eq!(counts.get(&(DeleteKind::Direct, Some(SHOT), false)), 1);
    assert_eq!(counts.get(&(DeleteKind::Cascade, Some(SHOT), true)), 2);
    assert_eq!(counts.get(&(DeleteKind::Despawn, None, true)), 1);
    assert_eq!(counts.get(&(DeleteKind::Remove, None, true)), 0);
    assert_eq!(counts.iter().count(), 3);
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<usize>(), counts.total());
}

#[test]
fn a_counter_that_is_added_twice_counts_each_message_once() {
    fn digit(deleted: &PostDelete<Number>) -> u32 {
        deleted.snapshot.0 % 10
    }

    let mut app = App::new();
    app.count_deletes::<Number>()
        .count_deletes::<Number>()
        .add_plugins(PostDeletePlugin::<Number>::default())
        .count_deletes_by::<Number, u32>(digit)
        .count_deletes_by::<Number, u32>(digit);
    app.world_mut().spawn_batch([Number(3), Number(13)]);
    app.world_mut().delete_all::<With<Number>>();
    app.update();
    assert_eq!(total(&app), 2);
    let digits = app.world().resource::<DeleteCounts<Number, u32>>();
    assert_eq!(digits.get(&3), 2);
    assert_eq!(digits.total(), 2);
}

#[test]
#[should_panic = "two different key functions"]
fn a_second_key_function_for_the_same_key_type_panics() {
    App::new()
        .count_deletes_by::<Number, u32>(|deleted| deleted.snapshot.0)
        .count_deletes_by::<Number, u32>(|deleted| deleted.snapshot.0 % 10);
}

#[test]
fn a_panicking_key_function_skips_only_its_own_message() {
    let mut app = App::new();
    app.set_error_handler(bevy_ecs::error::warn)
        .count_deletes_by::<Number, u32>(|deleted| {
            assert_ne!(deleted.snapshot.0, 13, "on purpose");
            deleted.snapshot.0
        });
    for number in [1, 13, 2] {
        app.world_mut().spawn(Number(number)).despawn();
    }
    app.update();
    app.update();
    let counts = app.world().resource::<DeleteCounts<Number, u32>>();
    assert_eq!((counts.get(&1), counts.get(&2)), (1, 1));
    assert_eq!(counts.total(), 2);
}

#[cfg(feature = "std")]
#[test]
fn a_key_function_that_panics_several_times_in_a_frame_skips_only_those_messages() {
    let mut app = App::new();
    app.set_error_handler(bevy_ecs::error::warn)
        .count_deletes_by::<Number, u32>(|deleted| {
            assert_ne!(deleted.snapshot.0, 13, "on purpose");
            deleted.snapshot.0
        });
    for number in [1, 13, 13, 13, 2] {
        app.world_mut().spawn(Number(number)).despawn();
    }
    app.update();
    let counts = app.world().resource::<DeleteCounts<Number, u32>>();
    assert_eq!((counts.get(&1), counts.get(&2)), (1, 1));
    assert_eq!(counts.total(), 2);
}

#[test]
fn counters_of_different_types_and_keys_are_independent() {
    let mut app = App::new();
    app.count_deletes::<Number>()
        .count_deletes::<Name>()
        .count_deletes_by::<Number, DeleteKind>(|deleted| deleted.origin.kind);
    app.world_mut().spawn((Number(1), Name("one"))).delete().unwrap();
    app.world_mut().spawn(Number(2)).delete().unwrap();
    app.update();
    assert_eq!(total(&app), 2);
    assert_eq!(app.world().resource::<DeleteCounts<Name>>().get(&()), 1);
    assert_eq!(
        app.world()
            .resource::<DeleteCounts<Number, DeleteKind>>()
            .get(&DeleteKind::Direct),
        2
    );
}

#[test]
fn systems_after_the_receivers_see_the_new_count() {
    #[derive(Resource, Default)]
    struct Total(usize);

    let mut app = App::new();
    app.count_deletes::<Number>().init_resource::<Total>().add_systems(
        Cleanup,
        (|counts: Res<DeleteCounts<Number>>, mut total: ResMut<Total>| total.0 = counts.total())
            .after(PostDeleteSystems::Receive),
    );
    app.world_mut().spawn(Number(1)).despawn();
    app.update();
    assert_eq!(app.world().resource::<Total>().0, 1);
}

#[test]
fn removals_are_counted_if_they_are_enabled() {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Number>::default().with_removals())
        .count_deletes_by::<Number, DeleteKind>(|deleted| deleted.origin.kind);
    let mut entity = app.world_mut().spawn(Number(1));
    entity.insert(Number(2));
    entity.remove::<Number>();
    app.update();
    let counts = app.world().resource::<DeleteCounts<Number, DeleteKind>>();
    assert_eq!(counts.get(&DeleteKind::Replace), 1);
    assert_eq!(counts.get(&DeleteKind::Remove), 1);
}

#[test]
fn counting_again_tracks_the_type_again() {
    let mut app = App::new();
    app.count_deletes::<Number>();
    app.world_mut().untrack_deletes::<Number>();
    app.count_deletes::<Number>();
    app.world_mut().spawn(Number(1)).despawn();
    app.update();
    assert_eq!(app.world().resource::<DeleteCounts<Number>>().total(), 1);
}

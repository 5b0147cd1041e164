//! `untrack_deletes`: a type is not published after it was untracked.

use std::sync::atomic::{AtomicUsize, Ordering};

use bevy_app::prelude::*;
use bevy_ecs::{message::Messages, prelude::*, world::EntityMut};
use bevy_post_delete::prelude::*;

#[cfg(feature = "std")]
use crate::support::catch_panic;
use crate::support::{
    Alive, Name, Number, Recorded, app_tracking_names, published_names, published_numbers, record_names, take_recorded,
    world_tracking_names,
};

#[test]
fn an_untracked_type_is_not_published_and_can_be_tracked_again() {
    for already_spawned in [false, true] {
        let mut world = World::new();
        if already_spawned {
            world.spawn(Name("earlier"));
        }
        for _ in 0..3 {
            assert!(world.track_deletes::<Name>());
            world.spawn(Name("tracked")).delete().unwrap();
            assert_eq!(published_names(&mut world), ["tracked"]);
            assert!(world.untrack_deletes::<Name>());
            assert!(!world.untrack_deletes::<Name>());
            assert!(!world.is_tracking_deletes::<Name>());
            world.spawn(Name("untracked")).delete().unwrap();
            world.spawn(Name("untracked")).despawn();
            world
                .spawn((Name("untracked"), children![Name("untracked")]))
                .delete()
                .unwrap();
            assert!(published_names(&mut world).is_empty());
        }
    }
}

#[test]
fn a_hierarchy_that_was_deleted_while_its_type_was_untracked_is_published_once_it_is_tracked_again() {
    let mut world = world_tracking_names();
    let spawn = |world: &mut World| world.spawn((Name("root"), children![Name("child")])).id();
    world.register_component::<Children>();
    world.untrack_deletes::<Name>();
    let untracked = spawn(&mut world);
    world.delete(untracked).unwrap();
    world.track_deletes::<Name>();
    let tracked = spawn(&mut world);
    world.delete(tracked).unwrap();
    assert_eq!(published_names(&mut world), ["child", "root"]);
}

#[test]
fn pending_and_published_messages_are_dropped() {
    static COUNT: AtomicUsize = AtomicUsize::new(0);

    #[derive(Component, Clone)]
    struct Counted(#[allow(dead_code, reason = "counted")] Alive<'static>);

    let mut world = World::new();
    world.track_deletes::<Counted>();
    world.spawn(Counted(Alive::new(&COUNT))).delete().unwrap();
    world.publish_deletes();
    world.spawn(Counted(Alive::new(&COUNT))).delete().unwrap();
    assert_eq!(COUNT.load(Ordering::Relaxed), 2);
    world.untrack_deletes::<Counted>();
    assert_eq!(COUNT.load(Ordering::Relaxed), 0);
}

#[test]
fn other_types_are_still_published() {
    let mut world = world_tracking_names();
    world.track_deletes::<Number>();
    world.spawn((Name("pending"), Number(1))).delete().unwrap();
    world.untrack_deletes::<Name>();
    world.spawn((Name("one"), Number(2))).delete().unwrap();
    world
        .spawn((Number(4), children![(Name("two"), Number(3))]))
        .delete()
        .unwrap();
    assert_eq!(published_numbers(&mut world), [1, 2, 3, 4]);
}

#[test]
fn systems_that_read_an_untracked_type_still_run() {
    let mut app = app_tracking_names();
    app.add_systems(Cleanup, record_names);
    app.world_mut().untrack_deletes::<Name>();
    app.world_mut().spawn(Name("one")).delete().unwrap();
    app.update();
    assert!(take_recorded(&mut app).is_empty());
    app.world_mut().track_deletes::<Name>();
    app.world_mut().spawn(Name("two")).delete().unwrap();
    app.update();
    assert_eq!(take_recorded(&mut app), ["two"]);
}

#[test]
fn an_untracked_type_is_not_captured() {
    #[derive(Component)]
    struct Data(Vec<u8>);

    struct Taken;

    impl Snapshot for Taken {
        type Component = Data;

        fn capture(mut entity: EntityMut<'_>) -> Option<Self> {
            entity.get_mut::<Data>()?.0.clear();
            Some(Self)
        }
    }

    #[derive(Resource, Default)]
    struct DataLen(usize);

    let mut world = World::new();
    world.init_resource::<DataLen>();
    world.track_deletes::<Taken>();
    world.add_observer(|on: On<Remove<Data>>, data: Query<&Data>, mut len: ResMut<DataLen>| {
        len.0 = data.get(on.entity).unwrap().0.len();
    });
    world.untrack_deletes::<Taken>();
    world.spawn(Data(vec![1, 2, 3])).delete().unwrap();
    assert_eq!(world.resource::<DataLen>().0, 3);
}

#[test]
fn the_observers_of_an_untracked_type_are_despawned() {
    let mut app = App::new();
    app.world_mut().spawn(Number(0));
    let count = |world: &mut World| world.query_filtered::<(), With<Observer>>().iter(world).count();
    let before = count(app.world_mut());
    app.add_plugins(PostDeletePlugin::<Number>::default().with_removals());
    assert!(count(app.world_mut()) > before);
    app.world_mut().untrack_deletes::<Number>();
    assert_eq!(count(app.world_mut()), before);
    assert!(app.world().resource::<Messages<PostDelete<Number>>>().is_empty());
}

#[test]
fn an_observer_may_untrack_its_own_type() {
    let mut world = world_tracking_names();
    world.add_observer(|_: On<PostDelete<Name>>, mut commands: Commands| {
        commands.queue(|world: &mut World| {
            world.untrack_deletes::<Name>();
        });
    });
    world.spawn(Name("one")).delete().unwrap();
    world.spawn(Name("two")).delete().unwrap();
    world.publish_deletes();
    assert!(!world.is_tracking_deletes::<Name>());
    world.spawn(Name("three")).delete().unwrap();
    world.publish_deletes();
}

#[test]
fn a_type_can_be_untracked_during_a_delete() {
    #[derive(Component, Clone)]
    struct First;
    #[derive(Component, Clone)]
    struct Trigger;

    for track_again in [false, true] {
        let mut world = World::new();
        world.track_deletes::<First>();
        world.track_deletes::<Name>();
        // Only entities with the trigger are observed, so the second hierarchy takes the fast path.
        world.add_observer(move |_: On<Remove<Trigger>>, mut commands: Commands| {
            commands.queue(move |world: &mut World| {
                world.untrack_deletes::<First>();
                if track_again {
                    world.track_deletes::<First>();
                }
            });
        });
        // This delete caches the archetypes.
        let root = world
            .spawn((Name("root"), children![(Name("child"), Trigger), Name("other")]))
            .id();
        world.delete(root).unwrap();
        published_names(&mut world);

        let root = world.spawn((Name("root"), children![Name("child")])).id();
        world.delete(root).unwrap();
        assert_eq!(published_names(&mut world), ["child", "root"]);
    }
}

/// A world with three pending messages, in which an observer runs `react` once, for the second message.
fn world_that_reacts(react: fn(&mut World)) -> World {
    let mut world = world_tracking_names();
    world.init_resource::<Recorded>();
    bevy_ecs::message::MessageRegistry::register_message::<AnyDelete>(&mut world);
    world.add_observer(
        move |on: On<PostDelete<Name>>, mut recorded: ResMut<Recorded>, mut commands: Commands| {
            recorded.0.push(on.snapshot.0);
            if on.snapshot.0 == "second" {
                commands.queue(react);
            }
        },
    );
    for name in ["first", "second", "third"] {
        world.spawn(Name(name)).despawn();
    }
    world
}

#[test]
fn no_further_message_is_published_if_an_observer_untracks_the_type() {
    let mut world = world_that_reacts(|world| _ = world.untrack_deletes::<Name>());
    world.publish_deletes();
    assert_eq!(
        world.resource::<Recorded>().0,
        ["first", "second"],
        "no observer runs for later messages"
    );
    assert!(
        world.resource::<Messages<PostDelete<Name>>>().is_empty(),
        "no message is written"
    );
    assert!(world.resource::<Messages<AnyDelete>>().is_empty());

    world.track_deletes::<Name>();
    world.spawn(Name("fourth")).despawn();
    assert_eq!(published_names(&mut world), ["fourth"]);
}

#[test]
fn earlier_messages_are_dropped_if_an_observer_untracks_and_tracks_the_type() {
    let mut world = world_that_reacts(|world| {
        world.untrack_deletes::<Name>();
        world.track_deletes::<Name>();
        world.spawn(Name("fourth")).despawn();
    });
    world.publish_deletes();
    assert_eq!(world.resource::<Recorded>().0, ["first", "second"]);
    assert!(world.resource::<Messages<PostDelete<Name>>>().is_empty());
    assert_eq!(published_names(&mut world), ["fourth"]);
    assert_eq!(world.resource::<Messages<AnyDelete>>().len(), 1);
}

#[cfg(feature = "std")]
#[test]
fn other_types_are_published_if_an_observer_untracks_its_type_and_panics() {
    let mut world = world_that_reacts(|world| {
        world.untrack_deletes::<Name>();
        panic!("on purpose");
    });
    world.track_deletes::<Number>();
    world.spawn((Number(1), Name("fourth"))).despawn();
    catch_panic(|| world.publish_deletes());
    assert!(world.resource::<Messages<PostDelete<Name>>>().is_empty());
    assert_eq!(world.resource::<Messages<PostDelete<Number>>>().len(), 1);
    assert_eq!(world.resource::<Messages<AnyDelete>>().len(), 1);
}

#[cfg(feature = "std")]
#[test]
fn untracking_does_not_abort_if_two_pending_snapshots_panic_on_drop() {
    #[derive(Component, Clone)]
    struct PanicsOnDrop;

    impl Drop for PanicsOnDrop {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }

    struct DropPanics(#[allow(dead_code, reason = "dropped")] PanicsOnDrop);

    impl Snapshot for DropPanics {
        type Component = Number;

        fn capture(_: EntityMut<'_>) -> Option<Self> {
            Some(Self(PanicsOnDrop))
        }
    }

    let mut world = World::new();
    world.track_deletes::<DropPanics>();
    world.spawn(Number(1)).despawn();
    world.spawn(Number(2)).despawn();
    catch_panic(|| _ = world.untrack_deletes::<DropPanics>());
    assert!(!world.is_tracking_deletes::<DropPanics>());
}

#[test]
fn a_queued_despawn_is_applied_before_the_observers_of_an_untracked_type_are_removed() {
    let mut world = World::new();
    let entity = world.spawn(Name("entity")).id();
    world.track_deletes::<Name>(); // by an observer, because the component already has an entity
    world.commands().entity(entity).despawn();
    world.untrack_deletes::<Name>();
    assert!(world.get_entity(entity).is_err());
    world.track_deletes::<Name>();
    assert!(published_names(&mut world).is_empty());
}

#[test]
fn an_untracked_type_is_not_captured_any_more() {
    static CAPTURES: AtomicUsize = AtomicUsize::new(0);

    struct Counted;

    impl Snapshot for Counted {
        type Component = Name;

        fn capture(_: EntityMut<'_>) -> Option<Self> {
            CAPTURES.fetch_add(1, Ordering::Relaxed);
            Some(Self)
        }
    }

    let mut world = World::new();
    world.track_deletes::<Counted>();
    let [first, second] = [(); 2].map(|()| world.spawn((Name("parent"), children![()])).id());
    world.delete(first).unwrap();
    assert_eq!(CAPTURES.load(Ordering::Relaxed), 1);
    world.untrack_deletes::<Counted>();
    world.delete(second).unwrap();
    assert_eq!(CAPTURES.load(Ordering::Relaxed), 1);
}

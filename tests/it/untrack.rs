//! Ending the tracking of a type.

use std::sync::atomic::{AtomicUsize, Ordering};

use bevy_app::prelude::*;
use bevy_ecs::{message::Messages, prelude::*, world::EntityMut};
use bevy_post_delete::prelude::*;

use crate::support::{
    Alive, Name, Number, Seen, app_of_names, catch_panic, published_names, published_numbers, see, seen, world_of_names,
};

#[test]
fn it_emits_nothing_any_more_and_can_be_tracked_again() {
    for early in [false, true] {
        let mut world = World::new();
        if early {
            world.spawn(Name("early"));
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
fn what_is_pending_is_dropped() {
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
fn other_types_go_on() {
    let mut world = world_of_names();
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
fn systems_that_read_go_on_and_read_nothing() {
    let mut app = app_of_names();
    app.add_systems(Cleanup, see);
    app.world_mut().untrack_deletes::<Name>();
    app.world_mut().spawn(Name("one")).delete().unwrap();
    app.update();
    assert!(seen(&mut app).is_empty());
    app.world_mut().track_deletes::<Name>();
    app.world_mut().spawn(Name("two")).delete().unwrap();
    app.update();
    assert_eq!(seen(&mut app), ["two"]);
}

#[test]
fn what_it_captured_is_captured_no_more() {
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
    struct Left(usize);

    let mut world = World::new();
    world.init_resource::<Left>();
    world.track_deletes::<Taken>();
    world.add_observer(|on: On<Remove<Data>>, data: Query<&Data>, mut left: ResMut<Left>| {
        left.0 = data.get(on.entity).unwrap().0.len();
    });
    world.untrack_deletes::<Taken>();
    world.spawn(Data(vec![1, 2, 3])).delete().unwrap();
    assert_eq!(world.resource::<Left>().0, 3);
}

#[test]
fn its_observers_are_gone() {
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
fn from_within_an_observer_of_its_own() {
    let mut world = world_of_names();
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
fn while_a_tree_is_being_deleted() {
    #[derive(Component, Clone)]
    struct First;
    #[derive(Component, Clone)]
    struct Trigger;

    for again in [false, true] {
        let mut world = World::new();
        world.track_deletes::<First>();
        world.track_deletes::<Name>();
        // The tree with the trigger is watched, that of names alone is not.
        world.add_observer(move |_: On<Remove<Trigger>>, mut commands: Commands| {
            commands.queue(move |world: &mut World| {
                world.untrack_deletes::<First>();
                if again {
                    world.track_deletes::<First>();
                }
            });
        });
        // Everything there is to know about the archetypes is learnt in this delete.
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
    let mut world = world_of_names();
    world.init_resource::<Seen>();
    bevy_ecs::message::MessageRegistry::register_message::<AnyDelete>(&mut world);
    world.add_observer(
        move |on: On<PostDelete<Name>>, mut seen: ResMut<Seen>, mut commands: Commands| {
            seen.0.push(on.snapshot.0);
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
fn a_type_that_an_observer_untracks_is_published_to_nothing_else() {
    let mut world = world_that_reacts(|world| _ = world.untrack_deletes::<Name>());
    world.publish_deletes();
    assert_eq!(
        world.resource::<Seen>().0,
        ["first", "second"],
        "no observer runs afterwards"
    );
    assert!(
        world.resource::<Messages<PostDelete<Name>>>().is_empty(),
        "no system reads any"
    );
    assert!(world.resource::<Messages<AnyDelete>>().is_empty());

    world.track_deletes::<Name>();
    world.spawn(Name("fourth")).despawn();
    assert_eq!(published_names(&mut world), ["fourth"]);
}

#[test]
fn messages_that_were_captured_before_a_type_was_tracked_again_are_dropped() {
    let mut world = world_that_reacts(|world| {
        world.untrack_deletes::<Name>();
        world.track_deletes::<Name>();
        world.spawn(Name("fourth")).despawn();
    });
    world.publish_deletes();
    assert_eq!(world.resource::<Seen>().0, ["first", "second"]);
    assert!(world.resource::<Messages<PostDelete<Name>>>().is_empty());
    assert_eq!(published_names(&mut world), ["fourth"]);
    assert_eq!(world.resource::<Messages<AnyDelete>>().len(), 1);
}

#[cfg(feature = "std")]
#[test]
fn an_untracked_type_costs_other_types_no_message_although_an_observer_panics() {
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
fn two_pending_snapshots_whose_drops_panic_do_not_abort() {
    #[derive(Component, Clone)]
    struct Grenade;

    impl Drop for Grenade {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }

    struct Live(#[allow(dead_code, reason = "dropped")] Grenade);

    impl Snapshot for Live {
        type Component = Number;

        fn capture(_: EntityMut<'_>) -> Option<Self> {
            Some(Self(Grenade))
        }
    }

    let mut world = World::new();
    world.track_deletes::<Live>();
    world.spawn(Number(1)).despawn();
    world.spawn(Number(2)).despawn();
    catch_panic(|| _ = world.untrack_deletes::<Live>());
    assert!(!world.is_tracking_deletes::<Live>());
}

//! Guarantee 8: what fails takes nothing from the others.

use std::sync::atomic::{AtomicUsize, Ordering};

use bevy_ecs::{message::Messages, prelude::*, world::EntityMut};
use bevy_post_delete::prelude::*;

use crate::support::{
    Alive, Name, Number, Seen, app_of_names, catch_panic, panic_on_purpose, published, published_names, see, seen,
    world_of_names,
};

#[cfg(feature = "std")]
#[test]
fn an_observer_that_panics_keeps_nothing_from_the_others() {
    // As many observers as it takes for one to come before and one after the one that panics.
    let mut world = world_of_names();
    world.init_resource::<Seen>();
    for _ in 0..8 {
        world.add_observer(|on: On<PostDelete<Name>>, mut seen: ResMut<Seen>| seen.0.push(on.snapshot.0));
    }
    world.add_observer(|on: On<PostDelete<Name>>| assert_ne!(on.snapshot.0, "one", "on purpose"));
    world.spawn(Name("one")).delete().unwrap();
    world.spawn(Name("two")).delete().unwrap();
    catch_panic(|| world.publish_deletes());
    let seen = std::mem::take(&mut world.resource_mut::<Seen>().0);
    assert_eq!(seen.iter().filter(|name| **name == "one").count(), 8);
    assert_eq!(seen.iter().filter(|name| **name == "two").count(), 8);
    assert_eq!(published_names(&mut world), ["one", "two"], "readers have it, too");
    assert!(world.resource::<Seen>().0.is_empty(), "nobody is told twice");
}

#[cfg(feature = "std")]
#[test]
fn the_command_of_an_observer_that_panics_keeps_nothing_from_the_others() {
    let mut world = world_of_names();
    world.init_resource::<Seen>();
    world.add_observer(|_: On<PostDelete<Name>>, mut commands: Commands| {
        commands.queue(|_: &mut World| -> () { panic!("on purpose") });
    });
    world.add_observer(|on: On<PostDelete<Name>>, mut seen: ResMut<Seen>| seen.0.push(on.snapshot.0));
    world.spawn(Name("one")).delete().unwrap();
    world.spawn(Name("two")).delete().unwrap();
    catch_panic(|| world.publish_deletes());
    assert_eq!(world.resource::<Seen>().0, ["one", "two"]);
    assert_eq!(published_names(&mut world), ["one", "two"]);
}

#[test]
fn what_was_not_told_when_a_panic_went_on_is_told_by_the_next_publish() {
    #[derive(Component, Clone)]
    struct Other;

    let mut world = world_of_names();
    world.track_deletes::<Other>();
    world.add_observer(|on: On<PostDelete<Name>>| assert_ne!(on.snapshot.0, "one", "on purpose"));
    world.spawn((Name("one"), Other)).delete().unwrap();
    world.spawn((Name("two"), Other)).delete().unwrap();
    catch_panic(|| world.publish_deletes());
    assert_eq!(published_names(&mut world), ["one", "two"]);
    assert_eq!(published::<Other>(&mut world).len(), 2);
}

#[test]
fn an_observer_that_returns_an_error_is_handled_like_any_other() {
    let mut app = app_of_names();
    app.set_error_handler(bevy_ecs::error::ignore);
    app.add_systems(Cleanup, see);
    app.add_observer(|_: On<PostDelete<Name>>| -> Result { Err("on purpose".into()) });
    app.world_mut().spawn(Name("one")).delete().unwrap();
    app.update();
    assert_eq!(seen(&mut app), ["one"]);
}

#[test]
fn a_system_that_fails_keeps_nothing_from_the_others() {
    let mut app = app_of_names();
    app.set_error_handler(bevy_ecs::error::ignore);
    app.add_systems(
        Cleanup,
        (
            |_: MessageReader<PostDelete<Name>>| -> Result { Err("on purpose".into()) },
            see,
        )
            .chain(),
    );
    app.world_mut().spawn(Name("one")).delete().unwrap();
    app.update();
    assert_eq!(seen(&mut app), ["one"]);
}

/// A capture that panics where it is told to.
#[derive(Component)]
struct Touchy(bool);

struct Touched;

impl Snapshot for Touched {
    type Component = Touchy;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        assert!(!entity.get::<Touchy>()?.0, "on purpose");
        Some(Self)
    }
}

fn touchy_world(watched: bool) -> World {
    let mut world = world_of_names();
    world.track_deletes::<Touched>();
    if watched {
        world.add_observer(|_: On<Remove<Touchy>>| {});
    }
    world
}

#[test]
fn a_capture_that_panics_leaves_no_half_message_and_a_usable_world() {
    for watched in [false, true] {
        let mut world = touchy_world(watched);
        let touchy = world.spawn((Name("touchy"), Touchy(true))).id();
        for _ in 0..2 {
            catch_panic(|| drop(world.delete(touchy)));
            catch_panic(|| {
                world.despawn(touchy);
            });
            catch_panic(|| drop(world.delete_all::<With<Touchy>>()));
        }
        assert!(world.get_entity(touchy).is_ok());
        assert!(published_names(&mut world).is_empty());
        assert!(published::<Touched>(&mut world).is_empty());

        // It can be deleted all the same when it no longer panics.
        world.get_mut::<Touchy>(touchy).unwrap().0 = false;
        let report = world.delete(touchy).unwrap();
        assert_eq!(report.message_count(), 2);
        let told = published::<Touched>(&mut world);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].origin.kind, DeleteKind::Direct);
        assert_eq!(published_names(&mut world), ["touchy"]);
    }
}

#[test]
fn a_capture_that_panics_in_a_tree_tells_nothing_of_those_that_live() {
    for watched in [false, true] {
        let mut world = touchy_world(watched);
        let root = world
            .spawn((
                Name("root"),
                children![Name("first"), (Name("touchy"), Touchy(true)), Name("last")],
            ))
            .id();
        catch_panic(|| drop(world.delete(root)));
        let alive: Vec<_> = world.query::<&Name>().iter(&world).map(|name| name.0).collect();
        let names = published_names(&mut world);
        for name in ["root", "first", "touchy", "last"] {
            assert_ne!(
                alive.contains(&name),
                names.contains(&name),
                "{name} is either alive or told"
            );
        }
        assert!(alive.contains(&"touchy") && alive.contains(&"root"));

        // The hierarchy of those that live is whole.
        let children: Vec<_> = world.get::<Children>(root).unwrap().to_vec();
        for child in children {
            assert_eq!(world.get::<ChildOf>(child).unwrap().parent(), root);
        }
        let mut touchy = world.query::<&mut Touchy>();
        touchy.single_mut(&mut world).unwrap().0 = false;
        world.delete(root).unwrap();
        assert_eq!(world.query::<&Name>().iter(&world).count(), 0);
    }
}

#[test]
fn a_capture_that_panics_in_a_bulk_delete_tells_nothing_of_those_that_live() {
    for watched in [false, true] {
        let mut world = touchy_world(watched);
        for (name, touchy) in [("a", false), ("b", true), ("c", false)] {
            world.spawn((Name(name), Touchy(touchy)));
        }
        catch_panic(|| drop(world.delete_all::<With<Touchy>>()));
        let alive: Vec<_> = world.query::<&Name>().iter(&world).map(|name| name.0).collect();
        let names = published_names(&mut world);
        for name in ["a", "b", "c"] {
            assert_ne!(
                alive.contains(&name),
                names.contains(&name),
                "{name} is either alive or told"
            );
        }
        world
            .query::<&mut Touchy>()
            .iter_mut(&mut world)
            .for_each(|mut touchy| touchy.0 = false);
        world.delete_all::<With<Touchy>>();
        assert_eq!(world.query::<&Name>().iter(&world).count(), 0);
        let mut all = published_names(&mut world);
        all.extend(names);
        all.sort_unstable();
        assert_eq!(all, ["a", "b", "c"], "once each, in the end");
    }
}

#[test]
fn nothing_leaks_when_a_capture_panics() {
    static COUNT: AtomicUsize = AtomicUsize::new(0);

    #[derive(Component, Clone)]
    struct Counted(#[allow(dead_code, reason = "counted")] Alive<'static>);

    for watched in [false, true] {
        let mut world = touchy_world(watched);
        world.track_deletes::<Counted>();
        let root = world.spawn(Counted(Alive::new(&COUNT))).id();
        for number in 0..5 {
            world.spawn((Counted(Alive::new(&COUNT)), Touchy(number == 2), ChildOf(root)));
        }
        catch_panic(|| drop(world.delete(root)));
        catch_panic(|| drop(world.delete_all::<With<Counted>>()));
        drop(world);
        assert_eq!(COUNT.load(Ordering::Relaxed), 0);
    }
}

#[test]
fn messages_that_a_user_removed_come_back_with_the_next() {
    let mut world = world_of_names();
    world.remove_resource::<Messages<PostDelete<Name>>>();
    world.spawn(Name("one")).delete().unwrap();
    assert_eq!(published_names(&mut world), ["one"]);
}

#[test]
fn an_observer_that_is_deleted_while_it_observes() {
    let mut world = world_of_names();
    world.init_resource::<Seen>();
    world.add_observer(
        |on: On<PostDelete<Name>>, mut seen: ResMut<Seen>, mut commands: Commands| {
            seen.0.push(on.snapshot.0);
            commands.entity(on.observer()).delete();
        },
    );
    world.spawn(Name("one")).delete().unwrap();
    world.spawn(Name("two")).delete().unwrap();
    world.publish_deletes();
    assert_eq!(world.resource::<Seen>().0, ["one"]);
}

#[test]
fn whoever_panics_a_delete_tells_of_those_that_went_and_of_nobody_else() {
    use crate::support::panic_on_purpose;

    #[derive(Component, Clone)]
    #[component(on_despawn = panic_on_purpose)]
    struct Despawning;

    #[derive(Component, Clone)]
    #[component(on_discard = panic_on_purpose)]
    struct Discarding;

    #[derive(Component, Clone)]
    #[component(on_remove = panic_on_purpose)]
    struct Removing;

    #[derive(Component, Clone)]
    struct Observed;

    #[derive(Component, Clone)]
    struct Commanding;

    fn assert_isolated(panicky: impl Bundle + Clone, goes: bool) {
        let deletes: [fn(&mut World, Entity); 4] = [
            |world, entity| drop(world.delete(entity)),
            |world, entity| {
                world.commands().entity(entity).delete();
                world.flush();
            },
            |world, entity| _ = world.despawn(entity),
            |world, entity| drop(world.delete_batch([entity])),
        ];
        for delete in deletes {
            let mut world = world_of_names();
            world.add_observer(|_: On<Despawn<Observed>>| panic!("on purpose"));
            world.add_observer(|_: On<Remove<Commanding>>, mut commands: Commands| {
                commands.queue(|_: &mut World| -> () { panic!("on purpose") });
            });
            let entity = world.spawn((Name("panicky"), panicky.clone())).id();
            catch_panic(|| delete(&mut world, entity));
            assert_eq!(world.get_entity(entity).is_err(), goes);
            assert_eq!(published_names(&mut world), ["panicky"][..usize::from(goes)]);

            let later = world.spawn(Name("later")).id();
            world.despawn(later);
            let later = published::<Name>(&mut world);
            assert_eq!(later.len(), 1);
            assert_eq!(later[0].origin.kind, DeleteKind::Despawn, "the delete is over");
        }
    }
    assert_isolated(Despawning, false);
    assert_isolated(Discarding, false);
    assert_isolated(Removing, false);
    assert_isolated(Observed, false);
    assert_isolated(Commanding, true);
}

/// A world in which the despawn of somebody was cut short by a panic.
fn world_with_a_survivor() -> World {
    #[derive(Component)]
    #[component(on_remove = panic_on_purpose)]
    struct Bomb;

    let mut world = world_of_names();
    let survivor = world.spawn((Name("survivor"), Bomb)).id();
    catch_panic(|| {
        world.despawn(survivor);
    });
    assert!(world.get_entity(survivor).is_ok());
    world
}

#[test]
fn what_survived_a_panic_is_not_told_with_the_next_bulk_delete() {
    let mut world = world_with_a_survivor();
    world.spawn((Name("other"), Number(1)));
    world.delete_all::<With<Number>>();
    assert_eq!(published_names(&mut world), ["other"]);
}

#[test]
fn what_survived_a_panic_is_not_told_with_the_next_tree() {
    let mut world = world_with_a_survivor();
    let root = world.spawn((Name("root"), children![Name("child")])).id();
    world.delete(root).unwrap();
    assert_eq!(published_names(&mut world), ["child", "root"]);
}

#[test]
fn an_observer_that_panics_when_it_is_triggered_by_hand_panics() {
    let mut world = world_of_names();
    world.add_observer(|_: On<PostDelete<Name>>| panic!("on purpose"));
    catch_panic(|| {
        world.trigger(PostDelete {
            entity: Entity::PLACEHOLDER,
            snapshot: Name("x"),
            origin: Origin::new(DeleteKind::Direct),
        });
    });
}

#[test]
fn a_value_that_panics_as_it_is_dropped_leaves_the_hierarchy_of_the_living_whole() {
    #[derive(Component)]
    struct Grenade;
    impl Drop for Grenade {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }
    let mut world = world_of_names();
    let root = world.spawn(Name("root")).id();
    let first = world.spawn((Name("first"), ChildOf(root))).id();
    world.spawn((Name("second"), Grenade, ChildOf(root)));
    catch_panic(|| drop(world.delete(root)));
    assert!(world.get_entity(root).is_ok() && world.get_entity(first).is_ok());
    assert_eq!(world.get::<ChildOf>(first).unwrap().parent(), root);
    assert_eq!(&world.get::<Children>(root).unwrap()[..], [first]);
}

//! Guarantee 8: a failing receiver, hook or capture does not affect other receivers and entities.

use std::sync::atomic::{AtomicUsize, Ordering};

use bevy_ecs::{message::Messages, prelude::*, world::EntityMut};
use bevy_post_delete::prelude::*;

use crate::support::{
    Alive, Name, Number, Recorded, app_tracking_names, catch_panic, panic_on_purpose, published, published_names,
    record_names, take_recorded, world_tracking_names,
};

#[cfg(feature = "std")]
#[test]
fn other_receivers_run_if_an_observer_panics() {
    // Eight observers, so that some run before the panicking one and some after it: the order is not defined.
    let mut world = world_tracking_names();
    world.init_resource::<Recorded>();
    for _ in 0..8 {
        world.add_observer(|on: On<PostDelete<Name>>, mut recorded: ResMut<Recorded>| recorded.0.push(on.snapshot.0));
    }
    world.add_observer(|on: On<PostDelete<Name>>| assert_ne!(on.snapshot.0, "one", "on purpose"));
    world.spawn(Name("one")).delete().unwrap();
    world.spawn(Name("two")).delete().unwrap();
    catch_panic(|| world.publish_deletes());
    let recorded = std::mem::take(&mut world.resource_mut::<Recorded>().0);
    assert_eq!(recorded.iter().filter(|name| **name == "one").count(), 8);
    assert_eq!(recorded.iter().filter(|name| **name == "two").count(), 8);
    assert_eq!(published_names(&mut world), ["one", "two"], "the messages are written");
    assert!(world.resource::<Recorded>().0.is_empty(), "no observer runs twice");
}

#[cfg(feature = "std")]
#[test]
fn other_receivers_run_if_a_command_of_an_observer_panics() {
    let mut world = world_tracking_names();
    world.init_resource::<Recorded>();
    world.add_observer(|_: On<PostDelete<Name>>, mut commands: Commands| {
        commands.queue(|_: &mut World| -> () { panic!("on purpose") });
    });
    world.add_observer(|on: On<PostDelete<Name>>, mut recorded: ResMut<Recorded>| recorded.0.push(on.snapshot.0));
    world.spawn(Name("one")).delete().unwrap();
    world.spawn(Name("two")).delete().unwrap();
    catch_panic(|| world.publish_deletes());
    assert_eq!(world.resource::<Recorded>().0, ["one", "two"]);
    assert_eq!(published_names(&mut world), ["one", "two"]);
}

#[test]
fn messages_that_were_not_written_before_a_panic_are_written_by_the_next_publish() {
    #[derive(Component, Clone)]
    struct Other;

    let mut world = world_tracking_names();
    world.track_deletes::<Other>();
    world.add_observer(|on: On<PostDelete<Name>>| assert_ne!(on.snapshot.0, "one", "on purpose"));
    world.spawn((Name("one"), Other)).delete().unwrap();
    world.spawn((Name("two"), Other)).delete().unwrap();
    catch_panic(|| world.publish_deletes());
    assert_eq!(published_names(&mut world), ["one", "two"]);
    assert_eq!(published::<Other>(&mut world).len(), 2);
}

#[test]
fn the_error_handler_handles_errors_of_observers() {
    let mut app = app_tracking_names();
    app.set_error_handler(bevy_ecs::error::ignore);
    app.add_systems(Cleanup, record_names);
    app.add_observer(|_: On<PostDelete<Name>>| -> Result { Err("on purpose".into()) });
    app.world_mut().spawn(Name("one")).delete().unwrap();
    app.update();
    assert_eq!(take_recorded(&mut app), ["one"]);
}

#[test]
fn other_systems_run_if_a_system_fails() {
    let mut app = app_tracking_names();
    app.set_error_handler(bevy_ecs::error::ignore);
    app.add_systems(
        Cleanup,
        (
            |_: MessageReader<PostDelete<Name>>| -> Result { Err("on purpose".into()) },
            record_names,
        )
            .chain(),
    );
    app.world_mut().spawn(Name("one")).delete().unwrap();
    app.update();
    assert_eq!(take_recorded(&mut app), ["one"]);
}

/// Its capture panics if this is `true`.
#[derive(Component)]
struct CapturePanics(bool);

struct Captured;

impl Snapshot for Captured {
    type Component = CapturePanics;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        assert!(!entity.get::<CapturePanics>()?.0, "on purpose");
        Some(Self)
    }
}

fn world_with_panicking_capture(is_observed: bool) -> World {
    let mut world = world_tracking_names();
    world.track_deletes::<Captured>();
    if is_observed {
        world.add_observer(|_: On<Remove<CapturePanics>>| {});
    }
    world
}

#[test]
fn a_panicking_capture_leaves_no_message_and_a_usable_world() {
    for is_observed in [false, true] {
        let mut world = world_with_panicking_capture(is_observed);
        let panicking = world.spawn((Name("panicking"), CapturePanics(true))).id();
        for _ in 0..2 {
            catch_panic(|| drop(world.delete(panicking)));
            catch_panic(|| {
                world.despawn(panicking);
            });
            catch_panic(|| drop(world.delete_all::<With<CapturePanics>>()));
        }
        assert!(world.get_entity(panicking).is_ok());
        assert!(published_names(&mut world).is_empty());
        assert!(published::<Captured>(&mut world).is_empty());

        // The entity can be deleted when its capture no longer panics.
        world.get_mut::<CapturePanics>(panicking).unwrap().0 = false;
        let report = world.delete(panicking).unwrap();
        assert_eq!(report.message_count(), 2);
        let messages = published::<Captured>(&mut world);
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].origin.kind, DeleteKind::Direct);
        assert_eq!(published_names(&mut world), ["panicking"]);
    }
}

#[test]
fn surviving_entities_are_not_published_if_a_capture_panics_in_a_tree() {
    for is_observed in [false, true] {
        let mut world = world_with_panicking_capture(is_observed);
        let root = world
            .spawn((
                Name("root"),
                children![Name("first"), (Name("panicking"), CapturePanics(true)), Name("last")],
            ))
            .id();
        catch_panic(|| drop(world.delete(root)));
        let alive: Vec<_> = world.query::<&Name>().iter(&world).map(|name| name.0).collect();
        let names = published_names(&mut world);
        for name in ["root", "first", "panicking", "last"] {
            assert_ne!(
                alive.contains(&name),
                names.contains(&name),
                "{name} must be either alive or published"
            );
        }
        assert!(alive.contains(&"panicking") && alive.contains(&"root"));

        // The surviving entities keep their hierarchy.
        let children: Vec<_> = world.get::<Children>(root).unwrap().to_vec();
        for child in children {
            assert_eq!(world.get::<ChildOf>(child).unwrap().parent(), root);
        }
        let mut panicking = world.query::<&mut CapturePanics>();
        panicking.single_mut(&mut world).unwrap().0 = false;
        world.delete(root).unwrap();
        assert_eq!(world.query::<&Name>().iter(&world).count(), 0);
    }
}

#[test]
fn surviving_entities_are_not_published_if_a_capture_panics_in_a_bulk_delete() {
    for is_observed in [false, true] {
        let mut world = world_with_panicking_capture(is_observed);
        for (name, panicking) in [("a", false), ("b", true), ("c", false)] {
            world.spawn((Name(name), CapturePanics(panicking)));
        }
        catch_panic(|| drop(world.delete_all::<With<CapturePanics>>()));
        let alive: Vec<_> = world.query::<&Name>().iter(&world).map(|name| name.0).collect();
        let names = published_names(&mut world);
        for name in ["a", "b", "c"] {
            assert_ne!(
                alive.contains(&name),
                names.contains(&name),
                "{name} must be either alive or published"
            );
        }
        world
            .query::<&mut CapturePanics>()
            .iter_mut(&mut world)
            .for_each(|mut panicking| panicking.0 = false);
        world.delete_all::<With<CapturePanics>>();
        assert_eq!(world.query::<&Name>().iter(&world).count(), 0);
        let mut all = published_names(&mut world);
        all.extend(names);
        all.sort_unstable();
        assert_eq!(all, ["a", "b", "c"], "each entity is published once in total");
    }
}

#[test]
fn no_value_leaks_if_a_capture_panics() {
    static COUNT: AtomicUsize = AtomicUsize::new(0);

    #[derive(Component, Clone)]
    struct Counted(#[allow(dead_code, reason = "counted")] Alive<'static>);

    for is_observed in [false, true] {
        let mut world = world_with_panicking_capture(is_observed);
        world.track_deletes::<Counted>();
        let root = world.spawn(Counted(Alive::new(&COUNT))).id();
        for number in 0..5 {
            world.spawn((Counted(Alive::new(&COUNT)), CapturePanics(number == 2), ChildOf(root)));
        }
        catch_panic(|| drop(world.delete(root)));
        catch_panic(|| drop(world.delete_all::<With<Counted>>()));
        drop(world);
        assert_eq!(COUNT.load(Ordering::Relaxed), 0);
    }
}

#[test]
fn a_removed_messages_resource_is_inserted_again_by_the_next_publish() {
    let mut world = world_tracking_names();
    world.remove_resource::<Messages<PostDelete<Name>>>();
    world.spawn(Name("one")).delete().unwrap();
    assert_eq!(published_names(&mut world), ["one"]);
}

#[test]
fn an_observer_may_delete_itself() {
    let mut world = world_tracking_names();
    world.init_resource::<Recorded>();
    world.add_observer(
        |on: On<PostDelete<Name>>, mut recorded: ResMut<Recorded>, mut commands: Commands| {
            recorded.0.push(on.snapshot.0);
            commands.entity(on.observer()).delete();
        },
    );
    world.spawn(Name("one")).delete().unwrap();
    world.spawn(Name("two")).delete().unwrap();
    world.publish_deletes();
    assert_eq!(world.resource::<Recorded>().0, ["one"]);
}

#[test]
fn only_despawned_entities_are_published_if_a_hook_observer_or_command_panics() {
    #[derive(Component, Clone)]
    #[component(on_despawn = panic_on_purpose)]
    struct PanicsOnDespawn;

    #[derive(Component, Clone)]
    #[component(on_discard = panic_on_purpose)]
    struct PanicsOnDiscard;

    #[derive(Component, Clone)]
    #[component(on_remove = panic_on_purpose)]
    struct PanicsOnRemove;

    #[derive(Component, Clone)]
    struct ObserverPanics;

    #[derive(Component, Clone)]
    struct CommandPanics;

    fn assert_isolated(panicking: impl Bundle + Clone, is_despawned: bool) {
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
            let mut world = world_tracking_names();
            world.add_observer(|_: On<Despawn<ObserverPanics>>| panic!("on purpose"));
            world.add_observer(|_: On<Remove<CommandPanics>>, mut commands: Commands| {
                commands.queue(|_: &mut World| -> () { panic!("on purpose") });
            });
            let entity = world.spawn((Name("panicking"), panicking.clone())).id();
            catch_panic(|| delete(&mut world, entity));
            assert_eq!(world.get_entity(entity).is_err(), is_despawned);
            assert_eq!(published_names(&mut world), ["panicking"][..usize::from(is_despawned)]);

            let later = world.spawn(Name("later")).id();
            world.despawn(later);
            let later = published::<Name>(&mut world);
            assert_eq!(later.len(), 1);
            assert_eq!(
                later[0].origin.kind,
                DeleteKind::Despawn,
                "the active deletion is closed"
            );
        }
    }
    assert_isolated(PanicsOnDespawn, false);
    assert_isolated(PanicsOnDiscard, false);
    assert_isolated(PanicsOnRemove, false);
    assert_isolated(ObserverPanics, false);
    assert_isolated(CommandPanics, true);
}

/// A world with one entity, which survived a despawn that panicked.
fn world_with_a_survivor() -> World {
    #[derive(Component)]
    #[component(on_remove = panic_on_purpose)]
    struct PanicsOnRemove;

    let mut world = world_tracking_names();
    let survivor = world.spawn((Name("survivor"), PanicsOnRemove)).id();
    catch_panic(|| {
        world.despawn(survivor);
    });
    assert!(world.get_entity(survivor).is_ok());
    world
}

#[test]
fn a_survivor_is_not_published_with_the_next_bulk_delete() {
    let mut world = world_with_a_survivor();
    world.spawn((Name("other"), Number(1)));
    world.delete_all::<With<Number>>();
    assert_eq!(published_names(&mut world), ["other"]);
}

#[test]
fn a_survivor_is_not_published_with_the_next_delete_of_a_tree() {
    let mut world = world_with_a_survivor();
    let root = world.spawn((Name("root"), children![Name("child")])).id();
    world.delete(root).unwrap();
    assert_eq!(published_names(&mut world), ["child", "root"]);
}

#[test]
fn an_observer_that_is_triggered_directly_is_not_isolated() {
    let mut world = world_tracking_names();
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
fn surviving_entities_keep_their_hierarchy_if_a_component_panics_on_drop() {
    #[derive(Component)]
    struct PanicsOnDrop;
    impl Drop for PanicsOnDrop {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }
    let mut world = world_tracking_names();
    let root = world.spawn(Name("root")).id();
    let first = world.spawn((Name("first"), ChildOf(root))).id();
    world.spawn((Name("second"), PanicsOnDrop, ChildOf(root)));
    catch_panic(|| drop(world.delete(root)));
    assert!(world.get_entity(root).is_ok() && world.get_entity(first).is_ok());
    assert_eq!(world.get::<ChildOf>(first).unwrap().parent(), root);
    assert_eq!(&world.get::<Children>(root).unwrap()[..], [first]);
}

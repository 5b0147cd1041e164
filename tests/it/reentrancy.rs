//! Guarantee 7: hooks, observers and receivers may delete.

use bevy_app::prelude::*;
use bevy_ecs::{lifecycle::HookContext, prelude::*, world::DeferredWorld};
use bevy_post_delete::prelude::*;

use crate::support::{
    Name, Recorded, app_tracking_names, published, published_names, record_names, take_recorded, world_tracking_names,
};

#[test]
fn a_delete_by_a_system_in_cleanup_is_published_in_the_next_frame() {
    let mut app = app_tracking_names();
    app.add_systems(Cleanup, record_names);
    // Deletes one more entity for each message.
    app.add_systems(
        Cleanup,
        |mut deleted: MessageReader<PostDelete<Name>>, names: Query<Entity, With<Name>>, mut commands: Commands| {
            for (_, entity) in deleted.read().zip(&names) {
                commands.entity(entity).delete();
            }
        },
    );
    for name in ["one", "two", "three"] {
        app.world_mut().spawn(Name(name));
    }
    let first = app
        .world_mut()
        .query_filtered::<Entity, With<Name>>()
        .iter(app.world())
        .next()
        .unwrap();
    app.world_mut().delete(first).unwrap();
    for _ in 0..3 {
        app.update();
        assert_eq!(take_recorded(&mut app).len(), 1, "one message per frame");
    }
    app.update();
    assert!(take_recorded(&mut app).is_empty());
}

#[test]
fn a_frame_ends_even_if_every_message_triggers_another_delete() {
    let mut app = app_tracking_names();
    app.add_systems(Cleanup, record_names);
    // Spawns and deletes another entity for each message.
    app.add_observer(|_: On<PostDelete<Name>>, mut commands: Commands| {
        commands.spawn(Name("next")).delete();
    });
    app.world_mut().spawn(Name("first")).delete().unwrap();
    app.update();
    assert_eq!(take_recorded(&mut app), ["first"]);
    for _ in 0..3 {
        app.update();
        assert_eq!(take_recorded(&mut app), ["next"]);
    }
}

#[test]
fn a_delete_of_another_type_by_an_observer_is_published_in_the_next_frame() {
    #[derive(Component, Clone)]
    struct Other;

    let mut app = app_tracking_names();
    app.add_plugins(PostDeletePlugin::<Other>::default());
    app.add_observer(
        |_: On<PostDelete<Name>>, others: Query<Entity, With<Other>>, mut commands: Commands| {
            for entity in &others {
                commands.entity(entity).delete();
            }
        },
    );
    app.add_systems(
        Cleanup,
        |mut deleted: MessageReader<PostDelete<Other>>, mut recorded: ResMut<Recorded>| {
            recorded.0.extend(deleted.read().map(|_| "other"));
        },
    );
    app.world_mut().spawn(Other);
    app.world_mut().spawn(Name("one")).delete().unwrap();
    app.update();
    assert!(take_recorded(&mut app).is_empty());
    app.update();
    assert_eq!(take_recorded(&mut app), ["other"]);
}

#[test]
fn hooks_may_delete() {
    #[derive(Component)]
    #[component(on_despawn = delete_next)]
    struct Next(Option<Entity>);

    fn delete_next(mut world: DeferredWorld, context: HookContext) {
        if let Some(next) = world.get::<Next>(context.entity).unwrap().0 {
            world.commands().entity(next).delete();
        }
    }

    let mut world = world_tracking_names();
    let third = world.spawn((Name("third"), Next(None))).id();
    let second = world.spawn((Name("second"), Next(Some(third)))).id();
    let first = world.spawn((Name("first"), Next(Some(second)))).id();
    world.delete(first).unwrap();
    assert_eq!(published_names(&mut world), ["first", "second", "third"]);
}

#[test]
fn observers_may_delete_the_despawned_entity_and_its_ancestors_again() {
    let mut world = world_tracking_names();
    world.add_observer(
        |on: On<Despawn<Name>>, parents: Query<&ChildOf>, mut commands: Commands| {
            commands.entity(on.entity).try_delete();
            if let Ok(parent) = parents.get(on.entity) {
                commands.entity(parent.parent()).try_delete();
            }
        },
    );
    let root = world
        .spawn((Name("root"), children![(Name("child"), children![Name("grandchild")])]))
        .id();
    world.delete(root).unwrap();
    let mut names = published_names(&mut world);
    names.sort_unstable();
    assert_eq!(names, ["child", "grandchild", "root"]);
}

#[test]
fn exclusive_systems_may_delete() {
    let mut app = app_tracking_names();
    app.add_systems(Cleanup, record_names);
    app.add_systems(Update, |world: &mut World| {
        let all: Vec<_> = world.query_filtered::<Entity, With<Name>>().iter(world).collect();
        for entity in all {
            world.delete(entity).unwrap();
        }
    });
    app.world_mut().spawn(Name("one"));
    app.update();
    assert_eq!(take_recorded(&mut app), ["one"]);
}

#[test]
fn despawns_in_a_schedule_that_runs_during_a_delete_belong_to_the_delete() {
    #[derive(bevy_ecs::schedule::ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
    struct Collapse;

    #[derive(Component)]
    struct Pillar;

    let mut world = world_tracking_names();
    let roof = world.spawn(Name("roof")).id();
    let wall = world.spawn(Name("wall")).id();
    let mut collapse = Schedule::new(Collapse);
    collapse.set_executor(bevy_ecs::schedule::MultiThreadedExecutor::new());
    collapse.add_systems(
        (
            move |world: &mut World| _ = world.despawn(roof),
            move |mut commands: Commands| commands.entity(wall).despawn(),
            publish_deletes, // deferred until the delete is complete
        )
            .chain(),
    );
    world.add_schedule(collapse);
    world.add_observer(|_: On<Remove<Pillar>>, mut commands: Commands| {
        commands.queue(|world: &mut World| world.run_schedule(Collapse));
    });
    let house = world.spawn((Name("house"), children![(Name("pillar"), Pillar)])).id();
    let report = world.delete(house).unwrap();
    let messages = published::<Name>(&mut world);
    let names: Vec<_> = messages.iter().map(|deleted| deleted.snapshot.0).collect();
    assert_eq!(names, ["pillar", "roof", "wall", "house"]);
    assert!(
        messages
            .iter()
            .all(|deleted| deleted.origin.operation == report.operation())
    );
}

#[test]
fn each_entity_is_published_once_whatever_observers_do_to_the_hierarchy() {
    /// Deletes a hierarchy. `react` gets the leaf and its parent when the leaf is despawned.
    fn published_with(react: fn(Entity, Entity, &mut Commands)) -> Vec<&'static str> {
        let mut world = world_tracking_names();
        world.add_observer(
            move |on: On<Despawn<Name>>, names: Query<(&Name, &ChildOf)>, mut commands: Commands| {
                if let Ok((Name("leaf"), child_of)) = names.get(on.entity) {
                    react(on.entity, child_of.parent(), &mut commands);
                }
            },
        );
        let root = world.spawn((Name("root"), children![Name("first"), Name("leaf")])).id();
        world.delete(root).unwrap();
        assert_eq!(world.query::<&Name>().iter(&world).count(), 0);
        published_names(&mut world)
    }

    #[derive(Component)]
    struct Marker;

    assert_eq!(
        published_with(|leaf, _, commands| _ = commands.entity(leaf).try_insert(Marker)),
        ["leaf", "first", "root"]
    );
    assert_eq!(
        published_with(|_, parent, commands| _ = commands.entity(parent).insert(Marker)),
        ["leaf", "first", "root"]
    );
    assert_eq!(
        published_with(|_, parent, commands| _ = commands.spawn((Name("new"), ChildOf(parent)))),
        ["leaf", "first", "new", "root"]
    );
    assert_eq!(
        published_with(|_, parent, commands| _ = commands.entity(parent).despawn_related::<Children>()),
        ["leaf", "first", "root"]
    );
    let mut names = published_with(|_, parent, commands| commands.entity(parent).despawn());
    names.sort_unstable();
    assert_eq!(names, ["first", "leaf", "root"]);
}

//! Guarantee 7: a hook, an observer or a receiver may delete.

use bevy_app::prelude::*;
use bevy_ecs::{lifecycle::HookContext, prelude::*, world::DeferredWorld};
use bevy_post_delete::prelude::*;

use crate::support::{Name, Seen, app_of_names, published_names, see, seen, world_of_names};

#[test]
fn what_a_system_in_cleanup_deletes_is_told_in_the_next_frame() {
    let mut app = app_of_names();
    app.add_systems(Cleanup, see);
    // Whoever reads a deletion deletes one more.
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
        assert_eq!(seen(&mut app).len(), 1, "one a frame");
    }
    app.update();
    assert!(seen(&mut app).is_empty());
}

#[test]
fn what_an_observer_deletes_is_told_in_the_next_frame_and_never_without_end() {
    let mut app = app_of_names();
    app.add_systems(Cleanup, see);
    // Each deletion brings one more to delete, for ever.
    app.add_observer(|_: On<PostDelete<Name>>, mut commands: Commands| {
        commands.spawn(Name("again")).delete();
    });
    app.world_mut().spawn(Name("once")).delete().unwrap();
    app.update();
    assert_eq!(seen(&mut app), ["once"]);
    for _ in 0..3 {
        app.update();
        assert_eq!(seen(&mut app), ["again"]);
    }
}

#[test]
fn what_an_observer_of_one_type_deletes_of_another_waits_as_well() {
    #[derive(Component, Clone)]
    struct Late;

    let mut app = app_of_names();
    app.add_plugins(PostDeletePlugin::<Late>::default());
    app.add_observer(
        |_: On<PostDelete<Name>>, late: Query<Entity, With<Late>>, mut commands: Commands| {
            for entity in &late {
                commands.entity(entity).delete();
            }
        },
    );
    app.add_systems(
        Cleanup,
        |mut deleted: MessageReader<PostDelete<Late>>, mut seen: ResMut<Seen>| {
            seen.0.extend(deleted.read().map(|_| "late"));
        },
    );
    app.world_mut().spawn(Late);
    app.world_mut().spawn(Name("one")).delete().unwrap();
    app.update();
    assert!(seen(&mut app).is_empty());
    app.update();
    assert_eq!(seen(&mut app), ["late"]);
}

#[test]
fn hooks_delete() {
    #[derive(Component)]
    #[component(on_despawn = pass_on)]
    struct Next(Option<Entity>);

    fn pass_on(mut world: DeferredWorld, context: HookContext) {
        if let Some(next) = world.get::<Next>(context.entity).unwrap().0 {
            world.commands().entity(next).delete();
        }
    }

    let mut world = world_of_names();
    let third = world.spawn((Name("third"), Next(None))).id();
    let second = world.spawn((Name("second"), Next(Some(third)))).id();
    let first = world.spawn((Name("first"), Next(Some(second)))).id();
    world.delete(first).unwrap();
    assert_eq!(published_names(&mut world), ["first", "second", "third"]);
}

#[test]
fn an_observer_deletes_the_entity_that_is_being_deleted_and_its_ancestors() {
    let mut world = world_of_names();
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
fn a_message_can_be_deleted_from_within_an_exclusive_system() {
    let mut app = app_of_names();
    app.add_systems(Cleanup, see);
    app.add_systems(Update, |world: &mut World| {
        let all: Vec<_> = world.query_filtered::<Entity, With<Name>>().iter(world).collect();
        for entity in all {
            world.delete(entity).unwrap();
        }
    });
    app.world_mut().spawn(Name("one"));
    app.update();
    assert_eq!(seen(&mut app), ["one"]);
}

#[test]
fn a_schedule_that_is_run_within_a_delete_is_part_of_it() {
    #[derive(bevy_ecs::schedule::ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
    struct Collapse;

    #[derive(Component)]
    struct Pillar;

    let mut world = world_of_names();
    let roof = world.spawn(Name("roof")).id();
    let wall = world.spawn(Name("wall")).id();
    let mut collapse = Schedule::new(Collapse);
    collapse.set_executor(bevy_ecs::schedule::MultiThreadedExecutor::new());
    collapse.add_systems(
        (
            move |world: &mut World| _ = world.despawn(roof),
            move |mut commands: Commands| commands.entity(wall).despawn(),
            publish_deletes, // of no effect, before the delete is over
        )
            .chain(),
    );
    world.add_schedule(collapse);
    world.add_observer(|_: On<Remove<Pillar>>, mut commands: Commands| {
        commands.queue(|world: &mut World| world.run_schedule(Collapse));
    });
    let house = world.spawn((Name("house"), children![(Name("pillar"), Pillar)])).id();
    let report = world.delete(house).unwrap();
    let told = crate::support::published::<Name>(&mut world);
    let names: Vec<_> = told.iter().map(|deleted| deleted.snapshot.0).collect();
    assert_eq!(names, ["pillar", "roof", "wall", "house"]);
    assert!(
        told.iter()
            .all(|deleted| deleted.origin.operation == report.operation())
    );
}

#[test]
fn what_observers_do_to_the_dying_tree_tells_everybody_once() {
    fn with(observe: fn(Entity, Entity, &mut Commands)) -> Vec<&'static str> {
        let mut world = world_of_names();
        world.add_observer(
            move |on: On<Despawn<Name>>, names: Query<(&Name, &ChildOf)>, mut commands: Commands| {
                if let Ok((Name("leaf"), child_of)) = names.get(on.entity) {
                    observe(on.entity, child_of.parent(), &mut commands);
                }
            },
        );
        let root = world.spawn((Name("root"), children![Name("first"), Name("leaf")])).id();
        world.delete(root).unwrap();
        assert_eq!(world.query::<&Name>().iter(&world).count(), 0);
        published_names(&mut world)
    }

    #[derive(Component)]
    struct Late;

    assert_eq!(
        with(|leaf, _, commands| _ = commands.entity(leaf).try_insert(Late)),
        ["leaf", "first", "root"]
    );
    assert_eq!(
        with(|_, parent, commands| _ = commands.entity(parent).insert(Late)),
        ["leaf", "first", "root"]
    );
    assert_eq!(
        with(|_, parent, commands| _ = commands.spawn((Name("new"), ChildOf(parent)))),
        ["leaf", "first", "new", "root"]
    );
    assert_eq!(
        with(|_, parent, commands| _ = commands.entity(parent).despawn_related::<Children>()),
        ["leaf", "first", "root"]
    );
    let mut names = with(|_, parent, commands| commands.entity(parent).despawn());
    names.sort_unstable();
    assert_eq!(names, ["first", "leaf", "root"]);
}

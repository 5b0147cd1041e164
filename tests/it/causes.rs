//! `because` and `delete_with`: the recorded cause of a deletion.

use std::collections::BTreeMap;

use bevy_app::prelude::*;
use bevy_ecs::{
    error::FallbackErrorHandler, lifecycle::HookContext, message::Messages, prelude::*, world::DeferredWorld,
};
use bevy_post_delete::prelude::*;

use crate::support::{
    Crew, Name, Number, ServesOn, app_tracking_names, catch_panic, panic_on_purpose, published, world_tracking_names,
};

const KILLED: DeleteReason = DeleteReason::new("killed");
const DISBANDED: DeleteReason = DeleteReason::new("disbanded");

/// Deletes the hierarchy with this root, or a part of it, because of the cause.
type Method = fn(&mut World, Entity, DeleteCause);

#[rustfmt::skip]
const METHODS: [(&str, Method); 21] = [
    ("EntityCommands::delete", |world, root, cause| world.commands().entity(root).because(cause).delete()),
    ("EntityCommands::delete_with", |world, root, cause| world.commands().entity(root).delete_with(cause)),
    ("EntityCommands::try_delete", |world, root, cause| world.commands().entity(root).because(cause).try_delete()),
    ("EntityCommands::delete_children", |world, root, cause| _ = world.commands().entity(root).because(cause).delete_children()),
    ("EntityCommands::delete_related", |world, root, cause| _ = world.commands().entity(root).because(cause).delete_related::<Crew>()),
    ("Commands::delete_all", |world, _, cause| world.commands().because(cause).delete_all::<With<Children>>()),
    ("Commands::delete_all_where", |world, _, cause| world.commands().because(cause).delete_all_where::<&Name, ()>(|name| name.0 == "root")),
    ("Commands::delete_batch", |world, root, cause| world.commands().because(cause).delete_batch([root])),
    ("World::delete", |world, root, cause| drop(world.because(cause).delete(root))),
    ("World::delete_with", |world, root, cause| drop(world.delete_with(root, cause))),
    ("World::delete_all", |world, _, cause| drop(world.because(cause).delete_all::<With<Children>>())),
    ("World::delete_all, observed", |world, _, cause| {
        world.add_observer(|_: On<Remove<Name>>| {});
        world.because(cause).delete_all::<With<Children>>();
    }),
    ("World::delete_all_where", |world, _, cause| drop(world.because(cause).delete_all_where::<&Name, ()>(|name| name.0 == "root"))),
    ("World::delete_batch", |world, root, cause| drop(world.because(cause).delete_batch([root]))),
    ("World::delete, twice", |world, root, cause| {
        let child = world.get::<Children>(root).unwrap()[0];
        let mut because = world.because(cause);
        because.delete(child).unwrap();
        because.delete(root).unwrap();
    }),
    ("EntityWorldMut::delete", |world, root, cause| drop(world.entity_mut(root).because(cause).delete())),
    ("EntityWorldMut::delete_with", |world, root, cause| drop(world.entity_mut(root).delete_with(cause))),
    ("EntityWorldMut::delete_children", |world, root, cause| drop(world.entity_mut(root).because(cause).delete_children())),
    ("EntityWorldMut::delete_related", |world, root, cause| drop(world.entity_mut(root).because(cause).delete_related::<Crew>())),
    ("EntityWorldMut::delete_related, observed", |world, root, cause| {
        world.add_observer(|_: On<Remove<Name>>| {});
        world.entity_mut(root).because(cause).delete_related::<Crew>();
    }),
    ("a despawn by an observer", |world, root, cause| {
        world.add_observer(move |on: On<Despawn<Name>>, mut commands: Commands| {
            if on.entity != root {
                commands.entity(root).try_despawn();
            }
        });
        world.entity_mut(root).because(cause).delete_children();
    }),
];

fn spawn_hierarchy(world: &mut World) -> Entity {
    let root = world
        .spawn((Name("root"), children![(Name("child"), children![Name("grandchild")])]))
        .id();
    world.spawn((Name("mate"), ServesOn(root)));
    root
}

#[test]
fn every_method_records_reason_and_instigator_for_all_deleted_entities() {
    for (method, delete) in METHODS {
        let mut world = world_tracking_names();
        let player = world.spawn_empty().id();
        let root = spawn_hierarchy(&mut world);
        delete(&mut world, root, KILLED.by(player));
        world.flush();
        let deleted = published::<Name>(&mut world);
        assert!(!deleted.is_empty(), "{method}");
        for PostDelete { snapshot, origin, .. } in deleted {
            assert!(origin.has_reason(KILLED), "{method}: {snapshot:?}");
            assert_eq!(origin.instigator, Some(player), "{method}: {snapshot:?}");
            assert!(origin.is_delete(), "{method}: {snapshot:?}");
        }
    }
}

#[test]
fn methods_without_a_cause_record_none() {
    type Method = fn(&mut World, Entity);
    let methods: [Method; 12] = [
        |world, root| world.commands().entity(root).delete(),
        |world, root| world.commands().entity(root).try_delete(),
        |world, root| _ = world.commands().entity(root).delete_children(),
        |world, root| _ = world.commands().entity(root).delete_related::<Crew>(),
        |world, _| world.commands().delete_all::<With<Children>>(),
        |world, root| world.commands().delete_batch([root]),
        |world, root| drop(world.delete(root)),
        |world, root| drop(world.delete_batch([root])),
        |world, _| drop(world.delete_all::<With<Children>>()),
        |world, root| drop(world.entity_mut(root).delete()),
        |world, root| drop(world.entity_mut(root).delete_children()),
        |world, root| drop(world.entity_mut(root).delete_related::<Crew>()),
    ];
    for (index, delete) in methods.into_iter().enumerate() {
        let mut world = world_tracking_names();
        let root = spawn_hierarchy(&mut world);
        delete(&mut world, root);
        world.flush();
        let deleted = published::<Name>(&mut world);
        assert!(!deleted.is_empty(), "method {index}");
        for PostDelete { origin, .. } in deleted {
            assert_eq!((origin.reason, origin.instigator), (None, None), "method {index}");
        }
    }
}

#[test]
fn a_delete_during_a_delete_has_its_own_cause() {
    const AVENGED: DeleteReason = DeleteReason::new("avenged");

    let mut world = world_tracking_names();
    let killer = world.spawn(Name("killer")).id();
    let victim = world.spawn((Name("victim"), children![Name("friend")])).id();
    world.add_observer(
        move |on: On<Despawn<Name>>, names: Query<&Name>, mut commands: Commands| {
            if names.get(on.entity).unwrap().0 == "friend" {
                commands.entity(killer).because(AVENGED.by(on.entity)).delete();
            }
        },
    );
    world.because(KILLED.by(killer)).delete(victim).unwrap();
    for PostDelete { snapshot, origin, .. } in published::<Name>(&mut world) {
        let expected = if snapshot.0 == "killer" { AVENGED } else { KILLED };
        assert!(origin.has_reason(expected), "{snapshot:?}");
    }
}

#[test]
fn a_pending_cause_can_be_amended_until_it_is_published() {
    #[derive(Component, Clone)]
    struct Other;

    let mut world = world_tracking_names();
    world.track_deletes::<Other>();
    let player = world.spawn_empty().id();
    let [first, second] = ["first", "second"].map(|name| world.spawn((Name(name), Other)).id());
    world.despawn(first);
    world.delete_with(second, KILLED).unwrap();

    let mut visited = Vec::new();
    world.amend_pending_deletes(|entity, cause| {
        visited.push((entity, cause.reason));
        if entity == first {
            *cause = KILLED.by(player);
        }
    });
    visited.sort_unstable_by_key(|(entity, _)| *entity);
    let mut expected = [
        (first, None),
        (first, None),
        (second, Some(KILLED)),
        (second, Some(KILLED)),
    ];
    expected.sort_unstable_by_key(|(entity, _)| *entity);
    assert_eq!(visited, expected, "each entity is visited once per type");

    let instigators: Vec<_> = published::<Name>(&mut world)
        .iter()
        .map(|deleted| deleted.origin.instigator)
        .collect();
    assert_eq!(instigators, [Some(player), None]);
    assert!(
        published::<Other>(&mut world)
            .iter()
            .all(|deleted| deleted.origin.has_reason(KILLED))
    );
    world.amend_pending_deletes(|_, _| panic!("nothing is pending"));
}

#[test]
fn an_entity_whose_despawn_panicked_is_not_amended() {
    #[derive(Component)]
    #[component(on_remove = panic_on_purpose)]
    struct PanicsOnRemove;

    let mut world = world_tracking_names();
    let survivor = world.spawn((Name("survivor"), PanicsOnRemove)).id();
    catch_panic(|| _ = world.despawn(survivor));
    world.amend_pending_deletes(|_, _| panic!("nothing is pending"));
}

#[test]
fn commands_that_a_failed_delete_has_left_do_not_get_the_cause_of_the_next_delete() {
    let mut app = app_tracking_names();
    app.set_error_handler(bevy_ecs::error::ignore);
    let [left, deleted] = ["left", "deleted"].map(|name| app.world_mut().spawn(Name(name)).id());
    let failing = app.world_mut().spawn(Number(1)).id();
    app.add_observer(move |_: On<Despawn<Number>>, mut commands: Commands| commands.entity(left).despawn())
        .add_observer(|_: On<Discard<Number>>| panic!("on purpose"))
        .add_systems(Update, move |mut commands: Commands| {
            commands.entity(failing).delete();
            commands.entity(deleted).because(KILLED).delete();
        });
    app.update();
    let causes: Vec<_> = app
        .world()
        .resource::<Messages<PostDelete<Name>>>()
        .iter_current_update_messages()
        .map(|deleted| (deleted.snapshot.0, deleted.origin.kind, deleted.origin.reason))
        .collect();
    let expected = [
        ("left", DeleteKind::Despawn, None),
        ("deleted", DeleteKind::Direct, Some(KILLED)),
    ];
    assert_eq!(causes, expected);
}

#[test]
fn commands_that_a_failed_command_has_left_do_not_get_the_cause_of_the_next_delete() {
    let kind_and_reason = |origin: Origin| (origin.kind, origin.reason);
    let expected = [
        ("left", (DeleteKind::Despawn, None)),
        ("deleted", (DeleteKind::Direct, Some(KILLED))),
    ];
    for is_observed in [false, true] {
        let mut app = app_tracking_names();
        app.set_error_handler(bevy_ecs::error::ignore);
        app.add_plugins(PostDeletePlugin::<Number>::default());
        if is_observed {
            app.add_observer(|_: On<Remove<Name>>| {});
        }
        let [left, deleted] = ["left", "deleted"].map(|name| app.world_mut().spawn((Name(name), Number(1))).id());
        app.add_systems(Update, move |mut commands: Commands| {
            commands.queue(move |world: &mut World| {
                world.commands().entity(left).despawn();
                panic!("on purpose");
            });
            commands.entity(deleted).because(KILLED).delete();
        });
        app.update();

        let mut names = app.world_mut().resource_mut::<Messages<PostDelete<Name>>>();
        let names: BTreeMap<_, _> = names
            .drain()
            .map(|name| (name.snapshot.0, kind_and_reason(name.origin)))
            .collect();
        assert_eq!(names, BTreeMap::from(expected), "observed: {is_observed}");
        let mut numbers = app.world_mut().resource_mut::<Messages<PostDelete<Number>>>();
        let numbers: BTreeMap<_, _> = numbers
            .drain()
            .map(|number| (number.entity, kind_and_reason(number.origin)))
            .collect();
        let expected = [(left, expected[0].1), (deleted, expected[1].1)];
        assert_eq!(numbers, BTreeMap::from(expected), "observed: {is_observed}");
    }
}

#[test]
fn commands_that_a_failed_inner_delete_has_left_do_not_get_the_cause_of_the_next_inner_delete() {
    #[derive(Component)]
    struct Squad;

    let mut world = world_tracking_names();
    world.insert_resource(FallbackErrorHandler(bevy_ecs::error::ignore));
    let [left, deleted] = ["left", "deleted"].map(|name| world.spawn(Name(name)).id());
    let failing = world.spawn(Number(1)).id();
    world.add_observer(move |_: On<Despawn<Number>>, mut commands: Commands| commands.entity(left).despawn());
    world.add_observer(|_: On<Discard<Number>>| panic!("on purpose"));
    world.add_observer(move |_: On<Despawn<Squad>>, mut commands: Commands| {
        commands.entity(failing).delete();
        commands.entity(deleted).because(KILLED).delete();
    });
    let squad = world.spawn(Squad).id();
    world.because(DISBANDED).delete(squad).unwrap();

    let origins: BTreeMap<_, _> = published::<Name>(&mut world)
        .into_iter()
        .map(|name| (name.snapshot.0, name.origin))
        .collect();
    assert_eq!(
        (origins["left"].kind, origins["left"].root),
        (DeleteKind::Cascade, Some(squad))
    );
    assert_eq!(origins["left"].reason, Some(DISBANDED));
    assert_eq!(
        (origins["deleted"].kind, origins["deleted"].reason),
        (DeleteKind::Direct, Some(KILLED))
    );
}

#[test]
fn commands_of_a_hook_are_part_of_the_delete_of_a_single_entity() {
    #[derive(Component)]
    #[component(on_despawn = despawn_sailors)]
    struct Captain;

    fn despawn_sailors(mut world: DeferredWorld, _: HookContext) {
        world
            .commands()
            .queue(|world: &mut World| world.despawn_all::<With<Number>>());
    }

    let mut world = world_tracking_names();
    world.track_deletes::<Number>();
    let captain = world.spawn((Name("captain"), Captain)).id();
    world.spawn(Number(1));
    world.commands().entity(captain).because(KILLED).delete();
    world.flush();
    let [sailor] = published::<Number>(&mut world).try_into().unwrap();
    assert_eq!(sailor.origin.kind, DeleteKind::Cascade);
    assert_eq!(
        (sailor.origin.root, sailor.origin.reason),
        (Some(captain), Some(KILLED))
    );
}

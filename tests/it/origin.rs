//! `Origin`: the kind, root, reason, operation and caller of a message.

use bevy_ecs::{lifecycle::HookContext, prelude::*, world::DeferredWorld};
use bevy_post_delete::prelude::*;

use crate::support::{Crew, Likes, Name, ServesOn, catch_panic, panic_on_purpose, published, world_tracking_names};

const KILLED: DeleteReason = DeleteReason::new("killed");

/// Publishes the pending deletions. Returns the name, kind, root and reason of each message.
fn origins(world: &mut World) -> Vec<(&'static str, DeleteKind, Option<Entity>, Option<DeleteReason>)> {
    published::<Name>(world)
        .into_iter()
        .map(|deleted| {
            let Origin { kind, root, reason, .. } = deleted.origin;
            (deleted.snapshot.0, kind, root, reason)
        })
        .collect()
}

/// Spawns a root with one child. Returns the root.
fn spawn_pair(world: &mut World) -> Entity {
    world.spawn((Name("root"), children![Name("child")])).id()
}

#[test]
fn the_root_is_direct_and_its_descendants_cascade() {
    let mut world = world_tracking_names();
    let root = spawn_pair(&mut world);
    world.spawn((Name("mate"), ServesOn(root)));
    world.delete_with(root, KILLED).unwrap();
    let published = origins(&mut world);
    assert_eq!(published.len(), 3);
    for (name, kind, published_root, reason) in published {
        assert_eq!(published_root, Some(root));
        assert_eq!(reason, Some(KILLED));
        let expected = if name == "root" {
            DeleteKind::Direct
        } else {
            DeleteKind::Cascade
        };
        assert_eq!(kind, expected, "{name}");
    }
}

#[test]
fn entities_that_a_bulk_delete_names_are_direct_and_their_own_root() {
    for is_observed in [false, true] {
        let mut world = world_tracking_names();
        if is_observed {
            world.add_observer(|_: On<Remove<Name>>| {});
        }
        let mut check = |delete: &dyn Fn(&mut World, Entity), named: &[&str], reason| {
            let root = spawn_pair(&mut world);
            let child = world.get::<Children>(root).unwrap()[0];
            delete(&mut world, root);
            world.flush();
            let published = origins(&mut world);
            assert!(!published.is_empty());
            for (name, kind, published_root, published_reason) in published {
                assert_eq!(published_reason, reason, "{name}");
                let expected = match (name, named.contains(&name)) {
                    ("root", true) => (DeleteKind::Direct, Some(root)),
                    ("child", true) => (DeleteKind::Direct, Some(child)),
                    _ => (DeleteKind::Cascade, Some(root)),
                };
                assert_eq!((kind, published_root), expected, "{name}");
            }
            world.despawn_all::<With<Name>>();
            origins(&mut world);
        };
        let both = ["root", "child"];
        check(&|world, _| drop(world.delete_all::<With<Name>>()), &both, None);
        check(
            &|world, _| drop(world.because(KILLED).delete_all::<With<Children>>()),
            &["root"],
            Some(KILLED),
        );
        check(
            &|world, _| drop(world.delete_all_where::<&Name, ()>(|_| true)),
            &both,
            None,
        );
        check(&|world, root| drop(world.delete_batch([root])), &["root"], None);
        check(
            &|world, root| {
                let child = world.get::<Children>(root).unwrap()[0];
                world.delete_batch([root, child]);
            },
            &both,
            None,
        );
        check(
            &|world, _| world.commands().because(KILLED).delete_all::<With<Name>>(),
            &both,
            Some(KILLED),
        );
        check(
            &|world, root| _ = world.commands().entity(root).delete_children(),
            &["child"],
            None,
        );
    }
}

#[test]
fn related_entities_are_direct_in_delete_related() {
    let mut world = world_tracking_names();
    let ship = world.spawn(Name("ship")).id();
    let mate = world
        .spawn((Name("mate"), ServesOn(ship), children![Name("parrot")]))
        .id();
    world.commands().entity(ship).delete_related::<Crew>();
    world.flush();
    let published = origins(&mut world);
    assert_eq!(
        published,
        [
            ("parrot", DeleteKind::Cascade, Some(mate), None),
            ("mate", DeleteKind::Direct, Some(mate), None)
        ]
    );
}

#[test]
fn a_despawn_has_neither_root_nor_operation() {
    let mut world = world_tracking_names();
    let root = spawn_pair(&mut world);
    world.despawn(root);
    for deleted in published::<Name>(&mut world) {
        let is_root = deleted.entity == root;
        let kind = if is_root {
            DeleteKind::Despawn
        } else {
            DeleteKind::Cascade
        };
        assert_eq!(deleted.origin.kind, kind);
        assert_eq!(deleted.origin.root, None);
        assert_eq!(deleted.origin.operation, 0);
    }
}

#[test]
fn a_despawn_of_a_target_cascades_over_every_linked_relationship() {
    use DeleteKind::{Cascade, Despawn};

    let mut world = world_tracking_names();
    let ship = world.spawn(Name("ship")).id();
    let captain = world
        .spawn((Name("captain"), ServesOn(ship), children![Name("parrot")]))
        .id();
    world.spawn((Name("cook"), ServesOn(ship)));
    world.spawn((Name("fan"), Likes(captain)));
    world.despawn(ship);
    let mut kinds: Vec<_> = origins(&mut world)
        .into_iter()
        .map(|(name, kind, root, reason)| {
            assert_eq!((root, reason), (None, None), "{name}");
            (name, kind)
        })
        .collect();
    kinds.sort_by_key(|(name, _)| *name);
    // The fan is not linked, and survives.
    assert_eq!(
        kinds,
        [
            ("captain", Cascade),
            ("cook", Cascade),
            ("parrot", Cascade),
            ("ship", Despawn)
        ]
    );
}

#[test]
fn a_source_that_is_despawned_itself_does_not_cascade() {
    let mut world = world_tracking_names();
    let ship = world.spawn(Name("ship")).id();
    let cook = world.spawn((Name("cook"), ServesOn(ship))).id();
    let child = world.spawn((Name("child"), ChildOf(ship))).id();
    world.despawn(cook);
    world.despawn(child);
    assert_eq!(
        origins(&mut world),
        [
            ("cook", DeleteKind::Despawn, None, None),
            ("child", DeleteKind::Despawn, None, None)
        ]
    );
}

#[cfg(all(feature = "serde", feature = "audit"))]
#[test]
fn a_message_is_serialized_with_the_text_of_its_reason() {
    #[derive(Component, Clone, serde::Serialize)]
    struct Gold(u32);

    let mut world = World::new();
    world.track_deletes::<Gold>();
    let killer = world.spawn_empty().id();
    let entity = world.spawn(Gold(5)).id();
    world.because(KILLED.by(killer)).delete(entity).unwrap();
    let message = &published::<Gold>(&mut world)[0];
    let json = serde_json::to_value(message).unwrap();
    assert_eq!(json["snapshot"], 5);
    assert_eq!(json["origin"]["kind"], "Direct");
    assert_eq!(json["origin"]["reason"], "killed");
    assert_eq!(json["origin"]["operation"], 1);
    assert_eq!(json["origin"]["root"], json["entity"]);
    assert_eq!(json["origin"]["instigator"], serde_json::to_value(killer).unwrap());
}

#[test]
fn despawns_by_hooks_and_observers_during_a_delete_cascade() {
    #[derive(Component)]
    #[component(on_remove = explode)]
    struct Bomb;

    fn explode(mut world: DeferredWorld, _: HookContext) {
        world
            .commands()
            .queue(|world: &mut World| world.despawn_all::<With<Bystander>>());
    }

    #[derive(Component)]
    struct Bystander;

    for delete_all in [false, true] {
        let mut world = world_tracking_names();
        world.spawn((Name("bystander"), Bystander, children![Name("dog")]));
        let bomb = world.spawn((Name("bomb"), Bomb)).id();
        if delete_all {
            world.because(KILLED).delete_all::<With<Bomb>>();
        } else {
            world.delete_with(bomb, KILLED).unwrap();
        }
        let (kind, root) = (DeleteKind::Cascade, Some(bomb));
        let published = origins(&mut world);
        assert_eq!(published.len(), 3);
        for (name, published_kind, published_root, reason) in published {
            if name != "bomb" {
                assert_eq!(
                    (published_kind, published_root, reason),
                    (kind, root, Some(KILLED)),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn a_delete_during_a_delete_has_its_own_origin() {
    #[derive(Component)]
    #[component(on_remove = trip)]
    struct Wire(Entity);

    fn trip(mut world: DeferredWorld, context: HookContext) {
        let trap = world.get::<Wire>(context.entity).unwrap().0;
        world.commands().entity(trap).delete_with(DeleteReason::new("tripped"));
    }

    let mut world = world_tracking_names();
    let trap = world.spawn((Name("trap"), children![Name("spring")])).id();
    let root = world
        .spawn((Name("root"), children![Name("first"), (Name("wire"), Wire(trap))]))
        .id();
    let report = world.delete_with(root, KILLED).unwrap();
    let messages = published::<Name>(&mut world);
    let by_name = |name| {
        messages
            .iter()
            .find(|deleted| deleted.snapshot.0 == name)
            .unwrap()
            .origin
    };

    for (name, kind) in [
        ("wire", DeleteKind::Cascade),
        ("first", DeleteKind::Cascade),
        ("root", DeleteKind::Direct),
    ] {
        let origin = by_name(name);
        assert_eq!(
            (origin.kind, origin.root, origin.reason),
            (kind, Some(root), Some(KILLED)),
            "{name}"
        );
        assert_eq!(origin.operation, report.operation());
    }
    let inner = Some(DeleteReason::new("tripped"));
    for (name, kind) in [("spring", DeleteKind::Cascade), ("trap", DeleteKind::Direct)] {
        let origin = by_name(name);
        assert_eq!(
            (origin.kind, origin.root, origin.reason),
            (kind, Some(trap), inner),
            "{name}"
        );
        assert!(origin.operation > report.operation());
    }
    assert_eq!(
        report.message_count(),
        3,
        "the messages of the inner delete are not counted"
    );
}

#[test]
fn commands_queued_before_a_delete_are_not_attributed_to_it() {
    let mut world = world_tracking_names();
    let queued = world.spawn(Name("queued")).id();
    let root = spawn_pair(&mut world);
    world.commands().entity(queued).despawn();
    world.delete_with(root, KILLED).unwrap();
    let messages = published::<Name>(&mut world);
    let queued = messages.iter().find(|deleted| deleted.snapshot.0 == "queued").unwrap();
    assert_eq!(queued.origin.kind, DeleteKind::Despawn);
    assert_eq!(queued.origin.reason, None);

    // The same holds for `EntityWorldMut` and for bulk deletes.
    let queued = world.spawn(Name("queued")).id();
    let root = spawn_pair(&mut world);
    world.commands().entity(queued).despawn();
    world.entity_mut(root).delete().unwrap();
    let other = world.spawn(Name("queued")).id();
    world.spawn(Name("other"));
    world.commands().entity(other).despawn();
    world.delete_all::<With<Name>>();
    for deleted in published::<Name>(&mut world) {
        let is_queued = deleted.snapshot.0 == "queued";
        assert_eq!(deleted.origin.kind == DeleteKind::Despawn, is_queued, "{deleted:?}");
    }
}

#[test]
fn commands_queued_after_a_delete_are_not_attributed_to_it() {
    let mut world = world_tracking_names();
    let root = spawn_pair(&mut world);
    let other = world.spawn(Name("other")).id();
    world.commands().entity(root).delete_with(KILLED);
    world.commands().entity(other).despawn();
    world.flush();
    let messages = published::<Name>(&mut world);
    assert_eq!(messages.last().unwrap().origin.kind, DeleteKind::Despawn);
}

#[test]
fn a_delete_fails_if_a_queued_command_despawns_the_entity_first() {
    let mut world = world_tracking_names();
    let entity = world.spawn(Name("one")).id();
    world.commands().entity(entity).despawn();
    assert_eq!(world.delete(entity), Err(DeleteError::NotSpawned));
    assert_eq!(published::<Name>(&mut world)[0].origin.kind, DeleteKind::Despawn);
}

#[test]
fn later_despawns_are_not_attributed_to_a_delete_that_panicked() {
    #[derive(Component)]
    #[component(on_remove = panic_on_purpose)]
    struct PanicsOnRemove;

    let mut world = world_tracking_names();
    let root = world
        .spawn((Name("root"), PanicsOnRemove, children![Name("child")]))
        .id();
    catch_panic(|| drop(world.delete_with(root, KILLED)));
    catch_panic(|| drop(world.because(KILLED).delete_all::<With<PanicsOnRemove>>()));
    let other = world.spawn(Name("other")).id();
    world.despawn(other);
    let messages = published::<Name>(&mut world);
    let names: Vec<_> = messages.iter().map(|deleted| deleted.snapshot.0).collect();
    assert_eq!(names, ["child", "other"]);
    assert_eq!(messages[0].origin.reason, Some(KILLED));
    assert_eq!(messages[1].origin.kind, DeleteKind::Despawn);
    assert_eq!(messages[1].origin.reason, None);
}

#[cfg(feature = "track_location")]
#[rustfmt::skip] // Each delete is on one line with the expected location.
#[test]
fn the_caller_is_the_line_of_the_delete_call() {
    use bevy_ecs::change_detection::MaybeLocation;

    let mut world = world_tracking_names();
    let mut check = |delete: &dyn Fn(&mut World, Entity) -> MaybeLocation| {
        let entity = world.spawn((Name("root"), children![Name("child")])).id();
        let caller = delete(&mut world, entity);
        world.flush();
        let messages = published::<Name>(&mut world);
        assert_eq!(messages.len(), 2);
        for deleted in messages {
            let (published, expected) = (
                deleted.origin.caller.into_option().unwrap(),
                caller.into_option().unwrap(),
            );
            assert_eq!((published.file(), published.line()), (expected.file(), expected.line()));
        }
    };
    {
        check(&|world, entity| { drop(world.delete(entity)); MaybeLocation::caller() });
        check(&|world, entity| { drop(world.delete_with(entity, KILLED)); MaybeLocation::caller() });
        check(&|world, entity| { drop(world.entity_mut(entity).delete()); MaybeLocation::caller() });
        check(&|world, entity| { world.commands().entity(entity).delete(); MaybeLocation::caller() });
        check(&|world, entity| { world.commands().entity(entity).delete_with(KILLED); MaybeLocation::caller() });
        check(&|world, entity| { world.commands().entity(entity).try_delete(); MaybeLocation::caller() });
        check(&|world, _| { world.commands().delete_all::<With<Name>>(); MaybeLocation::caller() });
        check(&|world, _| { world.commands().because(KILLED).delete_all::<With<Name>>(); MaybeLocation::caller() });
        check(&|world, _| { world.commands().delete_all_where::<(), With<Name>>(|()| true); MaybeLocation::caller() });
        check(&|world, entity| { world.commands().delete_batch([entity]); MaybeLocation::caller() });
        check(&|world, entity| { world.commands().entity(entity).because(KILLED).delete(); MaybeLocation::caller() });
        check(&|world, entity| { world.commands().entity(entity).because(KILLED).try_delete(); MaybeLocation::caller() });
        check(&|world, entity| { world.commands().because(KILLED).delete_batch([entity]); MaybeLocation::caller() });
        check(&|world, entity| { drop(world.because(KILLED).delete(entity)); MaybeLocation::caller() });
        check(&|world, _| { world.because(KILLED).delete_all::<With<Name>>(); MaybeLocation::caller() });
        check(&|world, entity| { world.because(KILLED).delete_batch([entity]); MaybeLocation::caller() });
        check(&|world, entity| { drop(world.entity_mut(entity).because(KILLED).delete()); MaybeLocation::caller() });
        check(&|world, _| { world.delete_all::<With<Name>>(); MaybeLocation::caller() });
        check(&|world, entity| { world.delete_batch([entity]); MaybeLocation::caller() });
    }
    let entity = world.spawn(Name("one")).id();
    let line = line!() + 1;
    world.despawn(entity);
    assert_eq!(
        published::<Name>(&mut world)[0].origin.caller.into_option().unwrap().line(),
        line
    );
}

#[test]
fn an_entity_that_an_observer_despawns_while_a_cycle_is_detached_has_the_root_of_the_cycle() {
    let mut world = world_tracking_names();
    let other = world.spawn(Name("other")).id();
    let [first, second] = [(); 2].map(|()| world.spawn_empty().id());
    world.entity_mut(first).insert(ServesOn(second));
    world.entity_mut(second).insert(ServesOn(first));
    let despawned = world.spawn(Name("despawned")).id();
    world.add_observer(move |_: On<Remove<ServesOn>>, mut commands: Commands| {
        commands.entity(despawned).try_despawn();
    });
    world.delete_batch([other, first]);
    assert_eq!(
        origins(&mut world),
        [
            ("other", DeleteKind::Direct, Some(other), None),
            ("despawned", DeleteKind::Cascade, Some(first), None)
        ]
    );
}

//! Where a message says that it comes from.

use bevy_ecs::{lifecycle::HookContext, prelude::*, world::DeferredWorld};
use bevy_post_delete::prelude::*;

use crate::support::{Crew, Name, ServesOn, catch_panic, panic_on_purpose, published, world_of_names};

const WHY: DeleteReason = DeleteReason::new("a test");

/// What was told, as name, kind, root and reason.
fn origins(world: &mut World) -> Vec<(&'static str, DeleteKind, Option<Entity>, Option<DeleteReason>)> {
    published::<Name>(world)
        .into_iter()
        .map(|deleted| {
            let Origin { kind, root, reason, .. } = deleted.origin;
            (deleted.snapshot.0, kind, root, reason)
        })
        .collect()
}

fn spawn_pair(world: &mut World) -> Entity {
    world.spawn((Name("root"), children![Name("child")])).id()
}

#[test]
fn the_root_is_direct_and_its_descendants_cascade() {
    let mut world = world_of_names();
    let root = spawn_pair(&mut world);
    let aboard = world.spawn((Name("aboard"), ServesOn(root))).id();
    let _ = aboard;
    world.delete_with(root, WHY).unwrap();
    let told = origins(&mut world);
    assert_eq!(told.len(), 3);
    for (name, kind, of, why) in told {
        assert_eq!(of, Some(root));
        assert_eq!(why, Some(WHY));
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
    for observed in [false, true] {
        let mut world = world_of_names();
        if observed {
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
            &|world, _| drop(world.because(WHY).delete_all::<With<Children>>()),
            &["root"],
            Some(WHY),
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
            &|world, _| world.commands().because(WHY).delete_all::<With<Name>>(),
            &both,
            Some(WHY),
        );
        check(
            &|world, root| _ = world.commands().entity(root).delete_children(),
            &["child"],
            None,
        );
    }
}

#[test]
fn related_entities_are_named_by_delete_related() {
    let mut world = world_of_names();
    let ship = world.spawn(Name("ship")).id();
    let mate = world
        .spawn((Name("mate"), ServesOn(ship), children![Name("parrot")]))
        .id();
    world.commands().entity(ship).delete_related::<Crew>();
    world.flush();
    let told = origins(&mut world);
    assert_eq!(
        told,
        [
            ("parrot", DeleteKind::Cascade, Some(mate), None),
            ("mate", DeleteKind::Direct, Some(mate), None)
        ]
    );
}

#[test]
fn a_despawn_has_neither_root_nor_operation() {
    let mut world = world_of_names();
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
fn what_hooks_and_observers_despawn_meanwhile_cascades() {
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
        let mut world = world_of_names();
        world.spawn((Name("bystander"), Bystander, children![Name("dog")]));
        let bomb = world.spawn((Name("bomb"), Bomb)).id();
        if delete_all {
            world.because(WHY).delete_all::<With<Bomb>>();
        } else {
            world.delete_with(bomb, WHY).unwrap();
        }
        let (kind, root) = (DeleteKind::Cascade, Some(bomb));
        let told = origins(&mut world);
        assert_eq!(told.len(), 3);
        for (name, of_kind, of_root, why) in told {
            if name != "bomb" {
                assert_eq!((of_kind, of_root, why), (kind, root, Some(WHY)), "{name}");
            }
        }
    }
}

#[test]
fn a_delete_inside_a_delete_has_its_own_and_the_outer_goes_on_with_its_own() {
    #[derive(Component)]
    #[component(on_remove = trip)]
    struct Wire(Entity);

    fn trip(mut world: DeferredWorld, context: HookContext) {
        let trap = world.get::<Wire>(context.entity).unwrap().0;
        world.commands().entity(trap).delete_with(DeleteReason::new("tripped"));
    }

    let mut world = world_of_names();
    let trap = world.spawn((Name("trap"), children![Name("spring")])).id();
    let root = world
        .spawn((Name("root"), children![Name("first"), (Name("wire"), Wire(trap))]))
        .id();
    let report = world.delete_with(root, WHY).unwrap();
    let told = published::<Name>(&mut world);
    let by_name = |name| told.iter().find(|deleted| deleted.snapshot.0 == name).unwrap().origin;

    for (name, kind) in [
        ("wire", DeleteKind::Cascade),
        ("first", DeleteKind::Cascade),
        ("root", DeleteKind::Direct),
    ] {
        let origin = by_name(name);
        assert_eq!(
            (origin.kind, origin.root, origin.reason),
            (kind, Some(root), Some(WHY)),
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
    assert_eq!(report.message_count(), 3, "the inner delete's are not the outer's");
}

#[test]
fn commands_that_were_queued_before_are_not_part_of_the_delete() {
    let mut world = world_of_names();
    let queued = world.spawn(Name("queued")).id();
    let root = spawn_pair(&mut world);
    world.commands().entity(queued).despawn();
    world.delete_with(root, WHY).unwrap();
    let told = published::<Name>(&mut world);
    let queued = told.iter().find(|deleted| deleted.snapshot.0 == "queued").unwrap();
    assert_eq!(queued.origin.kind, DeleteKind::Despawn);
    assert_eq!(queued.origin.reason, None);

    // The same for entities at hand and for bulk deletes.
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
fn commands_that_come_after_it_in_the_queue_are_not_part_of_it_either() {
    let mut world = world_of_names();
    let root = spawn_pair(&mut world);
    let other = world.spawn(Name("other")).id();
    world.commands().entity(root).delete_with(WHY);
    world.commands().entity(other).despawn();
    world.flush();
    let told = published::<Name>(&mut world);
    assert_eq!(told.last().unwrap().origin.kind, DeleteKind::Despawn);
}

#[test]
fn a_command_that_takes_the_entity_first_leaves_nothing_to_delete() {
    let mut world = world_of_names();
    let entity = world.spawn(Name("one")).id();
    world.commands().entity(entity).despawn();
    assert_eq!(world.delete(entity), Err(DeleteError::NotSpawned));
    assert_eq!(published::<Name>(&mut world)[0].origin.kind, DeleteKind::Despawn);
}

#[test]
fn later_despawns_are_not_blamed_on_a_delete_that_panicked() {
    #[derive(Component)]
    #[component(on_remove = panic_on_purpose)]
    struct Stubborn;

    let mut world = world_of_names();
    let root = world.spawn((Name("root"), Stubborn, children![Name("child")])).id();
    catch_panic(|| drop(world.delete_with(root, WHY)));
    catch_panic(|| drop(world.because(WHY).delete_all::<With<Stubborn>>()));
    let other = world.spawn(Name("other")).id();
    world.despawn(other);
    let told = published::<Name>(&mut world);
    let names: Vec<_> = told.iter().map(|deleted| deleted.snapshot.0).collect();
    assert_eq!(names, ["child", "other"]);
    assert_eq!(told[0].origin.reason, Some(WHY));
    assert_eq!(told[1].origin.kind, DeleteKind::Despawn);
    assert_eq!(told[1].origin.reason, None);
}

#[test]
fn operations_of_a_world_are_counted_by_that_world() {
    let run = || {
        let mut world = world_of_names();
        (0..3)
            .map(|_| {
                let entity = world.spawn(Name("one")).id();
                world.delete(entity).unwrap().operation()
            })
            .collect::<Vec<_>>()
    };
    let first = run();
    assert!(first.is_sorted_by(|a, b| a < b));
    assert!(first[0] > 0);
    assert_eq!(run(), first, "the same program has the same numbers");
}

#[test]
fn worlds_within_worlds_do_not_mix() {
    #[derive(Component)]
    #[component(on_remove = nest)]
    struct Nested;

    fn nest(_: DeferredWorld, _: HookContext) {
        // A world of its own, in the middle of a delete of another.
        let mut inner = world_of_names();
        let entity = inner.spawn(Name("inner")).id();
        inner.despawn(entity);
        let other = inner.spawn(Name("inner")).id();
        inner.delete(other).unwrap();
        let told = published::<Name>(&mut inner);
        let kinds: Vec<_> = told.iter().map(|deleted| deleted.origin.kind).collect();
        assert_eq!(kinds, [DeleteKind::Despawn, DeleteKind::Direct]);
    }

    let mut world = world_of_names();
    let root = world
        .spawn((Name("root"), Nested, children![(Name("child"), Nested)]))
        .id();
    world.delete_with(root, WHY).unwrap();
    for (name, _, of, why) in origins(&mut world) {
        assert_eq!((of, why), (Some(root), Some(WHY)), "{name}");
    }
}

#[test]
fn worlds_on_several_threads_do_not_mix() {
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                let mut world = world_of_names();
                for round in 0..200 {
                    let root = spawn_pair(&mut world);
                    if (round + thread) % 2 == 0 {
                        world.delete(root).unwrap();
                    } else {
                        world.despawn(root);
                    }
                    let told = published::<Name>(&mut world);
                    assert_eq!(told.len(), 2);
                    for deleted in told {
                        let is_deleted = deleted.origin.root == Some(root);
                        assert_eq!(is_deleted, (round + thread) % 2 == 0);
                    }
                }
            });
        }
    });
}

#[test]
fn a_world_that_moves_between_threads_goes_on_counting() {
    let mut world = world_of_names();
    let mut last = 0;
    for _ in 0..10 {
        let (operation, back) = std::thread::spawn(move || {
            let entity = world.spawn(Name("one")).id();
            (world.delete(entity).unwrap().operation(), world)
        })
        .join()
        .unwrap();
        world = back;
        assert!(operation > last);
        last = operation;
        let here = world.spawn(Name("one")).id();
        let operation = world.delete(here).unwrap().operation();
        assert!(operation > last);
        last = operation;
    }
}

#[cfg(feature = "track_location")]
#[rustfmt::skip] // each delete on one line with the place it is called from
#[test]
fn the_caller_is_the_line_that_deleted() {
    use bevy_ecs::change_detection::MaybeLocation;

    let mut world = world_of_names();
    let mut check = |delete: &dyn Fn(&mut World, Entity) -> MaybeLocation| {
        let entity = world.spawn((Name("root"), children![Name("child")])).id();
        let caller = delete(&mut world, entity);
        world.flush();
        let told = published::<Name>(&mut world);
        assert_eq!(told.len(), 2);
        for deleted in told {
            let (told, expected) = (
                deleted.origin.caller.into_option().unwrap(),
                caller.into_option().unwrap(),
            );
            assert_eq!((told.file(), told.line()), (expected.file(), expected.line()));
        }
    };
    {
        check(&|world, entity| { drop(world.delete(entity)); MaybeLocation::caller() });
        check(&|world, entity| { drop(world.delete_with(entity, WHY)); MaybeLocation::caller() });
        check(&|world, entity| { drop(world.entity_mut(entity).delete()); MaybeLocation::caller() });
        check(&|world, entity| { world.commands().entity(entity).delete(); MaybeLocation::caller() });
        check(&|world, entity| { world.commands().entity(entity).delete_with(WHY); MaybeLocation::caller() });
        check(&|world, entity| { world.commands().entity(entity).try_delete(); MaybeLocation::caller() });
        check(&|world, _| { world.commands().delete_all::<With<Name>>(); MaybeLocation::caller() });
        check(&|world, _| { world.commands().because(WHY).delete_all::<With<Name>>(); MaybeLocation::caller() });
        check(&|world, _| { world.commands().delete_all_where::<(), With<Name>>(|()| true); MaybeLocation::caller() });
        check(&|world, entity| { world.commands().delete_batch([entity]); MaybeLocation::caller() });
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
fn worlds_that_are_kept_in_a_resource_or_a_component_delete_for_themselves() {
    #[derive(Resource)]
    struct Dungeon(World, Entity);

    #[derive(Component)]
    struct Dream(World);

    impl Drop for Dream {
        fn drop(&mut self) {
            assert_eq!(self.0.delete_all::<With<Name>>().message_count(), 2);
            assert_eq!(published::<Name>(&mut self.0)[0].origin.kind, DeleteKind::Direct);
        }
    }

    #[derive(Component)]
    struct Gate;

    let mut world = world_of_names();
    let mut dungeon = world_of_names();
    let dungeon_root = spawn_pair(&mut dungeon);
    let mut dream = world_of_names();
    dream.spawn_batch([Name("sheep"), Name("sheep")]);
    world.insert_resource(Dungeon(dungeon, dungeon_root));
    world.add_observer(|_: On<Remove<Gate>>, mut dungeon: ResMut<Dungeon>| {
        let root = dungeon.1;
        assert_eq!(dungeon.0.delete(root).unwrap().message_count(), 2);
        assert_eq!(
            published::<Name>(&mut dungeon.0).len(),
            2,
            "it publishes for itself, too"
        );
    });
    let root = world
        .spawn((
            Name("root"),
            Dream(dream),
            children![(Name("gate"), Gate), Name("other")],
        ))
        .id();
    let report = world.delete_with(root, WHY).unwrap();
    assert_eq!((report.entity_count(), report.message_count()), (3, 3));
    let all = published::<Name>(&mut world);
    assert_eq!(all.len(), 3);
    for deleted in all {
        assert_eq!(deleted.origin.root, Some(root));
        assert_eq!(deleted.origin.operation, report.operation());
    }
}

//! Several worlds: in resources, components and hooks of other worlds, and on several threads.

use std::cell::RefCell;

use bevy_ecs::{lifecycle::HookContext, prelude::*, world::DeferredWorld};
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number, published, world_tracking_names};

const KILLED: DeleteReason = DeleteReason::new("killed");

/// Spawns a root with one child. Returns the root.
fn spawn_pair(world: &mut World) -> Entity {
    world.spawn((Name("root"), children![Name("child")])).id()
}

#[test]
fn each_world_counts_its_own_operations() {
    let run = || {
        let mut world = world_tracking_names();
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
    assert_eq!(run(), first, "the operation numbers are deterministic");
}

#[test]
fn a_world_used_by_a_hook_of_another_world_is_independent() {
    #[derive(Component)]
    #[component(on_remove = delete_in_another_world)]
    struct UsesAnotherWorld;

    fn delete_in_another_world(_: DeferredWorld, _: HookContext) {
        // Deletes in another world while a delete of the outer world is active.
        let mut inner = world_tracking_names();
        let entity = inner.spawn(Name("inner")).id();
        inner.despawn(entity);
        let other = inner.spawn(Name("inner")).id();
        inner.delete(other).unwrap();
        let messages = published::<Name>(&mut inner);
        let kinds: Vec<_> = messages.iter().map(|deleted| deleted.origin.kind).collect();
        assert_eq!(kinds, [DeleteKind::Despawn, DeleteKind::Direct]);
    }

    let mut world = world_tracking_names();
    let root = world
        .spawn((
            Name("root"),
            UsesAnotherWorld,
            children![(Name("child"), UsesAnotherWorld)],
        ))
        .id();
    world.delete_with(root, KILLED).unwrap();
    for PostDelete { snapshot, origin, .. } in published::<Name>(&mut world) {
        assert_eq!((origin.root, origin.reason), (Some(root), Some(KILLED)), "{snapshot:?}");
    }
}

#[test]
fn worlds_on_several_threads_are_independent() {
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                let mut world = world_tracking_names();
                for round in 0..200 {
                    let root = spawn_pair(&mut world);
                    if (round + thread) % 2 == 0 {
                        world.delete(root).unwrap();
                    } else {
                        world.despawn(root);
                    }
                    let messages = published::<Name>(&mut world);
                    assert_eq!(messages.len(), 2);
                    for deleted in messages {
                        let is_deleted = deleted.origin.root == Some(root);
                        assert_eq!(is_deleted, (round + thread) % 2 == 0);
                    }
                }
            });
        }
    });
}

#[test]
fn each_world_keeps_its_own_order_on_several_threads() {
    const DELETES: u32 = 500;

    fn run_deletes(thread: u32) {
        let mut world = World::new();
        world.track_deletes::<Number>();
        let mut expected = Vec::new();
        for delete in 0..DELETES {
            let base = thread * 1_000_000 + delete * 10;
            let root = world.spawn((Number(base), Name("root"))).id();
            world.spawn((Number(base + 1), ChildOf(root)));
            world.spawn((Number(base + 2), ChildOf(root)));
            if delete % 3 == 0 {
                world.commands().entity(root).delete();
                world.flush();
            } else {
                world.delete(root).unwrap();
            }
            expected.extend([base + 2, base + 1, base].map(|number| (number, root, u64::from(delete) + 1)));
            if delete % 7 == 0 {
                std::thread::yield_now();
            }
        }
        let published: Vec<_> = published::<Number>(&mut world)
            .into_iter()
            .map(|deleted| {
                (
                    deleted.snapshot.0,
                    deleted.origin.root.unwrap(),
                    deleted.origin.operation,
                )
            })
            .collect();
        assert_eq!(published, expected);
    }

    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || run_deletes(thread));
        }
    });
}

#[test]
fn a_world_that_moves_between_threads_keeps_counting_operations() {
    let mut world = world_tracking_names();
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

#[test]
fn worlds_in_resources_and_components_are_independent() {
    #[derive(Resource)]
    struct WorldInResource(World, Entity);

    #[derive(Component)]
    struct WorldInComponent(World);

    impl Drop for WorldInComponent {
        fn drop(&mut self) {
            assert_eq!(self.0.delete_all::<With<Name>>().message_count(), 2);
            assert_eq!(published::<Name>(&mut self.0)[0].origin.kind, DeleteKind::Direct);
        }
    }

    #[derive(Component)]
    struct Trigger;

    let mut world = world_tracking_names();
    let mut inner = world_tracking_names();
    let inner_root = spawn_pair(&mut inner);
    let mut in_component = world_tracking_names();
    in_component.spawn_batch([Name("inner"), Name("inner")]);
    world.insert_resource(WorldInResource(inner, inner_root));
    world.add_observer(|_: On<Remove<Trigger>>, mut inner: ResMut<WorldInResource>| {
        let root = inner.1;
        assert_eq!(inner.0.delete(root).unwrap().message_count(), 2);
        assert_eq!(
            published::<Name>(&mut inner.0).len(),
            2,
            "the inner world publishes its own messages"
        );
    });
    let root = world
        .spawn((
            Name("root"),
            WorldInComponent(in_component),
            children![(Name("trigger"), Trigger), Name("other")],
        ))
        .id();
    let report = world.delete_with(root, KILLED).unwrap();
    assert_eq!((report.entity_count(), report.message_count()), (3, 3));
    let messages = published::<Name>(&mut world);
    assert_eq!(messages.len(), 3);
    for deleted in messages {
        assert_eq!(deleted.origin.root, Some(root));
        assert_eq!(deleted.origin.operation, report.operation());
    }
}

#[test]
fn a_world_that_is_dropped_with_its_thread_can_delete() {
    struct DeletesOnDrop(World);

    impl Drop for DeletesOnDrop {
        fn drop(&mut self) {
            self.0.delete_all::<With<Name>>();
        }
    }

    std::thread_local! {
        static WORLD: RefCell<Option<DeletesOnDrop>> = const { RefCell::new(None) };
    }

    let thread = std::thread::spawn(|| {
        // This variable is initialized first, so it is destroyed last.
        WORLD.with_borrow_mut(|world| {
            let mut kept = world_tracking_names();
            spawn_pair(&mut kept);
            *world = Some(DeletesOnDrop(kept));
        });
        let mut world = world_tracking_names();
        let root = spawn_pair(&mut world);
        world.delete(root).unwrap();
    });
    assert!(thread.join().is_ok());
}

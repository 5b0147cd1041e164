//! `Protected`: a delete of a protected hierarchy fails as a whole.

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{CapturedLog, Name, Number, published_names, published_numbers, world_tracking_names};

/// Spawns a hierarchy with one protected descendant. Returns the root and the protected entity.
fn spawn_protected_hierarchy(world: &mut World) -> (Entity, Entity) {
    let root = world
        .spawn((
            Name("root"),
            children![Name("a"), (Name("b"), children![(Name("protected"), Protected)])],
        ))
        .id();
    let protected = world.query_filtered::<Entity, With<Protected>>().single(world).unwrap();
    (root, protected)
}

#[test]
fn a_delete_of_a_protected_hierarchy_fails_and_changes_nothing() {
    let mut world = world_tracking_names();
    let (root, protected) = spawn_protected_hierarchy(&mut world);
    let before = world.entities().count_spawned();
    let error = DeleteError::Protected {
        entity: root,
        protected: vec![protected],
    };
    assert_eq!(world.delete(root), Err(error.clone()));
    assert_eq!(world.entity_mut(root).delete(), Err(error.clone()));
    assert!(error.to_string().contains(&protected.to_string()), "{error}");
    assert_eq!(world.entities().count_spawned(), before);
    assert!(published_names(&mut world).is_empty());
}

#[test]
fn deletes_through_commands_log_a_warning() {
    let logged = CapturedLog::start();
    let mut world = world_tracking_names();
    let (root, protected) = spawn_protected_hierarchy(&mut world);
    world.commands().entity(root).delete();
    world.commands().entity(root).delete_with(DeleteReason::new("killed"));
    world.commands().entity(root).try_delete();
    world.flush();
    assert!(world.get_entity(root).is_ok());
    assert!(published_names(&mut world).is_empty());
    let warnings = logged.warnings();
    assert_eq!(warnings.len(), 3);
    assert!(
        warnings.iter().all(|warning| warning.contains(&protected.to_string())),
        "{warnings:?}"
    );
}

#[test]
fn the_error_names_all_protected_entities() {
    let mut world = World::new();
    let root = world.spawn((Protected, children![Protected, (), Protected])).id();
    let children = world.get::<Children>(root).unwrap().to_vec();
    let Err(DeleteError::Protected { entity, protected }) = world.delete(root) else {
        panic!("the delete must fail");
    };
    assert_eq!(entity, root);
    assert_eq!(protected.len(), 3);
    for entity in [root, children[0], children[2]] {
        assert!(protected.contains(&entity));
    }
    assert_eq!(world.plan_delete(root).unwrap().protected().len(), 3);
}

#[test]
fn despawn_is_not_prevented_and_logs_each_protected_entity() {
    let logged = CapturedLog::start();
    let mut world = world_tracking_names();
    let (root, protected) = spawn_protected_hierarchy(&mut world);
    world.despawn(root);
    assert_eq!(published_names(&mut world).len(), 4);
    let warnings = logged.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let expected = format!("entity {protected} is `Protected`, but was despawned without `delete`");
    assert!(warnings[0].starts_with(&expected), "{warnings:?}");
}

#[test]
fn bulk_deletes_skip_protected_hierarchies_and_log_their_number() {
    for is_observed in [false, true] {
        let logged = CapturedLog::start();
        let mut world = world_tracking_names();
        if is_observed {
            world.add_observer(|_: On<Remove<Name>>| {});
        }
        let (root, _) = spawn_protected_hierarchy(&mut world);
        world.entity_mut(root).insert(Number(1));
        world.spawn((Name("unprotected"), Number(2), children![Name("child")]));
        world.spawn((Name("protected root"), Number(3), Protected));
        let report = world.delete_all::<With<Number>>();
        assert_eq!((report.entity_count(), report.skipped_count()), (2, 2));
        assert_eq!(published_names(&mut world), ["child", "unprotected"]);
        let warnings = logged.warnings();
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].contains('2'), "{warnings:?}");

        world.commands().delete_batch([root]);
        world.flush();
        assert_eq!(logged.warnings().len(), 2);
        assert!(world.get_entity(root).is_ok());
    }
}

#[test]
fn an_unprotected_subtree_of_a_protected_hierarchy_is_deleted_if_it_is_named() {
    for order in [[0, 1], [1, 0]] {
        let mut world = world_tracking_names();
        let root = world
            .spawn((
                Name("root"),
                children![
                    (Name("sibling"), children![Name("leaf")]),
                    (Name("protected"), Protected)
                ],
            ))
            .id();
        let sibling = world.get::<Children>(root).unwrap()[0];
        let both = [root, sibling];
        let report = world.delete_batch(order.map(|index| both[index]));
        assert_eq!((report.entity_count(), report.skipped_count()), (2, 1));
        assert_eq!(published_names(&mut world), ["leaf", "sibling"]);
    }
}

#[test]
fn an_entity_can_be_deleted_after_protected_is_removed() {
    let mut world = world_tracking_names();
    let (root, protected) = spawn_protected_hierarchy(&mut world);
    assert!(world.delete(root).is_err());
    world.entity_mut(protected).remove::<Protected>();
    assert_eq!(world.delete(root).unwrap().entity_count(), 4);
}

#[test]
fn plans_and_errors_list_protected_entities_in_deletion_order() {
    let mut world = World::new();
    let root = world.spawn((Protected, children![Protected])).id();
    let child = world.entity(root).get::<Children>().unwrap()[0];
    assert_eq!(world.plan_delete(root).unwrap().protected(), [child, root]);
    let protected = vec![child, root];
    assert_eq!(
        world.delete(root),
        Err(DeleteError::Protected {
            entity: root,
            protected
        })
    );
}

#[test]
fn a_protected_entity_that_is_named_twice_counts_once_as_skipped() {
    let mut world = World::new();
    let protected = world.spawn(Protected).id();
    assert_eq!(world.delete_batch([protected, protected]).skipped_count(), 1);
}

#[test]
fn skipping_all_ancestors_of_a_protected_entity_takes_linear_time() {
    // With quadratic time, this test takes minutes.
    const DEPTH: u32 = 20_000;

    for is_batch in [false, true] {
        let mut world = World::new();
        world.track_deletes::<Number>();
        let mut chain = vec![world.spawn((Number(0), Protected)).id()];
        for number in 1..DEPTH {
            let child = chain[chain.len() - 1];
            // A sibling that is not protected, but is skipped with its parent unless it is named.
            let parent = world.spawn(Number(number)).add_child(child).id();
            world.spawn(ChildOf(parent));
            chain.push(parent);
        }
        let free = world.spawn(Number(DEPTH)).id();
        let report = if is_batch {
            world.delete_batch(chain.iter().rev().copied().chain([free]).collect::<Vec<_>>())
        } else {
            world.delete_all::<With<Number>>()
        };
        assert_eq!(report.skipped_count(), DEPTH as usize);
        assert_eq!(report.entity_count(), 1);
        assert_eq!(published_numbers(&mut world), [DEPTH]);
        assert_eq!(world.query::<&ChildOf>().iter(&world).count(), 2 * DEPTH as usize - 2);
    }
}

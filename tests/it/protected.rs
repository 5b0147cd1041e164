//! The veto.

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Logged, Name, Number, published_names, world_of_names};

fn spawn_guarded(world: &mut World) -> (Entity, Entity) {
    let root = world
        .spawn((
            Name("root"),
            children![Name("a"), (Name("b"), children![(Name("guard"), Protected)])],
        ))
        .id();
    let guard = world.query_filtered::<Entity, With<Protected>>().single(world).unwrap();
    (root, guard)
}

#[test]
fn a_veto_changes_nothing_emits_nothing_and_names_who_stands_in_the_way() {
    let mut world = world_of_names();
    let (root, guard) = spawn_guarded(&mut world);
    let before = world.entities().count_spawned();
    let error = DeleteError::Protected {
        entity: root,
        protected: vec![guard],
    };
    assert_eq!(world.delete(root), Err(error.clone()));
    assert_eq!(world.entity_mut(root).delete(), Err(error.clone()));
    assert!(error.to_string().contains(&guard.to_string()), "{error}");
    assert_eq!(world.entities().count_spawned(), before);
    assert!(published_names(&mut world).is_empty());
}

#[test]
fn through_commands_it_is_warned_and_not_raised() {
    let logged = Logged::begin();
    let mut world = world_of_names();
    let (root, guard) = spawn_guarded(&mut world);
    world.commands().entity(root).delete();
    world.commands().entity(root).delete_with(DeleteReason::new("why"));
    world.commands().entity(root).try_delete();
    world.flush();
    assert!(world.get_entity(root).is_ok());
    assert!(published_names(&mut world).is_empty());
    let warnings = logged.warnings();
    assert_eq!(warnings.len(), 3);
    assert!(
        warnings.iter().all(|warning| warning.contains(&guard.to_string())),
        "{warnings:?}"
    );
}

#[test]
fn all_that_stand_in_the_way_are_named() {
    let mut world = World::new();
    let root = world.spawn((Protected, children![Protected, (), Protected])).id();
    let children = world.get::<Children>(root).unwrap().to_vec();
    let Err(DeleteError::Protected { entity, protected }) = world.delete(root) else {
        panic!("it should have been refused");
    };
    assert_eq!(entity, root);
    assert_eq!(protected.len(), 3);
    for entity in [root, children[0], children[2]] {
        assert!(protected.contains(&entity));
    }
    assert_eq!(world.plan_delete(root).unwrap().protected().len(), 3);
}

#[test]
fn despawn_ignores_it() {
    let mut world = world_of_names();
    let (root, _) = spawn_guarded(&mut world);
    world.despawn(root);
    assert_eq!(published_names(&mut world).len(), 4);
}

#[test]
fn bulk_deletes_leave_protected_trees_alone_and_say_how_many() {
    for watched in [false, true] {
        let logged = Logged::begin();
        let mut world = world_of_names();
        if watched {
            world.add_observer(|_: On<Remove<Name>>| {});
        }
        let (root, _) = spawn_guarded(&mut world);
        world.entity_mut(root).insert(Number(1));
        world.spawn((Name("free"), Number(2), children![Name("child")]));
        world.spawn((Name("self"), Number(3), Protected));
        let report = world.delete_all::<With<Number>>();
        assert_eq!((report.entity_count(), report.skipped_count()), (2, 2));
        assert_eq!(published_names(&mut world), ["child", "free"]);
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
fn a_match_inside_a_protected_tree_goes_if_nothing_below_it_is_protected() {
    for order in [[0, 1], [1, 0]] {
        let mut world = world_of_names();
        let root = world
            .spawn((
                Name("root"),
                children![(Name("sibling"), children![Name("leaf")]), (Name("guard"), Protected)],
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
fn unprotecting_lets_it_go() {
    let mut world = world_of_names();
    let (root, guard) = spawn_guarded(&mut world);
    assert!(world.delete(root).is_err());
    world.entity_mut(guard).remove::<Protected>();
    assert_eq!(world.delete(root).unwrap().entity_count(), 4);
}

/// A plan and an error promise to name the protected in deletion order.
#[test]
fn the_protected_are_named_in_deletion_order() {
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
fn a_protected_entity_that_is_named_twice_is_skipped_once() {
    let mut world = World::new();
    let protected = world.spawn(Protected).id();
    assert_eq!(world.delete_batch([protected, protected]).skipped_count(), 1);
}

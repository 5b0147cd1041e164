//! Guarantee 5: by operation, and within one delete from the leaves up, the last sibling first.

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number, ServesOn, published, published_names, world_of_names};

/// Anything that keeps the crate from taking the hierarchy apart in its own way: all goes one by one then.
fn be_watched(world: &mut World) {
    world.add_observer(|_: On<Remove<Name>>| {});
}

fn spawn_tree(world: &mut World) -> Entity {
    world
        .spawn((
            Name("root"),
            children![
                (Name("a"), children![Name("a1"), Name("a2")]),
                Name("b"),
                (Name("c"), children![(Name("c1"), children![Name("c1x")])]),
            ],
        ))
        .id()
}

const TREE_ORDER: [&str; 8] = ["c1x", "c1", "c", "b", "a2", "a1", "a", "root"];

#[test]
fn one_delete_is_told_in_the_reverse_order_of_creation() {
    for watched in [false, true] {
        let mut world = world_of_names();
        if watched {
            be_watched(&mut world);
        }
        let root = spawn_tree(&mut world);
        world.delete(root).unwrap();
        assert_eq!(published_names(&mut world), TREE_ORDER);

        let root = spawn_tree(&mut world);
        world.commands().entity(root).delete();
        world.flush();
        assert_eq!(published_names(&mut world), TREE_ORDER);
    }
}

#[test]
fn hooks_and_observers_see_that_order_too() {
    #[derive(Resource, Default)]
    struct Gone(Vec<&'static str>);

    let mut world = world_of_names();
    world.init_resource::<Gone>();
    world.add_observer(|on: On<Remove<Name>>, names: Query<&Name>, mut gone: ResMut<Gone>| {
        gone.0.push(names.get(on.entity).unwrap().0);
    });
    let root = spawn_tree(&mut world);
    world.delete(root).unwrap();
    assert_eq!(world.resource::<Gone>().0, TREE_ORDER);
}

#[test]
fn values_are_dropped_in_that_order() {
    use std::sync::{Arc, Mutex};

    #[derive(Component)]
    struct Resource(&'static str, Arc<Mutex<Vec<&'static str>>>);

    impl Drop for Resource {
        fn drop(&mut self) {
            self.1.lock().unwrap().push(self.0);
        }
    }

    let dropped = Arc::new(Mutex::new(Vec::new()));
    let resource = |name| Resource(name, dropped.clone());
    let mut world = World::new();
    let root = world
        .spawn((
            resource("device"),
            children![(resource("buffer"), children![resource("view")]), resource("queue")],
        ))
        .id();
    world.delete(root).unwrap();
    assert_eq!(*dropped.lock().unwrap(), ["queue", "view", "buffer", "device"]);
}

#[test]
fn several_relations_are_one_tree() {
    for watched in [false, true] {
        let mut world = world_of_names();
        if watched {
            be_watched(&mut world);
        }
        let ship = world.spawn(Name("ship")).id();
        let captain = world.spawn((Name("captain"), ServesOn(ship))).id();
        world.spawn((Name("parrot"), ChildOf(captain)));
        world.spawn((Name("deck"), ChildOf(ship)));
        world.delete(ship).unwrap();
        let names = published_names(&mut world);
        let position = |name| names.iter().position(|told| *told == name).unwrap();
        assert_eq!(names.len(), 4);
        assert!(position("parrot") < position("captain"));
        assert_eq!(position("ship"), 3);
    }
}

#[test]
fn a_descendant_by_two_paths_goes_once_and_before_both() {
    for (first, second) in [(true, false), (false, true)] {
        let mut world = world_of_names();
        let ship = world.spawn(Name("ship")).id();
        let deck = world.spawn((Name("deck"), ChildOf(ship))).id();
        // Aboard the ship, and on its deck; found in one order and in the other.
        let mut mate = world.spawn(Name("mate"));
        for by_service in [first, second] {
            if by_service {
                mate.insert(ServesOn(ship));
            } else {
                mate.insert(ChildOf(deck));
            }
        }
        world.delete(ship).unwrap();
        assert_eq!(published_names(&mut world), ["mate", "deck", "ship"]);
    }
}

#[test]
fn a_cycle_is_taken_once() {
    for watched in [false, true] {
        for owned in [false, true] {
            let mut world = world_of_names();
            if watched {
                be_watched(&mut world);
            }
            let [a, b, c] = ["a", "b", "c"].map(|name| world.spawn(Name(name)).id());
            for (source, target) in [(b, a), (c, b), (a, c)] {
                if owned {
                    world.entity_mut(source).insert(ServesOn(target));
                } else {
                    world.entity_mut(source).insert(ChildOf(target));
                }
            }
            assert_eq!(world.plan_delete(a).unwrap().entities(), [c, b, a]);
            let report = world.delete(a).unwrap();
            assert_eq!(report.entity_count(), 3);
            assert_eq!(published_names(&mut world), ["c", "b", "a"]);
        }
    }
}

#[test]
fn operations_follow_each_other() {
    let mut world = world_of_names();
    let [a, b, c] = ["a", "b", "c"].map(|name| world.spawn((Name(name), children![Name("child")])).id());
    world.commands().entity(b).delete();
    world.commands().entity(a).delete();
    world.commands().delete_batch([c]);
    world.flush();
    let told = published::<Name>(&mut world);
    let names: Vec<_> = told.iter().map(|deleted| deleted.snapshot.0).collect();
    assert_eq!(names, ["child", "b", "child", "a", "child", "c"]);
    assert!(told.is_sorted_by_key(|deleted| deleted.origin.operation));
    assert_eq!(told[0].origin.operation, told[1].origin.operation);
    assert_ne!(told[1].origin.operation, told[2].origin.operation);
}

#[test]
fn a_delete_within_a_delete_is_told_after_it() {
    let mut world = world_of_names();
    world.spawn(Name("bystander"));
    // When the child goes, the bystander is deleted, before the root's turn.
    world.add_observer(
        |on: On<Despawn<Name>>, names: Query<(Entity, &Name)>, mut commands: Commands| {
            if names.get(on.entity).unwrap().1.0 == "child" {
                let (bystander, _) = names.iter().find(|(_, name)| name.0 == "bystander").unwrap();
                commands.entity(bystander).delete();
            }
        },
    );
    let before = world.spawn(Name("before")).id();
    world.despawn(before);
    let root = world.spawn((Name("root"), children![Name("child")])).id();
    world.delete(root).unwrap();
    let after = world.spawn(Name("after")).id();
    world.despawn(after);
    assert_eq!(
        published_names(&mut world),
        ["before", "child", "root", "bystander", "after"]
    );
}

#[test]
fn bulk_deletes_go_tree_by_tree_and_always_the_same() {
    let run = |watched: bool| {
        let mut world = world_of_names();
        if watched {
            be_watched(&mut world);
        }
        for (root, child) in [("r1", "c1"), ("r2", "c2"), ("r3", "c3")] {
            world.spawn((Name(root), children![Name(child)]));
        }
        world.delete_all::<Without<ChildOf>>();
        published_names(&mut world)
    };
    let order = ["c3", "r3", "c2", "r2", "c1", "r1"];
    assert_eq!(run(false), order);
    assert_eq!(run(true), order);
}

#[test]
fn bulk_deletes_of_unrelated_entities_go_from_the_last_to_the_first() {
    for watched in [false, true] {
        let mut world = World::new();
        world.track_deletes::<Number>();
        if watched {
            world.add_observer(|_: On<Remove<Number>>| {});
        }
        world.spawn_batch((0..5).map(Number));
        world.delete_all::<With<Number>>();
        let numbers: Vec<_> = published::<Number>(&mut world)
            .into_iter()
            .map(|told| told.snapshot.0)
            .collect();
        assert_eq!(numbers, [4, 3, 2, 1, 0]);
    }
}

#[test]
fn a_batch_goes_in_the_order_it_was_given() {
    let mut world = world_of_names();
    let [a, b, c] = ["a", "b", "c"].map(|name| world.spawn(Name(name)).id());
    world.delete_batch([b, c, a]);
    assert_eq!(published_names(&mut world), ["b", "c", "a"]);
}

#[test]
fn what_joins_the_tree_meanwhile_goes_too_and_before_its_parent() {
    let mut world = world_of_names();
    // When the child goes, it leaves an orphan with an orphan of its own to its parent.
    world.add_observer(
        |on: On<Despawn<Name>>, names: Query<(&Name, &ChildOf)>, mut commands: Commands| {
            if let Ok((Name("child"), parent)) = names.get(on.entity) {
                commands.spawn((Name("late"), ChildOf(parent.parent()), children![Name("later")]));
            }
        },
    );
    let root = world.spawn((Name("root"), children![Name("child")])).id();
    let report = world.delete(root).unwrap();
    assert_eq!(published_names(&mut world), ["child", "later", "late", "root"]);
    assert_eq!(report.entity_count(), 4);
    assert_eq!(world.query::<&Name>().iter(&world).count(), 0);
}

#[test]
fn a_tree_that_grows_with_every_delete_ends_all_the_same() {
    let mut world = world_of_names();
    world.add_observer(
        |on: On<Despawn<Name>>, names: Query<(&Name, &ChildOf)>, mut commands: Commands| {
            if let Ok((Name("hydra"), parent)) = names.get(on.entity) {
                commands.spawn((Name("hydra"), ChildOf(parent.parent())));
            }
        },
    );
    let root = world.spawn((Name("root"), children![Name("hydra")])).id();
    world.delete(root).unwrap();
    assert!(world.get_entity(root).is_err());
}

#[test]
fn what_is_gone_when_its_turn_comes_is_passed_over() {
    let mut world = world_of_names();
    // The last child takes the first along, which is still in the tree.
    world.add_observer(
        |on: On<Despawn<Name>>, names: Query<(Entity, &Name)>, mut commands: Commands| {
            if names.get(on.entity).unwrap().1.0 == "last" {
                let (first, _) = names.iter().find(|(_, name)| name.0 == "first").unwrap();
                commands.entity(first).despawn();
            }
        },
    );
    let root = world
        .spawn((Name("root"), children![Name("first"), Name("middle"), Name("last")]))
        .id();
    let report = world.delete(root).unwrap();
    assert_eq!(published_names(&mut world), ["last", "first", "middle", "root"]);
    assert_eq!(report.entity_count(), 4, "one of them by the observer's hand");
    assert_eq!(report.message_count(), 4);
}

/// Children that an observer adds while the delete of their parent is under way are siblings like others.
#[test]
fn of_what_joins_a_tree_meanwhile_the_later_sibling_goes_first() {
    let mut world = world_of_names();
    let root = world.spawn((Name("root"), children![Name("child")])).id();
    world.add_observer(
        move |on: On<Despawn<Name>>, names: Query<&Name>, mut commands: Commands| {
            if names.get(on.entity).unwrap().0 == "child" {
                commands.spawn((Name("earlier"), ChildOf(root)));
                commands.spawn((Name("later"), ChildOf(root)));
            }
        },
    );
    world.delete(root).unwrap();
    assert_eq!(published_names(&mut world), ["child", "later", "earlier", "root"]);
}

//! Guarantee 5: messages are ordered by operation, and within one delete descendants come before ancestors, and
//! siblings in reverse order.

use bevy_ecs::{prelude::*, world::EntityMut};
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number, ServesOn, published, published_names, published_numbers, world_tracking_names};

/// Adds an observer of `On<Remove<Name>>`. It disables the fast path, so entities are despawned one by one.
fn add_remove_observer(world: &mut World) {
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
fn entities_of_one_delete_are_published_in_reverse_order_of_creation() {
    for is_observed in [false, true] {
        let mut world = world_tracking_names();
        if is_observed {
            add_remove_observer(&mut world);
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
fn observers_of_the_despawn_run_in_the_same_order() {
    #[derive(Resource, Default)]
    struct Removed(Vec<&'static str>);

    let mut world = world_tracking_names();
    world.init_resource::<Removed>();
    world.add_observer(
        |on: On<Remove<Name>>, names: Query<&Name>, mut removed: ResMut<Removed>| {
            removed.0.push(names.get(on.entity).unwrap().0);
        },
    );
    let root = spawn_tree(&mut world);
    world.delete(root).unwrap();
    assert_eq!(world.resource::<Removed>().0, TREE_ORDER);
}

#[test]
fn components_are_dropped_in_the_same_order() {
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
fn several_relationships_form_one_hierarchy() {
    for is_observed in [false, true] {
        let mut world = world_tracking_names();
        if is_observed {
            add_remove_observer(&mut world);
        }
        let ship = world.spawn(Name("ship")).id();
        let captain = world.spawn((Name("captain"), ServesOn(ship))).id();
        world.spawn((Name("parrot"), ChildOf(captain)));
        world.spawn((Name("deck"), ChildOf(ship)));
        world.delete(ship).unwrap();
        let names = published_names(&mut world);
        let position = |name| names.iter().position(|published| *published == name).unwrap();
        assert_eq!(names.len(), 4);
        assert!(position("parrot") < position("captain"));
        assert_eq!(position("ship"), 3);
    }
}

#[test]
fn a_descendant_by_two_relationships_is_deleted_once_before_both_ancestors() {
    for (first, second) in [(true, false), (false, true)] {
        let mut world = world_tracking_names();
        let ship = world.spawn(Name("ship")).id();
        let deck = world.spawn((Name("deck"), ChildOf(ship))).id();
        // The mate serves on the ship and is a child of its deck. Both orders of insertion are tested.
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
fn each_entity_in_a_cycle_is_deleted_once() {
    for is_observed in [false, true] {
        for is_custom in [false, true] {
            let mut world = world_tracking_names();
            if is_observed {
                add_remove_observer(&mut world);
            }
            let [a, b, c] = ["a", "b", "c"].map(|name| world.spawn(Name(name)).id());
            for (source, target) in [(b, a), (c, b), (a, c)] {
                if is_custom {
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
fn an_observer_of_a_root_runs_after_its_children_are_despawned() {
    #[derive(Component)]
    struct Observed;

    #[derive(Resource, Default)]
    struct Alive(Vec<&'static str>);

    let mut world = world_tracking_names();
    world.init_resource::<Alive>();
    world.add_observer(
        |_: On<Remove<Observed>>, names: Query<&Name>, mut alive: ResMut<Alive>| {
            alive.0.extend(names.iter().map(|name| name.0));
        },
    );
    let root = world.spawn((Name("root"), Observed, children![Name("child")])).id();
    world.delete(root).unwrap();
    assert_eq!(world.resource::<Alive>().0, ["root"]);
    assert_eq!(published_names(&mut world), ["child", "root"]);
}

/// A snapshot of [`ChildOf`] itself.
struct LeftParent(Entity);

impl Snapshot for LeftParent {
    type Component = ChildOf;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        Some(Self(entity.get::<ChildOf>()?.parent()))
    }
}

#[test]
fn each_link_of_a_cycle_of_children_is_captured() {
    for is_observed in [false, true] {
        let mut world = World::new();
        world.track_deletes::<LeftParent>();
        if is_observed {
            world.add_observer(|_: On<Remove<ChildOf>>| {});
        }
        let [a, b] = [(); 2].map(|()| world.spawn_empty().id());
        world.entity_mut(b).insert(ChildOf(a));
        world.entity_mut(a).insert(ChildOf(b));
        world.delete(a).unwrap();
        let links = published::<LeftParent>(&mut world).into_iter();
        let links: Vec<_> = links.map(|deleted| (deleted.entity, deleted.snapshot.0)).collect();
        assert_eq!(links, [(b, a), (a, b)], "observed: {is_observed}");
    }
}

#[test]
fn a_large_delete_inside_another_is_published_after_it() {
    // Sorting must take linear time: with quadratic time, this test takes half a minute.
    const MINIONS: u32 = 100_000;

    #[derive(Component)]
    struct Minion;

    let mut world = World::new();
    world.track_deletes::<Number>();
    world.add_observer(|_: On<Remove<Name>>, mut commands: Commands| commands.delete_all::<With<Minion>>());
    let minions = (1..=MINIONS).map(|number| (Number(number), Minion));
    world.spawn_batch(minions.collect::<Vec<_>>()).for_each(drop);
    let boss = world.spawn((Number(0), children![Name("part")])).id();
    // The part is despawned first, then the minions, and then the boss.
    world.delete(boss).unwrap();
    let found = published_numbers(&mut world);
    assert_eq!(found[0], 0);
    assert!(found[1..].iter().copied().eq((1..=MINIONS).rev()));
}

#[test]
fn messages_are_ordered_by_operation() {
    let mut world = world_tracking_names();
    let [a, b, c] = ["a", "b", "c"].map(|name| world.spawn((Name(name), children![Name("child")])).id());
    world.commands().entity(b).delete();
    world.commands().entity(a).delete();
    world.commands().delete_batch([c]);
    world.flush();
    let messages = published::<Name>(&mut world);
    let names: Vec<_> = messages.iter().map(|deleted| deleted.snapshot.0).collect();
    assert_eq!(names, ["child", "b", "child", "a", "child", "c"]);
    assert!(messages.is_sorted_by_key(|deleted| deleted.origin.operation));
    assert_eq!(messages[0].origin.operation, messages[1].origin.operation);
    assert_ne!(messages[1].origin.operation, messages[2].origin.operation);
}

#[test]
fn a_delete_during_a_delete_is_published_after_the_outer_one() {
    let mut world = world_tracking_names();
    world.spawn(Name("bystander"));
    // Deletes the bystander when the child is despawned, before the root is.
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
fn bulk_deletes_are_published_tree_by_tree() {
    let run = |is_observed: bool| {
        let mut world = world_tracking_names();
        if is_observed {
            add_remove_observer(&mut world);
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
fn unrelated_entities_of_a_bulk_delete_are_published_in_reverse_order() {
    for is_observed in [false, true] {
        let mut world = World::new();
        world.track_deletes::<Number>();
        if is_observed {
            world.add_observer(|_: On<Remove<Number>>| {});
        }
        world.spawn_batch((0..5).map(Number));
        world.delete_all::<With<Number>>();
        let numbers: Vec<_> = published::<Number>(&mut world)
            .into_iter()
            .map(|deleted| deleted.snapshot.0)
            .collect();
        assert_eq!(numbers, [4, 3, 2, 1, 0]);
    }
}

#[test]
fn a_batch_is_published_in_the_given_order() {
    let mut world = world_tracking_names();
    let [a, b, c] = ["a", "b", "c"].map(|name| world.spawn(Name(name)).id());
    world.delete_batch([b, c, a]);
    assert_eq!(published_names(&mut world), ["b", "c", "a"]);
}

#[test]
fn descendants_added_during_a_delete_are_deleted_before_their_parent() {
    let mut world = world_tracking_names();
    // When the child is despawned, spawns a sibling that has a child.
    world.add_observer(
        |on: On<Despawn<Name>>, names: Query<(&Name, &ChildOf)>, mut commands: Commands| {
            if let Ok((Name("child"), parent)) = names.get(on.entity) {
                commands.spawn((Name("sibling"), ChildOf(parent.parent()), children![Name("nephew")]));
            }
        },
    );
    let root = world.spawn((Name("root"), children![Name("child")])).id();
    let report = world.delete(root).unwrap();
    assert_eq!(published_names(&mut world), ["child", "nephew", "sibling", "root"]);
    assert_eq!(report.entity_count(), 4);
    assert_eq!(world.query::<&Name>().iter(&world).count(), 0);
}

#[test]
fn a_delete_finishes_even_if_every_deleted_child_is_replaced() {
    let mut world = world_tracking_names();
    world.add_observer(
        |on: On<Despawn<Name>>, names: Query<(&Name, &ChildOf)>, mut commands: Commands| {
            if let Ok((Name("respawning"), parent)) = names.get(on.entity) {
                commands.spawn((Name("respawning"), ChildOf(parent.parent())));
            }
        },
    );
    let root = world.spawn((Name("root"), children![Name("respawning")])).id();
    world.delete(root).unwrap();
    assert!(world.get_entity(root).is_err());
}

#[test]
fn entities_that_were_despawned_during_the_delete_are_skipped() {
    let mut world = world_tracking_names();
    // The despawn of the last child also despawns the first, before the delete reaches it.
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
    assert_eq!(
        report.entity_count(),
        4,
        "the entity despawned by the observer is counted"
    );
    assert_eq!(report.message_count(), 4);
}

#[test]
fn siblings_added_during_a_delete_are_deleted_in_reverse_order() {
    let mut world = world_tracking_names();
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

#[test]
fn delete_all_is_in_the_reverse_order_of_a_loop_over_the_same_query() {
    #[derive(Component)]
    struct Enemy;

    #[derive(Component)]
    #[component(storage = "SparseSet")]
    struct Burning;

    for with_condition in [false, true] {
        let mut world = world_tracking_names();
        for (index, name) in ["a", "b", "c", "d", "e"].into_iter().enumerate() {
            let mut enemy = world.spawn((Name(name), Enemy));
            if index % 2 == 0 {
                enemy.insert(Burning);
            }
        }
        world.spawn((Name("f"), Enemy, Burning)).remove::<Burning>();
        let mut query = world.query_filtered::<&Name, With<Enemy>>();
        let mut names = Vec::new();
        for name in query.iter(&world) {
            names.push(name.0);
        }
        names.reverse();
        if with_condition {
            world.delete_all_where::<&Name, With<Enemy>>(|_| true);
        } else {
            world.delete_all::<With<Enemy>>();
        }
        assert_eq!(published_names(&mut world), names);
    }
}

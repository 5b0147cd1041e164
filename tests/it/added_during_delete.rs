//! Guarantees 5 and 6 for entities that hooks and observers add to a hierarchy while it is deleted.

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Number, ServesOn, published, published_numbers, with_small_stack};

/// When its entity is despawned, an observer spawns a chain of descendants below another entity.
#[derive(Component, Clone, Copy)]
struct SpawnsChain {
    /// The parent of the chain. If `None`, the parent of the despawned entity.
    below: Option<Entity>,
    length: u32,
    /// The number of the first entity in the chain.
    first: u32,
}

const DEPTH: u32 = 100_000;

fn world() -> World {
    let mut world = World::new();
    world.track_deletes::<Number>();
    world.add_observer(
        |on: On<Despawn<SpawnsChain>>,
         chains: Query<&SpawnsChain>,
         parents: Query<&ChildOf>,
         mut commands: Commands| {
            let SpawnsChain { below, length, first } = *chains.get(on.entity).unwrap();
            let below = below.or_else(|| parents.get(on.entity).ok().map(ChildOf::parent));
            if let Some(mut parent) = below {
                for number in first..first + length {
                    parent = commands.spawn((Number(number), ChildOf(parent))).id();
                }
            }
        },
    );
    world
}

#[test]
fn a_chain_added_below_an_entity_that_is_not_yet_deleted_is_deleted_before_that_entity() {
    for length in [3, DEPTH] {
        with_small_stack(move || {
            let mut world = world();
            // Two unrelated entities. `delete_all` deletes the second one first.
            let root = world.spawn(Number(0)).id();
            world.spawn((
                Number(1),
                SpawnsChain {
                    below: Some(root),
                    length,
                    first: 10,
                },
            ));
            let report = world.delete_all::<With<Number>>();
            assert_eq!(report.entity_count(), 2 + length as usize);
            let chain = (10..10 + length).rev();
            assert!(
                published_numbers(&mut world)
                    .into_iter()
                    .eq([1].into_iter().chain(chain).chain([0]))
            );
            assert_eq!(world.query::<&Number>().iter(&world).count(), 0);
        });
    }
}

#[test]
fn deep_chains_added_one_after_another_are_deleted_before_their_parent() {
    with_small_stack(|| {
        let mut world = world();
        let root = world.spawn(Number(0)).id();
        // The deletion of the child adds a deep chain below the root. The deletion of that chain's first entity adds a
        // second chain, and the deletion of its first entity a third.
        world.insert_resource(Root(root));
        world.add_observer(
            |on: On<Despawn<Number>>, numbers: Query<&Number>, root: Res<Root>, mut commands: Commands| {
                let number = numbers.get(on.entity).unwrap().0;
                let is_first_in_chain = number % 1_000_000 == 1 && number < 3_000_000;
                if is_first_in_chain {
                    let first = number + 1_000_000;
                    let mut parent = root.0;
                    for number in first..first + DEPTH {
                        parent = commands.spawn((Number(number), ChildOf(parent))).id();
                    }
                }
            },
        );
        world.spawn((Number(1), ChildOf(root)));
        world.delete(root).unwrap();
        let numbers = published_numbers(&mut world);
        assert_eq!(numbers.len(), 2 + 3 * DEPTH as usize);
        assert_eq!(numbers.first(), Some(&1));
        assert_eq!(numbers.last(), Some(&0), "the root is deleted last");
        assert_eq!(world.query::<&Number>().iter(&world).count(), 0);
    });
}

#[derive(Resource)]
struct Root(Entity);

#[test]
fn a_delete_finishes_even_if_every_deleted_child_adds_another_child() {
    for (length, children) in [(1, 1), (1, 10), (2, 1)] {
        for is_bulk in [false, true] {
            let mut world = world();
            // Every entity with a number gets the component, including those that the observer spawns.
            world.add_observer(move |on: On<Insert<Number>>, mut commands: Commands| {
                commands.entity(on.entity).insert(SpawnsChain {
                    below: None,
                    length,
                    first: 1,
                });
            });
            let root = world.spawn(Number(0)).id();
            for _ in 0..children {
                world.spawn((Number(1), ChildOf(root)));
            }
            if is_bulk {
                world.delete_batch([root]);
            } else {
                world.delete(root).unwrap();
            }
            assert!(world.get_entity(root).is_err());
            let deleted = published::<Number>(&mut world);
            let mut entities: Vec<_> = deleted.iter().map(|deleted| deleted.entity).collect();
            entities.sort_unstable();
            entities.dedup();
            assert_eq!(entities.len(), deleted.len(), "each entity is published once");
            assert!(deleted.iter().all(|deleted| world.get_entity(deleted.entity).is_err()));
        }
    }
}

#[test]
fn an_entity_added_by_another_relationship_is_deleted_before_its_target() {
    let mut world = World::new();
    world.track_deletes::<Number>();
    let ship = world.spawn(Number(0)).id();
    world.spawn((Number(1), ChildOf(ship)));
    world.add_observer(
        move |on: On<Despawn<Number>>, numbers: Query<&Number>, mut commands: Commands| {
            if numbers.get(on.entity).unwrap().0 == 1 {
                commands.spawn((Number(2), ServesOn(ship)));
            }
        },
    );
    world.delete(ship).unwrap();
    assert_eq!(published_numbers(&mut world), [1, 2, 0]);
}

#[test]
fn an_added_entity_cascades_from_the_root_that_it_was_added_below() {
    for is_bulk in [false, true] {
        let mut world = world();
        let [first, second] = [0, 1].map(|number| world.spawn(Number(number)).id());
        world.entity_mut(second).insert(SpawnsChain {
            below: Some(first),
            length: 1,
            first: 10,
        });
        if is_bulk {
            world.delete_batch([second, first]);
        } else {
            world.delete(second).unwrap();
            world.delete(first).unwrap();
        }
        for deleted in published::<Number>(&mut world) {
            let (kind, root) = match deleted.snapshot.0 {
                10 => (DeleteKind::Cascade, first),
                _ => (DeleteKind::Direct, deleted.entity),
            };
            assert_eq!((deleted.origin.kind, deleted.origin.root), (kind, Some(root)));
        }
    }
}

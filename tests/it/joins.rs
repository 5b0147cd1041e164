//! Guarantees 5 and 6 for entities that hooks and observers link to a tree while it is deleted.

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Number, ServesOn, published, published_numbers};

/// When its entity is despawned, it links a chain of this length to another entity.
#[derive(Component, Clone, Copy)]
struct Grows {
    below: Option<Entity>,
    length: u32,
    first: u32,
}

/// Runs `test` on a stack that Bevy's own despawn of a deep hierarchy would overflow.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(test)
        .unwrap()
        .join()
        .unwrap();
}

const DEEP: u32 = 100_000;

fn world() -> World {
    let mut world = World::new();
    world.track_deletes::<Number>();
    world.add_observer(
        |on: On<Despawn<Grows>>, grows: Query<&Grows>, parents: Query<&ChildOf>, mut commands: Commands| {
            let Grows { below, length, first } = *grows.get(on.entity).unwrap();
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
fn a_chain_that_joins_a_root_which_is_yet_to_be_deleted_is_deleted_before_it() {
    for length in [3, DEEP] {
        on_a_small_stack(move || {
            let mut world = world();
            // Unrelated entities. They are deleted in reverse order: the second first.
            let root = world.spawn(Number(0)).id();
            world.spawn((
                Number(1),
                Grows {
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
fn several_deep_trees_that_join_one_after_the_other_are_deleted_before_their_parent() {
    on_a_small_stack(|| {
        let mut world = world();
        let root = world.spawn(Number(0)).id();
        // The deletion of the child adds a deep chain to the root. So does the deletion of the top of that chain, and once more.
        world.insert_resource(Root(root));
        world.add_observer(
            |on: On<Despawn<Number>>, numbers: Query<&Number>, root: Res<Root>, mut commands: Commands| {
                let number = numbers.get(on.entity).unwrap().0;
                let is_first_of_a_chain = number % 1_000_000 == 1 && number < 3_000_000;
                if is_first_of_a_chain {
                    let first = number + 1_000_000;
                    let mut parent = root.0;
                    for number in first..first + DEEP {
                        parent = commands.spawn((Number(number), ChildOf(parent))).id();
                    }
                }
            },
        );
        world.spawn((Number(1), ChildOf(root)));
        world.delete(root).unwrap();
        let numbers = published_numbers(&mut world);
        assert_eq!(numbers.len(), 2 + 3 * DEEP as usize);
        assert_eq!(numbers.first(), Some(&1));
        assert_eq!(numbers.last(), Some(&0), "the root is deleted last");
        assert_eq!(world.query::<&Number>().iter(&world).count(), 0);
    });
}

#[derive(Resource)]
struct Root(Entity);

#[test]
fn a_hook_that_spawns_a_child_for_every_deleted_child_cannot_keep_a_delete_from_finishing() {
    for (length, children) in [(1, 1), (1, 10), (2, 1)] {
        for bulk in [false, true] {
            let mut world = world();
            // Every number that is spawned grows again.
            world.add_observer(move |on: On<Insert<Number>>, mut commands: Commands| {
                commands.entity(on.entity).insert(Grows {
                    below: None,
                    length,
                    first: 1,
                });
            });
            let root = world.spawn(Number(0)).id();
            for _ in 0..children {
                world.spawn((Number(1), ChildOf(root)));
            }
            if bulk {
                world.delete_batch([root]);
            } else {
                world.delete(root).unwrap();
            }
            assert!(world.get_entity(root).is_err());
            let deleted = published::<Number>(&mut world);
            let mut entities: Vec<_> = deleted.iter().map(|deleted| deleted.entity).collect();
            entities.sort_unstable();
            entities.dedup();
            assert_eq!(entities.len(), deleted.len(), "each once");
            assert!(deleted.iter().all(|deleted| world.get_entity(deleted.entity).is_err()));
        }
    }
}

#[test]
fn an_entity_that_joins_by_another_relationship_is_deleted_before_its_target() {
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
fn an_entity_that_joins_is_a_cascade_of_the_root_that_it_joined() {
    for is_bulk in [false, true] {
        let mut world = world();
        let [first, second] = [0, 1].map(|number| world.spawn(Number(number)).id());
        world.entity_mut(second).insert(Grows {
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

//! Random deletes and despawns of random entities: everything that was despawned is published, once.

use std::{collections::BTreeMap, marker::PhantomData};

use bevy_ecs::{prelude::*, world::EntityMut};
use bevy_post_delete::prelude::*;
use proptest::prelude::*;

use crate::support::{Crew, Fans, Likes, Number, ServesOn, published};

/// Its despawn deletes or despawns another entity, by a command of an observer.
#[derive(Component)]
struct Drags(Entity);

#[derive(Component)]
struct Marked;

/// A value with a destructor.
#[derive(Component)]
struct Boxed(#[allow(dead_code, reason = "dropped")] Box<u32>);

/// An entity with relationships to entities that were spawned before it.
#[derive(Debug, Clone)]
struct Spawn {
    has_number: bool,
    marked: bool,
    boxed: bool,
    parent: Option<prop::sample::Index>,
    ship: Option<prop::sample::Index>,
    idol: Option<prop::sample::Index>,
    drags: Option<prop::sample::Index>,
}

fn spawn() -> impl Strategy<Value = Spawn> {
    let index = any::<prop::sample::Index>;
    let rarely = |index| prop::option::weighted(0.2, index);
    (
        any::<[bool; 3]>(),
        prop::option::of(index()),
        rarely(index()),
        rarely(index()),
        rarely(index()),
    )
        .prop_map(|([has_number, marked, boxed], parent, ship, idol, drags)| Spawn {
            has_number,
            marked,
            boxed,
            parent,
            ship,
            idol,
            drags,
        })
}

/// The observers of a world besides this crate's.
#[derive(Debug, Clone, Copy)]
enum Observers {
    None,
    Idle,
    Despawning,
    Deleting,
}

#[derive(Debug, Clone)]
enum Deletion {
    Delete,
    DeleteByCommand,
    Despawn,
    DeleteAll,
    DespawnAll,
    DeleteWhere,
    DeleteBatch(Vec<prop::sample::Index>),
    DeleteChildren,
    DeleteCrew,
}

fn deletion() -> impl Strategy<Value = Deletion> {
    prop_oneof![
        Just(Deletion::Delete),
        Just(Deletion::DeleteByCommand),
        Just(Deletion::Despawn),
        Just(Deletion::DeleteAll),
        Just(Deletion::DespawnAll),
        Just(Deletion::DeleteWhere),
        prop::collection::vec(any::<prop::sample::Index>(), 1..6).prop_map(Deletion::DeleteBatch),
        Just(Deletion::DeleteChildren),
        Just(Deletion::DeleteCrew),
    ]
}

fn world(observers: Observers) -> World {
    let mut world = World::new();
    world.track_deletes::<Number>();
    match observers {
        Observers::None => {}
        Observers::Idle => _ = world.add_observer(|_: On<Remove<Marked>>| {}),
        Observers::Despawning => {
            world.add_observer(|on: On<Remove<Drags>>, drags: Query<&Drags>, mut commands: Commands| {
                commands.entity(drags.get(on.entity).unwrap().0).try_despawn();
            });
        }
        Observers::Deleting => {
            world.add_observer(|on: On<Despawn<Drags>>, drags: Query<&Drags>, mut commands: Commands| {
                commands.entity(drags.get(on.entity).unwrap().0).try_delete();
            });
        }
    }
    world
}

fn spawn_all(world: &mut World, spawns: &[Spawn]) -> Vec<Entity> {
    let mut entities: Vec<Entity> = Vec::new();
    for (number, spawn) in (0..).zip(spawns) {
        let earlier = |index: &Option<prop::sample::Index>| {
            let index = index.filter(|_| !entities.is_empty())?;
            Some(*index.get(&entities))
        };
        let (parent, ship) = (earlier(&spawn.parent), earlier(&spawn.ship));
        let (idol, drags) = (earlier(&spawn.idol), earlier(&spawn.drags));
        let mut entity = world.spawn_empty();
        if spawn.has_number {
            entity.insert(Number(number));
        }
        if spawn.marked {
            entity.insert(Marked);
        }
        if spawn.boxed {
            entity.insert(Boxed(Box::new(number)));
        }
        parent.map(|parent| entity.insert(ChildOf(parent)).id());
        ship.map(|ship| entity.insert(ServesOn(ship)).id());
        idol.map(|idol| entity.insert(Likes(idol)).id());
        drags.map(|drags| entity.insert(Drags(drags)).id());
        entities.push(entity.id());
    }
    entities
}

/// Closes cycles of two relationships.
fn close_cycles(world: &mut World, entities: &[Entity], cycles: &[[prop::sample::Index; 2]]) {
    for [first, second] in cycles {
        let (first, second) = (*first.get(entities), *second.get(entities));
        if first != second {
            world.entity_mut(first).insert(ChildOf(second));
            world.entity_mut(second).insert(ServesOn(first));
        }
    }
}

/// The sources of a relationship target.
struct Sources<R>(Vec<Entity>, PhantomData<R>);

impl<R: RelationshipTarget> Snapshot for Sources<R> {
    type Component = R;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        Some(Self(entity.get::<R>()?.iter().collect(), PhantomData))
    }
}

/// The ship of a crew member.
struct Ship(Entity);

impl Snapshot for Ship {
    type Component = ServesOn;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        Some(Self(entity.get::<ServesOn>()?.0))
    }
}

/// The idol of a fan.
struct Idol(Entity);

impl Snapshot for Idol {
    type Component = Likes;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        Some(Self(entity.get::<Likes>()?.0))
    }
}

/// Returns the related entities of each entity with this component.
fn related<C: Component>(world: &mut World, related: fn(&C) -> Vec<Entity>) -> BTreeMap<Entity, Vec<Entity>> {
    let mut components = world.query::<(Entity, &C)>();
    let components = components.iter(world);
    components
        .map(|(entity, component)| (entity, related(component)))
        .collect()
}

/// Asserts that the planned entities are published with the values from before the delete, each once, and no entity
/// that is alive.
fn assert_planned_are_published<S: Snapshot>(
    world: &mut World,
    plan: &DeletePlan,
    before: &BTreeMap<Entity, Vec<Entity>>,
    value: fn(S) -> Vec<Entity>,
) -> Result<(), TestCaseError> {
    let published = published::<S>(world);
    let count = published.len();
    let values: BTreeMap<_, _> = published
        .into_iter()
        .map(|deleted| (deleted.entity, value(deleted.snapshot)))
        .collect();
    prop_assert_eq!(values.len(), count, "published twice");
    prop_assert!(values.keys().all(|entity| world.get_entity(*entity).is_err()), "alive");
    for entity in plan.entities() {
        prop_assert_eq!(values.get(entity), before.get(entity), "{}", entity);
    }
    Ok(())
}

fn numbers(world: &mut World) -> BTreeMap<Entity, u32> {
    let mut numbers = world.query::<(Entity, &Number)>();
    numbers.iter(world).map(|(entity, number)| (entity, number.0)).collect()
}

proptest! {
    // The inputs vary more than those of other tests, so it draws twice as many: see `PROPTEST_CASES`.
    #![proptest_config(ProptestConfig {
        cases: 2 * ProptestConfig::default().cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_despawned_entity_is_published_once(
        observers in prop_oneof![
            Just(Observers::None),
            Just(Observers::Idle),
            Just(Observers::Despawning),
            Just(Observers::Deleting),
        ],
        spawns in prop::collection::vec(spawn(), 1..24),
        cycles in prop::collection::vec(any::<[prop::sample::Index; 2]>(), 0..3),
        deletions in prop::collection::vec((deletion(), any::<prop::sample::Index>()), 1..4),
    ) {
        let mut world = world(observers);
        let entities = spawn_all(&mut world, &spawns);
        close_cycles(&mut world, &entities, &cycles);
        for (deletion, target) in deletions {
            let target = *target.get(&entities);
            let before = numbers(&mut world);
            let plan = world.plan_delete(target).ok();
            let mut report = None;
            match &deletion {
                Deletion::Delete => report = world.delete(target).ok(),
                Deletion::DeleteByCommand => world.commands().entity(target).try_delete(),
                Deletion::Despawn => _ = world.try_despawn(target),
                Deletion::DeleteAll => report = Some(world.delete_all::<With<Marked>>()),
                Deletion::DespawnAll => world.despawn_all::<With<Marked>>(),
                Deletion::DeleteWhere => report = Some(world.delete_all_where::<&Number, ()>(|number| number.0 % 3 == 0)),
                Deletion::DeleteBatch(batch) => {
                    report = Some(world.delete_batch(batch.iter().map(|index| *index.get(&entities))));
                }
                Deletion::DeleteChildren => _ = world.commands().entity(target).delete_children(),
                Deletion::DeleteCrew => _ = world.commands().entity(target).delete_related::<Crew>(),
            }
            world.flush();
            let after = numbers(&mut world);
            let published = published::<Number>(&mut world);

            let despawned: BTreeMap<_, _> = before.iter().filter(|(entity, _)| !after.contains_key(entity)).collect();
            let values: BTreeMap<_, _> = published.iter().map(|deleted| (&deleted.entity, &deleted.snapshot.0)).collect();
            prop_assert_eq!(values.len(), published.len(), "published twice");
            prop_assert_eq!(values, despawned);

            let operations: Vec<_> = published.iter().map(|deleted| deleted.origin.operation).collect();
            prop_assert!(operations.iter().filter(|operation| **operation != 0).is_sorted(), "{:?}", operations);
            if let Some(report) = report {
                let own = published.iter().filter(|deleted| deleted.origin.operation == report.operation());
                prop_assert_eq!(report.count::<Number>(), own.count());
            }

            let is_idle = matches!(observers, Observers::None | Observers::Idle);
            if let (Deletion::Delete | Deletion::DeleteByCommand, Some(plan), true) = (&deletion, plan, is_idle) {
                let planned = plan.entities().iter().filter(|entity| before.contains_key(entity));
                prop_assert!(published.iter().map(|deleted| &deleted.entity).eq(planned), "not in the planned order");
            }
        }
    }

    #[test]
    fn every_deleted_relationship_is_published_once_as_it_was_before_the_delete(
        observers in prop_oneof![
            Just(Observers::None),
            Just(Observers::Idle),
            Just(Observers::Despawning),
            Just(Observers::Deleting),
        ],
        spawns in prop::collection::vec(spawn(), 1..24),
        cycles in prop::collection::vec(any::<[prop::sample::Index; 2]>(), 0..3),
        targets in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
    ) {
        let mut world = world(observers);
        world.track_deletes::<Sources<Children>>();
        world.track_deletes::<Sources<Crew>>();
        world.track_deletes::<Sources<Fans>>();
        world.track_deletes::<Ship>();
        world.track_deletes::<Idol>();
        let entities = spawn_all(&mut world, &spawns);
        close_cycles(&mut world, &entities, &cycles);
        for target in targets {
            let target = *target.get(&entities);
            let Ok(plan) = world.plan_delete(target) else {
                continue;
            };
            let children = related::<Children>(&mut world, |children| children.to_vec());
            let crews = related::<Crew>(&mut world, |crew| crew.iter().collect());
            let fans = related::<Fans>(&mut world, |fans| fans.iter().collect());
            let ships = related::<ServesOn>(&mut world, |serves_on| vec![serves_on.0]);
            let idols = related::<Likes>(&mut world, |likes| vec![likes.0]);
            world.delete(target).unwrap();
            assert_planned_are_published::<Sources<Children>>(&mut world, &plan, &children, |sources| sources.0)?;
            assert_planned_are_published::<Sources<Crew>>(&mut world, &plan, &crews, |sources| sources.0)?;
            assert_planned_are_published::<Sources<Fans>>(&mut world, &plan, &fans, |sources| sources.0)?;
            assert_planned_are_published::<Ship>(&mut world, &plan, &ships, |ship| vec![ship.0])?;
            assert_planned_are_published::<Idol>(&mut world, &plan, &idols, |idol| vec![idol.0])?;
        }
    }
}

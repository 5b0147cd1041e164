//! Whatever is done to whatever is there: what is told is what went, once each.

use std::collections::BTreeMap;

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;
use proptest::prelude::*;

use crate::support::{Crew, Likes, Number, ServesOn, published};

/// Takes another entity along, by a command of an observer.
#[derive(Component)]
struct Drags(Entity);

#[derive(Component)]
struct Marked;

/// A value whose drop does something.
#[derive(Component)]
struct Boxed(#[allow(dead_code, reason = "dropped")] Box<u32>);

/// An entity, related to ones that were spawned before it.
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
    let rarely = |what| prop::option::weighted(0.2, what);
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

/// Who hears of the end of entities besides this crate.
#[derive(Debug, Clone, Copy)]
enum Watching {
    Nobody,
    Somebody,
    DespawnsMore,
    DeletesMore,
}

#[derive(Debug, Clone)]
enum End {
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

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        Just(End::Delete),
        Just(End::DeleteByCommand),
        Just(End::Despawn),
        Just(End::DeleteAll),
        Just(End::DespawnAll),
        Just(End::DeleteWhere),
        prop::collection::vec(any::<prop::sample::Index>(), 1..6).prop_map(End::DeleteBatch),
        Just(End::DeleteChildren),
        Just(End::DeleteCrew),
    ]
}

fn world(watching: Watching) -> World {
    let mut world = World::new();
    world.track_deletes::<Number>();
    match watching {
        Watching::Nobody => {}
        Watching::Somebody => _ = world.add_observer(|_: On<Remove<Marked>>| {}),
        Watching::DespawnsMore => {
            world.add_observer(|on: On<Remove<Drags>>, drags: Query<&Drags>, mut commands: Commands| {
                commands.entity(drags.get(on.entity).unwrap().0).try_despawn();
            });
        }
        Watching::DeletesMore => {
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

/// Closes cycles, of one relation and of two.
fn close_cycles(world: &mut World, entities: &[Entity], cycles: &[[prop::sample::Index; 2]]) {
    for [one, other] in cycles {
        let (one, other) = (*one.get(entities), *other.get(entities));
        if one != other {
            world.entity_mut(one).insert(ChildOf(other));
            world.entity_mut(other).insert(ServesOn(one));
        }
    }
}

fn numbers(world: &mut World) -> BTreeMap<Entity, u32> {
    let mut numbers = world.query::<(Entity, &Number)>();
    numbers.iter(world).map(|(entity, number)| (entity, number.0)).collect()
}

proptest! {
    // Worlds differ in more than the other tests' inputs do, so twice `PROPTEST_CASES`, or its default of 256.
    #![proptest_config(ProptestConfig {
        cases: 2 * ProptestConfig::default().cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_told_is_what_went(
        watching in prop_oneof![
            Just(Watching::Nobody),
            Just(Watching::Somebody),
            Just(Watching::DespawnsMore),
            Just(Watching::DeletesMore),
        ],
        spawns in prop::collection::vec(spawn(), 1..24),
        cycles in prop::collection::vec(any::<[prop::sample::Index; 2]>(), 0..3),
        ends in prop::collection::vec((end(), any::<prop::sample::Index>()), 1..4),
    ) {
        let mut world = world(watching);
        let entities = spawn_all(&mut world, &spawns);
        close_cycles(&mut world, &entities, &cycles);
        for (end, target) in ends {
            let target = *target.get(&entities);
            let before = numbers(&mut world);
            let plan = world.plan_delete(target).ok();
            let mut report = None;
            match &end {
                End::Delete => report = world.delete(target).ok(),
                End::DeleteByCommand => world.commands().entity(target).try_delete(),
                End::Despawn => _ = world.try_despawn(target),
                End::DeleteAll => report = Some(world.delete_all::<With<Marked>>()),
                End::DespawnAll => world.despawn_all::<With<Marked>>(),
                End::DeleteWhere => report = Some(world.delete_all_where::<&Number, ()>(|number| number.0 % 3 == 0)),
                End::DeleteBatch(batch) => {
                    report = Some(world.delete_batch(batch.iter().map(|index| *index.get(&entities))));
                }
                End::DeleteChildren => _ = world.commands().entity(target).delete_children(),
                End::DeleteCrew => _ = world.commands().entity(target).delete_related::<Crew>(),
            }
            world.flush();
            let after = numbers(&mut world);
            let told = published::<Number>(&mut world);

            let gone: BTreeMap<_, _> = before.iter().filter(|(entity, _)| !after.contains_key(entity)).collect();
            let values: BTreeMap<_, _> = told.iter().map(|deleted| (&deleted.entity, &deleted.snapshot.0)).collect();
            prop_assert_eq!(values.len(), told.len(), "told twice");
            prop_assert_eq!(values, gone);

            let operations: Vec<_> = told.iter().map(|deleted| deleted.origin.operation).collect();
            prop_assert!(operations.iter().filter(|operation| **operation != 0).is_sorted(), "{:?}", operations);
            if let Some(report) = report {
                let own = told.iter().filter(|deleted| deleted.origin.operation == report.operation());
                prop_assert_eq!(report.count::<Number>(), own.count());
            }

            let is_quiet = matches!(watching, Watching::Nobody | Watching::Somebody);
            if let (End::Delete | End::DeleteByCommand, Some(plan), true) = (&end, plan, is_quiet) {
                let planned = plan.entities().iter().filter(|entity| before.contains_key(entity));
                prop_assert!(told.iter().map(|deleted| &deleted.entity).eq(planned), "not in the planned order");
            }
        }
    }
}

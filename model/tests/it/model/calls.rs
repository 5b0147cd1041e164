//! The deletes and despawns of a program.

use std::collections::BTreeMap;

use bevy_ecs::{prelude::*, query::QueryFilter, relationship::Relationship};
use bevy_post_delete::prelude::*;

use super::{
    components::{OfPart, Tabled, of_filter, of_relation, of_type},
    faults::{Place, reach, reach_with},
    program::{Access, Bulk, Filter, Method, Relation, Type},
    real::Real,
    state::{Outcome, REQUESTED, Report},
};

/// The deletions that the next `Update` or `FixedUpdate` queues.
#[derive(Resource, Default)]
pub(super) struct Orders(pub(super) Vec<(Method, Vec<Entity>)>);

pub(super) fn queue_orders(mut orders: ResMut<Orders>, mut commands: Commands) {
    reach_with(Place::System, &mut commands);
    for (method, entities) in orders.0.drain(..) {
        queue(&mut commands, method, &entities);
    }
}

/// The cause of a call that records one.
fn cause(instigator: Option<Entity>) -> DeleteCause {
    let reason = DeleteReason::new(REQUESTED);
    instigator.map_or(reason.into(), |instigator| reason.by(instigator))
}

impl Real {
    /// Returns the entities that a bulk delete will find, in the order of the query.
    ///
    /// The order of a query depends on its exact type, so these are the queries of the bulk deletes.
    pub(crate) fn matches(&mut self, bulk: Bulk, filter: Filter) -> Vec<usize> {
        let world = self.app.world_mut();
        let matches = of_filter!(filter, F => match bulk {
            Bulk::DeleteAll | Bulk::DeleteAllWith | Bulk::DespawnAll => all::<F>(world),
            Bulk::DeleteAllWhere | Bulk::DespawnAllWhere => all_even::<F>(world),
        });
        self.numbers_of(&matches)
    }

    /// Deletes or despawns the entities. Returns what the deletes return.
    pub(super) fn delete(&mut self, method: Method, entities: &[Entity], access: Access) -> Vec<Outcome> {
        let world = self.app.world_mut();
        match (method, access) {
            (Method::DeleteBatch, Access::World) => {
                let report = world.delete_batch(entities.iter().copied());
                return vec![self.outcome(Ok(report))];
            }
            (Method::DeleteBatch, _) | (_, Access::Commands) => {
                queue(&mut world.commands(), method, entities);
                world.flush();
                return Vec::new();
            }
            _ => {}
        }
        let cause = cause(entities.first().copied());
        let mut deletes = Vec::new();
        for entity in entities.iter().copied() {
            match (method, access, world.get_entity_mut(entity)) {
                (Method::Delete, Access::EntityWorldMut, Ok(entity)) => deletes.push(entity.delete()),
                (Method::Despawn, Access::EntityWorldMut, Ok(entity)) => entity.despawn(),
                (Method::DespawnRelated(relation), Access::EntityWorldMut, Ok(mut entity)) => {
                    of_relation!(relation, R => entity.despawn_related::<<R as Relationship>::RelationshipTarget>());
                }
                (Method::Delete, _, _) => deletes.push(world.delete(entity)),
                (Method::DeleteWith, Access::EntityWorldMut, Ok(entity)) => {
                    deletes.push(entity.because(cause).delete());
                }
                (Method::DeleteWith, _, _) => deletes.push(world.delete_with(entity, cause)),
                (Method::Despawn, Access::World, _) => _ = world.despawn(entity),
                (Method::TryDespawn, Access::World, _) => _ = world.try_despawn(entity),
                _ => {
                    queue(&mut world.commands(), method, &[entity]);
                    world.flush();
                }
            }
        }
        deletes.into_iter().map(|deleted| self.outcome(deleted)).collect()
    }

    pub(super) fn delete_bulk(
        &mut self,
        bulk: Bulk,
        filter: Filter,
        instigator: Option<Entity>,
        access: Access,
    ) -> Option<Outcome> {
        let world = self.app.world_mut();
        let cause = cause(instigator);
        if matches!(access, Access::Commands) {
            let mut commands = world.commands();
            of_filter!(filter, F => match bulk {
                Bulk::DeleteAll => commands.delete_all::<F>(),
                Bulk::DeleteAllWith => commands.because(cause).delete_all::<F>(),
                Bulk::DeleteAllWhere => commands.delete_all_where::<&Tabled, F>(is_even),
                Bulk::DespawnAll => commands.despawn_all::<F>(),
                Bulk::DespawnAllWhere => commands.despawn_all_where::<&Tabled, F>(is_even),
            });
            world.flush();
            return None;
        }
        let report = of_filter!(filter, F => match bulk {
            Bulk::DeleteAll => world.delete_all::<F>(),
            Bulk::DeleteAllWith => world.because(cause).delete_all::<F>(),
            Bulk::DeleteAllWhere => world.delete_all_where::<&Tabled, F>(is_even),
            Bulk::DespawnAll => {
                world.despawn_all::<F>();
                return None;
            }
            Bulk::DespawnAllWhere => {
                world.despawn_all_where::<&Tabled, F>(is_even);
                return None;
            }
        });
        Some(self.outcome(Ok(report)))
    }

    fn outcome(&self, deleted: Result<DeleteReport, DeleteError>) -> Outcome {
        let report = match deleted {
            Ok(report) => report,
            Err(DeleteError::NotSpawned) => return Outcome::NotSpawned,
            Err(DeleteError::Protected { protected, .. }) => {
                return Outcome::Protected(self.numbers_of(&protected));
            }
            Err(other) => panic!("an unknown error: {other}"),
        };
        let counts = Type::ALL.map(|snapshot| (snapshot, of_type!(snapshot, S => report.count::<S>())));
        let counts: BTreeMap<_, _> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        let sum = counts.values().sum::<usize>();
        assert_eq!(sum, report.message_count(), "the sum of all types");
        Outcome::Deleted(Report {
            operation: report.operation(),
            entities: report.entity_count(),
            counts,
        })
    }
}

/// Queues the deletion of these entities, one after the other.
fn queue(commands: &mut Commands, method: Method, entities: &[Entity]) {
    if method == Method::DeleteBatch {
        return commands.delete_batch(entities.iter().copied());
    }
    let cause = cause(entities.first().copied());
    for entity in entities {
        let mut entity = commands.entity(*entity);
        match method {
            Method::DeleteBatch => {}
            Method::Delete => entity.delete(),
            Method::DeleteWith => entity.delete_with(cause),
            Method::TryDelete => entity.try_delete(),
            Method::DeleteRelated(Relation::ChildOf) => _ = entity.delete_children(),
            Method::DeleteRelated(relation) => {
                of_relation!(relation, R => entity.delete_related::<<R as Relationship>::RelationshipTarget>());
            }
            Method::Despawn => entity.despawn(),
            Method::TryDespawn => entity.try_despawn(),
            // Bevy's own command panics if the entity is not spawned.
            Method::DespawnRelated(relation) => {
                of_relation!(relation, R => entity.queue_silenced(|mut entity: EntityWorldMut| {
                    entity.despawn_related::<<R as Relationship>::RelationshipTarget>();
                }));
            }
        }
    }
}

fn all<F: QueryFilter>(world: &mut World) -> Vec<Entity> {
    world.query_filtered::<Entity, F>().iter(world).collect()
}

fn all_even<F: QueryFilter>(world: &mut World) -> Vec<Entity> {
    let mut query = world.query_filtered::<(Entity, &Tabled), F>();
    let even = query.iter(world).filter(|(_, tabled)| is_even(tabled));
    even.map(|(entity, _)| entity).collect()
}

fn is_even(tabled: &Tabled) -> bool {
    reach(Place::Condition);
    tabled.value().is_multiple_of(2)
}

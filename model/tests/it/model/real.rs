//! The world in which a program is carried out. What can be seen of it is in [`seen`](super::seen).

use std::collections::{BTreeMap, HashMap};

use bevy_app::{FixedMain, prelude::*};
use bevy_ecs::{
    prelude::*, query::QueryFilter, relationship::Relationship, resource::IsResource, system::SystemIdMarker,
};
use bevy_post_delete::prelude::*;

use super::{
    components::{
        HookCalls, OfPart, OfType, Tabled, Takes, of_filter, of_part, of_relation, of_type, take_by_despawn_observer,
        take_by_remove_observer,
    },
    heard::{Avengers, add_receivers, take_told},
    picture::{ASKED, Message, Outcome, Report},
    program::{By, Cast, Filter, Program, Relation, Step, Sweep, Tracking, Type, Way},
};

pub(crate) struct Real {
    pub(crate) app: App,
    /// All that were ever spawned.
    pub(super) entities: Vec<Entity>,
    /// Their places among these.
    pub(super) numbers: HashMap<Entity, usize>,
    watcher: Option<Entity>,
}

/// What is to be done by commands in the next `Update` or `FixedUpdate`.
#[derive(Resource, Default)]
struct Orders(Vec<(Way, Vec<Entity>)>);

impl Real {
    pub(crate) fn new(program: &Program) -> Self {
        let mut app = App::new();
        // Bevy calls an entity's hooks in the order in which its components were registered.
        for relation in Relation::ALL {
            of_relation!(relation, R => register::<R>(app.world_mut()));
        }
        app.init_resource::<Orders>()
            .init_resource::<HookCalls>()
            .add_systems(Update, obey)
            .add_systems(FixedUpdate, obey)
            .add_observer(take_by_despawn_observer)
            .add_observer(take_by_remove_observer);
        if program.late {
            let mut early = app.world_mut().spawn_empty();
            for snapshot in Type::ALL {
                of_part!(snapshot.part(), P => early.insert(P::new(0)));
            }
            early.despawn();
            app.insert_resource(HookCalls(0));
        }
        let tracking = match program.removals {
            true => Tracking::WithRemovals,
            false => Tracking::Plainly,
        };
        for snapshot in &program.tracked {
            of_type!(snapshot, S => track::<S>(&mut app, tracking));
        }
        add_receivers(&mut app);
        Self {
            app,
            entities: Vec::new(),
            numbers: HashMap::new(),
            watcher: None,
        }
    }

    /// Who can be named now.
    pub(crate) fn cast(&self) -> Cast {
        let entities = self.app.world().entities();
        let lives = |entity: &usize| entities.contains_spawned(self.entities[*entity]);
        let (living, dead) = (0..self.entities.len()).partition(lives);
        Cast { living, dead }
    }

    /// What a sweep will find, in the order of a query.
    ///
    /// Bevy answers in another order where the query is put in other words, so these are the words of the sweeps.
    pub(crate) fn matches(&mut self, sweep: Sweep, filter: Filter) -> Vec<usize> {
        let world = self.app.world_mut();
        let matches = of_filter!(filter, F => match sweep {
            Sweep::DeleteAll | Sweep::DeleteAllWith => all::<Deletable<F>>(world),
            Sweep::DeleteAllWhere => all_even::<Deletable<F>>(world),
            Sweep::DespawnAll => all::<F>(world),
            Sweep::DespawnAllWhere => all_even::<F>(world),
        });
        self.numbers_of(&matches)
    }

    /// Does the step. Returns what its deletes give back, if they do, and the messages that are told.
    pub(crate) fn step(&mut self, step: &Step, cast: &Cast) -> (Vec<Outcome>, Vec<Message>) {
        let pick = |whom| cast.pick(whom).map(|entity| self.entities[entity]);
        let pick_all = |whom: &[_]| whom.iter().filter_map(|whom| pick(*whom)).collect::<Vec<_>>();
        let world = self.app.world_mut();
        let mut outcomes = Vec::new();
        match step {
            Step::Spawn { after, parts, related } => {
                let related = related.map(|(relation, whom)| (relation, pick(whom)));
                let mut entity = match after.and_then(pick).and_then(|before| world.despawn_no_free(before)) {
                    Some(freed) => world.spawn_empty_at(freed).unwrap(),
                    None => world.spawn_empty(),
                };
                for (part, value) in parts {
                    of_part!(part, P => entity.insert(P::new(*value)));
                }
                if let Some((relation, Some(target))) = related {
                    of_relation!(relation, R => entity.insert(<R as Relationship>::from(target)));
                }
                let entity = entity.id();
                self.numbers.insert(entity, self.entities.len());
                self.entities.push(entity);
            }
            Step::Insert(whom, part, value) => {
                if let Some(mut entity) = pick(*whom).map(|entity| world.entity_mut(entity)) {
                    of_part!(part, P => entity.insert(P::new(*value)));
                }
            }
            Step::Remove(whom, part) => {
                if let Some(mut entity) = pick(*whom).map(|entity| world.entity_mut(entity)) {
                    of_part!(part, P => entity.remove::<P>());
                }
            }
            Step::Relate(source, relation, target) => {
                if let (Some(source), Some(target)) = (pick(*source), pick(*target)) {
                    let mut source = world.entity_mut(source);
                    of_relation!(relation, R => source.insert(<R as Relationship>::from(target)));
                }
            }
            Step::Unrelate(whom, relation) => {
                if let Some(mut entity) = pick(*whom).map(|entity| world.entity_mut(entity)) {
                    of_relation!(relation, R => entity.remove::<R>());
                }
            }
            Step::Take(first, taking, second) => {
                if let (Some(first), Some(other)) = (pick(*first), pick(*second)) {
                    let taking = *taking;
                    world.entity_mut(first).insert(Takes { taking, other });
                }
            }
            Step::Kill(kill, by) => outcomes = self.kill(kill.way, &pick_all(&kill.whom), *by),
            Step::Sweep(sweep, filter, by) => outcomes.extend(self.sweep(*sweep, *filter, *by)),
            Step::Frame(kills) | Step::Tick(kills) => {
                let orders = kills.iter().map(|kill| (kill.way, pick_all(&kill.whom)));
                let orders = Orders(orders.collect());
                world.insert_resource(orders);
                match step {
                    Step::Frame(_) => self.app.update(),
                    _ => world.run_schedule(FixedMain),
                }
            }
            Step::Publish => world.publish_deletes(),
            Step::Track(snapshot, tracking) => of_type!(snapshot, S => track::<S>(&mut self.app, *tracking)),
            Step::Untrack(snapshot) => of_type!(snapshot, S => untrack::<S>(world)),
            Step::Watch(true) => {
                let watch = |_: On<Remove<Tabled>>| {};
                self.watcher.get_or_insert_with(|| world.add_observer(watch).id());
            }
            Step::Watch(false) => _ = self.watcher.take().map(|watcher| world.despawn(watcher)),
            Step::Avenge(whom) => {
                let avenged = pick(*whom);
                world.resource_mut::<Avengers>().0.extend(avenged);
            }
        }
        let had_stage = matches!(step, Step::Frame(_) | Step::Tick(_));
        let told = take_told(self.app.world_mut(), had_stage);
        (outcomes, told.into_iter().map(|told| self.numbered(told)).collect())
    }

    /// The end of each of these, one after the other.
    fn kill(&mut self, way: Way, entities: &[Entity], by: By) -> Vec<Outcome> {
        let world = self.app.world_mut();
        match (way, by) {
            (Way::DeleteBatch, By::World) => {
                let report = world.delete_batch(entities.iter().copied());
                return vec![self.outcome(Ok(report))];
            }
            (Way::DeleteBatch, _) | (_, By::Commands) => {
                queue(&mut world.commands(), way, entities);
                world.flush();
                return Vec::new();
            }
            _ => {}
        }
        let mut deletes = Vec::new();
        for entity in entities.iter().copied() {
            match (way, by, world.get_entity_mut(entity)) {
                (Way::Delete, By::EntityWorldMut, Ok(entity)) => deletes.push(entity.delete()),
                (Way::Despawn, By::EntityWorldMut, Ok(entity)) => entity.despawn(),
                (Way::DespawnRelated(relation), By::EntityWorldMut, Ok(mut entity)) => {
                    of_relation!(relation, R => entity.despawn_related::<<R as Relationship>::RelationshipTarget>());
                }
                (Way::Delete, _, _) => deletes.push(world.delete(entity)),
                (Way::DeleteWith, By::World, _) => {
                    deletes.push(world.delete_with(entity, DeleteReason::new(ASKED)));
                }
                (Way::Despawn, By::World, _) => _ = world.despawn(entity),
                (Way::TryDespawn, By::World, _) => _ = world.try_despawn(entity),
                _ => {
                    queue(&mut world.commands(), way, &[entity]);
                    world.flush();
                }
            }
        }
        deletes.into_iter().map(|deleted| self.outcome(deleted)).collect()
    }

    fn sweep(&mut self, sweep: Sweep, filter: Filter, by: By) -> Option<Outcome> {
        let world = self.app.world_mut();
        let reason = DeleteReason::new(ASKED);
        if matches!(by, By::Commands) {
            let mut commands = world.commands();
            of_filter!(filter, F => match sweep {
                Sweep::DeleteAll => commands.delete_all::<F>(),
                Sweep::DeleteAllWith => commands.because(reason).delete_all::<F>(),
                Sweep::DeleteAllWhere => commands.delete_all_where::<&Tabled, F>(is_even),
                Sweep::DespawnAll => commands.despawn_all::<F>(),
                Sweep::DespawnAllWhere => commands.despawn_all_where::<&Tabled, F>(is_even),
            });
            world.flush();
            return None;
        }
        let report = of_filter!(filter, F => match sweep {
            Sweep::DeleteAll => world.delete_all::<F>(),
            Sweep::DeleteAllWith => world.because(reason).delete_all::<F>(),
            Sweep::DeleteAllWhere => world.delete_all_where::<&Tabled, F>(is_even),
            Sweep::DespawnAll => {
                world.despawn_all::<F>();
                return None;
            }
            Sweep::DespawnAllWhere => {
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
            Err(other) => panic!("an error of a new kind: {other}"),
        };
        let counts = Type::ALL.map(|snapshot| (snapshot, of_type!(snapshot, S => report.count::<S>())));
        let counts: BTreeMap<_, _> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(
            counts.values().sum::<usize>(),
            report.message_count(),
            "the sum of all types"
        );
        Outcome::Gone(Report {
            operation: report.operation(),
            entities: report.entity_count(),
            counts,
        })
    }
}

/// Queues the end of these, one after the other.
fn queue(commands: &mut Commands, way: Way, entities: &[Entity]) {
    if way == Way::DeleteBatch {
        return commands.delete_batch(entities.iter().copied());
    }
    for entity in entities {
        let mut entity = commands.entity(*entity);
        match way {
            Way::DeleteBatch => {}
            Way::Delete => entity.delete(),
            Way::DeleteWith => entity.delete_with(DeleteReason::new(ASKED)),
            Way::TryDelete => entity.try_delete(),
            Way::DeleteRelated(Relation::ChildOf) => _ = entity.delete_children(),
            Way::DeleteRelated(relation) => {
                of_relation!(relation, R => entity.delete_related::<<R as Relationship>::RelationshipTarget>());
            }
            Way::Despawn => entity.despawn(),
            Way::TryDespawn => entity.try_despawn(),
            // Bevy's own command panics where the entity is gone by then.
            Way::DespawnRelated(relation) => {
                of_relation!(relation, R => entity.queue_silenced(|mut entity: EntityWorldMut| {
                    entity.despawn_related::<<R as Relationship>::RelationshipTarget>();
                }));
            }
        }
    }
}

fn obey(mut orders: ResMut<Orders>, mut commands: Commands) {
    for (way, entities) in orders.0.drain(..) {
        queue(&mut commands, way, &entities);
    }
}

fn track<S: OfType>(app: &mut App, tracking: Tracking) {
    let plugin = PostDeletePlugin::<S>::default();
    app.add_plugins(match tracking {
        Tracking::Plainly => plugin,
        Tracking::WithRemovals => plugin.with_removals(),
        Tracking::IgnoringDespawns => plugin.despawn_policy(DespawnPolicy::Ignore),
        Tracking::WithDespawns => plugin.despawn_policy(DespawnPolicy::Publish),
    });
    assert!(!app.world_mut().track_deletes::<S>(), "it is tracked already");
}

fn untrack<S: OfType>(world: &mut World) {
    let was_tracked = world.is_tracking_deletes::<S>();
    assert_eq!(world.untrack_deletes::<S>(), was_tracked);
    assert!(!world.is_tracking_deletes::<S>());
}

fn register<R: Relationship>(world: &mut World) {
    world.register_component::<R>();
    world.register_component::<R::RelationshipTarget>();
}

/// Deletes pass over what Bevy keeps for itself.
type Deletable<F> = (F, Without<IsResource>, Without<Observer>, Without<SystemIdMarker>);

fn all<F: QueryFilter>(world: &mut World) -> Vec<Entity> {
    world.query_filtered::<Entity, F>().iter(world).collect()
}

fn all_even<F: QueryFilter>(world: &mut World) -> Vec<Entity> {
    let mut query = world.query_filtered::<(Entity, &Tabled), F>();
    let even = query.iter(world).filter(|(_, tabled)| is_even(tabled));
    even.map(|(entity, _)| entity).collect()
}

fn is_even(tabled: &Tabled) -> bool {
    tabled.value().is_multiple_of(2)
}

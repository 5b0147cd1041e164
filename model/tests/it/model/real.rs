//! The world in which a program runs.

use std::collections::{HashMap, VecDeque};

use bevy_app::{FixedMain, prelude::*};
use bevy_ecs::{
    component::Mutable,
    error::{ErrorHandler, FallbackErrorHandler},
    prelude::*,
    relationship::{Relationship, RelationshipSourceCollection, RelationshipTarget},
    schedule::{InternedScheduleLabel, ScheduleLabel, SingleThreadedExecutor},
};
use bevy_post_delete::prelude::*;

use super::{
    calls::{Orders, queue_orders},
    components::{HookCalls, Hooked, OfPart, OfType, Tabled, observe_lifecycle, of_part, of_relation, of_type},
    faults::{self, Fault, continue_panics, ignore_faults, with_armed},
    program::{Choices, Program, Relation, Step, Tracking, Type},
    reactions::{Reacts, react_in_despawn_observer, react_in_remove_observer},
    receivers::{DeletedOnPublish, add_receivers, take_published},
    state::{Message, Outcome},
    truth::{self, Truth},
};

pub(crate) struct Real {
    pub(crate) app: App,
    /// All entities that the program has spawned.
    pub(super) entities: Vec<Entity>,
    /// Their positions in that list.
    pub(super) numbers: HashMap<Entity, usize>,
    observers: Vec<Entity>,
    fault: Option<Fault>,
    ignores_faults: bool,
    /// Whether hooks or observers queue commands that change other entities.
    has_reactions: bool,
}

/// The result of a step.
#[derive(Default)]
pub(crate) struct Done {
    /// What its deletes have returned. Empty if they return nothing.
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) published: Vec<Message>,
    /// Whether a fault has happened.
    pub(crate) is_faulty: bool,
}

impl Real {
    pub(crate) fn new(program: &Program) -> Self {
        faults::start_program();
        let mut app = App::new();
        // Bevy calls the hooks of an entity in the order in which their components were registered.
        for relation in Relation::ALL {
            of_relation!(relation, R => register::<R>(app.world_mut()));
        }
        app.init_resource::<Orders>()
            .init_resource::<HookCalls>()
            .init_resource::<Truth>()
            .init_resource::<FallbackErrorHandler>()
            .add_systems(Update, queue_orders)
            .add_systems(FixedUpdate, queue_orders)
            .add_systems(PostUpdate, truth::flush_and_observe)
            .add_systems(FixedPostUpdate, truth::flush_and_observe)
            .add_observer(react_in_despawn_observer)
            .add_observer(react_in_remove_observer);
        if program.tracks_late {
            let mut early = app.world_mut().spawn_empty();
            for part in Type::ALL.into_iter().filter_map(Type::part) {
                of_part!(part, P => early.insert(P::new(0, 0)));
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
        observe_lifecycle::<Hooked>(app.world_mut());
        // Faults are armed for one thread.
        let update: [InternedScheduleLabel; 4] = [
            Update.intern(),
            FixedUpdate.intern(),
            Cleanup.intern(),
            FixedCleanup.intern(),
        ];
        for schedule in update {
            app.edit_schedule(schedule, |schedule| {
                schedule.set_executor(SingleThreadedExecutor::new());
            });
        }
        truth::observe(app.world_mut());
        Self {
            app,
            entities: Vec::new(),
            numbers: HashMap::new(),
            observers: Vec::new(),
            fault: None,
            ignores_faults: program.ignores_faults,
            has_reactions: false,
        }
    }

    /// Returns the entities that a step can choose now.
    pub(crate) fn choices(&self) -> Choices {
        let entities = self.app.world().entities();
        let is_spawned = |entity: &usize| entities.contains_spawned(self.entities[*entity]);
        let (spawned, despawned) = (0..self.entities.len()).partition(is_spawned);
        Choices { spawned, despawned }
    }

    /// Takes the step, and checks the messages against the ground truth.
    pub(crate) fn step(&mut self, step: &Step, choices: &Choices) -> Done {
        if let Step::Arm(fault) = step {
            self.fault = Some(*fault);
            return Done::default();
        }
        // Bevy cannot run a schedule again that a panic has left.
        let handler: ErrorHandler = match self.ignores_faults || step.runs_cleanup() {
            true => ignore_faults,
            false => continue_panics,
        };
        *self.app.world_mut().resource_mut() = FallbackErrorHandler(handler);
        let fault = self.fault.take();
        let (outcomes, fault) = with_armed(fault, || self.take_step(step, choices));
        self.fault = fault;
        let is_faulty = faults::has_fired();
        let world = self.app.world_mut();
        if faults::has_lost_commands() || (is_faulty && self.has_reactions) {
            // If an entity survives a panic, loses a component and is despawned, both before the crate's own commands
            // are applied, then the message about its first despawn is published. So settle it now.
            world.amend_pending_deletes(|_, _| {});
        }
        truth::observe(world);
        let published = take_published(world, step);
        let must_be_complete = step.publishes() && !is_faulty;
        world.resource_mut::<Truth>().check(&published, must_be_complete);
        Done {
            outcomes: outcomes.unwrap_or_default(),
            published: published
                .into_iter()
                .map(|published| self.numbered(published.message))
                .collect(),
            is_faulty,
        }
    }

    fn take_step(&mut self, step: &Step, choices: &Choices) -> Vec<Outcome> {
        let pick = |choice| choices.pick(choice).map(|entity| self.entities[entity]);
        let pick_all = |choices: &[_]| choices.iter().filter_map(|choice| pick(*choice)).collect::<Vec<_>>();
        let world = self.app.world_mut();
        match step {
            Step::Spawn { after, parts, related } => {
                let related = related.map(|(relation, choice)| (relation, pick(choice)));
                // A fault can leave commands that despawn the same entity, which would free its index twice.
                world.flush();
                let entity = match after.and_then(pick).and_then(|before| world.despawn_no_free(before)) {
                    Some(freed) => world.spawn_empty_at(freed).unwrap().id(),
                    None => world.spawn_empty().id(),
                };
                self.numbers.insert(entity, self.entities.len());
                self.entities.push(entity);
                for (part, value) in parts {
                    if world.entities().contains_spawned(entity) {
                        truth::insert(world, entity, *part, *value);
                    }
                }
                if let Some((relation, Some(target))) = related
                    && let Ok(mut entity) = world.get_entity_mut(entity)
                {
                    of_relation!(relation, R => entity.insert(<R as Relationship>::from(target)));
                }
            }
            Step::Insert(choice, part, value) => {
                if let Some(entity) = pick(*choice) {
                    truth::insert(world, entity, *part, *value);
                }
            }
            Step::Remove(choice, part) => {
                if let Some(entity) = pick(*choice) {
                    truth::remove(world, entity, *part);
                }
            }
            Step::Relate(source, relation, target) => {
                if let (Some(source), Some(target)) = (pick(*source), pick(*target)) {
                    let mut source = world.entity_mut(source);
                    of_relation!(relation, R => source.insert(<R as Relationship>::from(target)));
                }
            }
            Step::Unrelate(choice, relation) => {
                if let Some(mut entity) = pick(*choice).map(|entity| world.entity_mut(entity)) {
                    of_relation!(relation, R => entity.remove::<R>());
                }
            }
            Step::React(first, reaction, second) => {
                if let (Some(first), Some(other)) = (pick(*first), pick(*second)) {
                    self.has_reactions = true;
                    let reaction = *reaction;
                    world.entity_mut(first).insert(Reacts { reaction, other });
                }
            }
            Step::Deletion(deletion, access) => {
                let entities = pick_all(&deletion.entities);
                return self.delete(deletion.method, &entities, *access);
            }
            Step::Bulk(bulk, filter, access) => {
                let instigator = choices.spawned.first().map(|first| self.entities[*first]);
                return self
                    .delete_bulk(*bulk, *filter, instigator, *access)
                    .into_iter()
                    .collect();
            }
            Step::Frame(deletions) | Step::Tick(deletions) => {
                let orders = deletions
                    .iter()
                    .map(|deletion| (deletion.method, pick_all(&deletion.entities)));
                let orders = Orders(orders.collect());
                world.insert_resource(orders);
                match step {
                    Step::Frame(_) => self.app.update(),
                    _ => world.run_schedule(FixedMain),
                }
            }
            Step::Publish => {
                truth::observe_before_publish(world);
                world.publish_deletes();
            }
            Step::Track(snapshot, tracking) => of_type!(snapshot, S => track::<S>(&mut self.app, *tracking)),
            Step::Untrack(snapshot) => of_type!(snapshot, S => truth::untrack::<S>(world)),
            Step::Retrack(snapshot) => of_type!(snapshot, S => {
                truth::untrack::<S>(world);
                truth::track::<S>(world);
            }),
            Step::Observe(true) => {
                if self.observers.is_empty() {
                    self.observers.extend(observe_lifecycle::<Tabled>(world));
                }
            }
            Step::Observe(false) => {
                world.flush();
                for observer in self.observers.drain(..) {
                    world.despawn(observer);
                }
            }
            Step::DeleteOnPublish(choice) => {
                let entity = pick(*choice);
                world.resource_mut::<DeletedOnPublish>().0.extend(entity);
            }
            Step::Arm(_) => {}
        }
        Vec::new()
    }

    /// Ends the effects of a fault: applies queued commands, removes the halves of relationships that it has left, and
    /// publishes until nothing is pending.
    pub(crate) fn recover(&mut self) {
        let world = self.app.world_mut();
        world.flush();
        for &entity in &self.entities {
            for relation in Relation::ALL {
                of_relation!(relation, R => remove_half::<R>(world, entity));
            }
        }
        while !self.step(&Step::Publish, &self.choices()).published.is_empty() {}
    }

    pub(super) fn deleted_on_publish(&self) -> VecDeque<usize> {
        let entities = &self.app.world().resource::<DeletedOnPublish>().0;
        entities.iter().map(|entity| self.numbers[entity]).collect()
    }
}

fn track<S: OfType>(app: &mut App, tracking: Tracking) {
    let tracking = S::TYPE.supported(tracking);
    truth::record_tracking(S::TYPE, tracking);
    let plugin = PostDeletePlugin::<S>::default();
    app.add_plugins(match tracking {
        Tracking::Plainly => plugin,
        Tracking::WithRemovals => plugin.with_removals(),
        Tracking::IgnoringDespawns => plugin.despawn_policy(DespawnPolicy::Ignore),
        Tracking::WithDespawns => plugin.despawn_policy(DespawnPolicy::Publish),
    });
    assert!(!app.world_mut().track_deletes::<S>(), "it is already tracked");
}

fn register<R: Relationship>(world: &mut World) {
    world.register_component::<R>();
    world.register_component::<R::RelationshipTarget>();
}

/// Removes the relationship of an entity if its target does not list it, and its sources if they are not related to it.
fn remove_half<R: Relationship<RelationshipTarget: Component<Mutability = Mutable>>>(
    world: &mut World,
    entity: Entity,
) {
    let Ok(entity_ref) = world.get_entity(entity) else {
        return;
    };
    let is_half = entity_ref.get::<R>().is_some_and(|relationship| {
        let sources = world.get::<R::RelationshipTarget>(relationship.get());
        !sources.is_some_and(|sources| sources.iter().any(|source| source == entity))
    });
    let sources = entity_ref.get::<R::RelationshipTarget>();
    let sources: Option<Vec<_>> = sources.map(|sources| sources.iter().collect());
    if is_half {
        world.entity_mut(entity).remove::<R>();
    }
    let Some(sources) = sources else {
        return;
    };
    let is_related = |source: &Entity| world.get::<R>(*source).is_some_and(|source| source.get() == entity);
    let (related, unrelated): (Vec<_>, Vec<_>) = sources.into_iter().partition(is_related);
    let mut target = world.get_mut::<R::RelationshipTarget>(entity).unwrap();
    for source in unrelated {
        RelationshipSourceCollection::remove(target.collection_mut_risky(), source);
    }
    if related.is_empty() {
        world.entity_mut(entity).remove::<R::RelationshipTarget>();
    }
}

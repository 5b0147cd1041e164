//! The model of the crate's guarantees, which does not use Bevy. Deletes and despawns are in
//! [`deletion`](super::deletion).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bevy_post_delete::prelude::DeleteKind;

use super::{
    deletion::Active,
    program::{Bulk, Choices, Filter, Part, Program, Relation, Step, Tracking, Type},
    real::Real,
    state::{EntityState, Message, Outcome},
    truth::{Settings, Truth},
};

pub(crate) struct Model {
    pub(crate) entities: BTreeMap<usize, EntityState>,
    pub(crate) hook_calls: usize,
    /// How often each has happened.
    pub(crate) events: BTreeMap<Event, usize>,
    pub(super) tracked: BTreeMap<Type, Settings>,
    pub(super) pending: Vec<Expected>,
    pub(super) deleted_on_publish: VecDeque<usize>,
    pub(super) operations: u64,
    /// The entities that each operation has named.
    pub(super) named: BTreeMap<u64, Vec<usize>>,
    /// The targets of links whose target is already despawned.
    pub(super) dead_links: BTreeMap<(usize, Relation), usize>,
    spawned: usize,
}

/// A message that must be published.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    pub(crate) message: Message,
    /// Whether its place among the messages of its type is guaranteed.
    pub(crate) is_ordered: bool,
}

/// Rare events, which the programs must contain often enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    /// A call names an entity that is not spawned.
    NotSpawned,
    /// A delete fails because of protected entities.
    Refused,
    /// A bulk delete skips a protected tree.
    Skipped,
    /// An observer or a hook has despawned a target of a delete early.
    DespawnedEarly,
    /// An entity joins the tree during its delete.
    Joined,
    /// An observer or a hook deletes during a delete.
    Nested,
    /// A value is replaced during a delete.
    Replaced,
    /// A delete finds a cycle of links.
    Cycle,
}

impl Event {
    pub(crate) const ALL: [Self; 8] = [
        Self::NotSpawned,
        Self::Refused,
        Self::Skipped,
        Self::DespawnedEarly,
        Self::Joined,
        Self::Nested,
        Self::Replaced,
        Self::Cycle,
    ];
}

impl Model {
    pub(crate) fn new(program: &Program) -> Self {
        let tracking = match program.removals {
            true => Tracking::WithRemovals,
            false => Tracking::Plainly,
        };
        let mut model = Self {
            entities: BTreeMap::new(),
            hook_calls: 0,
            events: BTreeMap::new(),
            tracked: BTreeMap::new(),
            pending: Vec::new(),
            deleted_on_publish: VecDeque::new(),
            operations: 0,
            named: BTreeMap::new(),
            dead_links: BTreeMap::new(),
            spawned: 0,
        };
        // The receivers track the types that they count and queue.
        let received = [Type::Tabled, Type::Sparse].map(|snapshot| (snapshot, Tracking::Plainly));
        let tracked = program.tracked.iter().map(|snapshot| (*snapshot, tracking));
        for (snapshot, tracking) in tracked.chain(received) {
            model.track(snapshot, tracking);
        }
        model
    }

    /// Takes over the state of a world in which a fault has happened and nothing is pending any more.
    pub(crate) fn resume_from(&mut self, real: &Real) {
        self.entities = real.states();
        self.hook_calls = real.hook_calls();
        self.tracked.clone_from(&real.app.world().resource::<Truth>().tracked);
        self.tracked.retain(|snapshot, _| snapshot.is_predictable());
        self.pending.clear();
        self.deleted_on_publish = real.deleted_on_publish();
        self.dead_links.clear();
        self.spawned = real.entities.len();
    }

    pub(crate) fn choices(&self) -> Choices {
        let (spawned, despawned) = (0..self.spawned).partition(|entity| self.is_spawned(*entity));
        Choices { spawned, despawned }
    }

    /// Takes the step. Returns what its deletes return, and the messages that are published.
    ///
    /// `matches`: the entities that a bulk delete finds, in the order of the query.
    pub(crate) fn step(&mut self, step: &Step, choices: &Choices, matches: &[usize]) -> (Vec<Outcome>, Vec<Expected>) {
        let mut outcomes = Vec::new();
        let mut published = Vec::new();
        match step {
            Step::Spawn { after, parts, related } => {
                if let Some(before) = after.and_then(|choice| choices.pick(choice)) {
                    self.despawn(before, None);
                }
                let entity = self.spawned;
                self.spawned += 1;
                self.entities.insert(entity, EntityState::default());
                for (part, value) in parts {
                    self.insert(entity, *part, *value, None);
                }
                let related = related.map(|(relation, choice)| (relation, choices.pick(choice)));
                if let Some((relation, Some(target))) = related {
                    self.relate(entity, relation, target);
                }
            }
            Step::Insert(choice, part, value) => {
                if let Some(entity) = choices.pick(*choice) {
                    self.insert(entity, *part, *value, None);
                }
            }
            Step::Remove(choice, part) => {
                if let Some(entity) = choices.pick(*choice) {
                    self.remove(entity, *part, None);
                }
            }
            Step::Relate(source, relation, target) => {
                if let (Some(source), Some(target)) = (choices.pick(*source), choices.pick(*target)) {
                    self.relate(source, *relation, target);
                }
            }
            Step::Unrelate(choice, relation) => {
                if let Some(entity) = choices.pick(*choice) {
                    self.unrelate(entity, *relation);
                }
            }
            Step::React(first, reaction, second) => {
                if let (Some(first), Some(second)) = (choices.pick(*first), choices.pick(*second)) {
                    self.entity_mut(first).reaction = Some((*reaction, second));
                }
            }
            Step::Deletion(deletion, _) => outcomes = self.delete_each(deletion, choices),
            Step::Bulk(bulk, _, _) => outcomes.extend(self.delete_bulk(*bulk, matches, choices)),
            Step::Frame(deletions) | Step::Tick(deletions) => {
                for deletion in deletions {
                    self.delete_each(deletion, choices);
                }
                published = self.publish();
            }
            Step::Publish => published = self.publish(),
            Step::Track(snapshot, tracking) => self.track(*snapshot, *tracking),
            Step::Untrack(snapshot) => self.untrack(*snapshot),
            Step::Retrack(snapshot) => {
                self.untrack(*snapshot);
                self.track(*snapshot, Tracking::Plainly);
            }
            Step::DeleteOnPublish(choice) => self.deleted_on_publish.extend(choices.pick(*choice)),
            Step::Observe(_) | Step::Arm(_) => {}
        }
        (outcomes, published)
    }

    fn untrack(&mut self, snapshot: Type) {
        self.tracked.remove(&snapshot);
        self.pending.retain(|pending| pending.message.snapshot != snapshot);
    }

    fn track(&mut self, snapshot: Type, tracking: Tracking) {
        if !snapshot.is_predictable() {
            return;
        }
        let settings = self.tracked.entry(snapshot).or_default();
        match snapshot.supported(tracking) {
            Tracking::Plainly => {}
            Tracking::WithRemovals => settings.removals = true,
            Tracking::IgnoringDespawns => settings.ignores_despawns = true,
            Tracking::WithDespawns => settings.ignores_despawns = false,
        }
    }

    pub(super) fn insert(&mut self, entity: usize, part: Part, value: u32, active: Option<Active>) {
        self.capture_removed(entity, part, DeleteKind::Replace, active);
        self.entity_mut(entity).parts.insert(part, part.stored(value));
    }

    pub(super) fn remove(&mut self, entity: usize, part: Part, active: Option<Active>) {
        self.capture_removed(entity, part, DeleteKind::Remove, active);
        if let Some(state) = self.entities.get_mut(&entity) {
            state.parts.remove(&part);
        }
    }

    /// Bevy removes a relationship with the entity itself, or with one that is not spawned.
    pub(super) fn relate(&mut self, source: usize, relation: Relation, target: usize) {
        self.unrelate(source, relation);
        if source != target && self.entities.contains_key(&target) {
            self.entity_mut(source).targets.insert(relation, target);
            let target = self.entity_mut(target);
            target.sources.entry(relation).or_default().push(source);
        }
    }

    pub(super) fn unrelate(&mut self, source: usize, relation: Relation) {
        self.dead_links.remove(&(source, relation));
        if let Some(target) = self.entity_mut(source).targets.remove(&relation) {
            let target = self.entity_mut(target);
            let sources = target.sources.entry(relation).or_default();
            sources.retain(|other| *other != source);
            if sources.is_empty() {
                target.sources.remove(&relation);
            }
        }
    }

    /// Returns the entities that a bulk delete must find. Like any query, it finds disabled entities only if the filter
    /// names them.
    pub(crate) fn matches(&self, bulk: Bulk, filter: Filter) -> Vec<usize> {
        let (part, disabled) = match filter {
            Filter::Tabled => (Part::Tabled, false),
            Filter::Sparse => (Part::Sparse, false),
            Filter::Plain => (Part::Plain, false),
            Filter::DisabledTabled => (Part::Tabled, true),
        };
        let is_match = |parts: &BTreeMap<Part, u32>| {
            let is_even = parts.get(&Part::Tabled).is_some_and(|value| value.is_multiple_of(2));
            parts.contains_key(&part)
                && parts.contains_key(&Part::Disabled) == disabled
                && (is_even || !bulk.is_conditional())
        };
        let matches = self.entities.iter().filter(|(_, state)| is_match(&state.parts));
        matches.map(|(entity, _)| *entity).collect()
    }

    pub(super) fn sources(&self, target: usize, relation: Relation) -> Vec<usize> {
        let sources = self
            .entities
            .get(&target)
            .and_then(|state| state.sources.get(&relation));
        sources.cloned().unwrap_or_default()
    }

    pub(super) fn is_spawned(&self, entity: usize) -> bool {
        self.entities.contains_key(&entity)
    }

    pub(super) fn entity_mut(&mut self, entity: usize) -> &mut EntityState {
        self.entities.get_mut(&entity).expect("it is spawned")
    }

    pub(super) fn count(&mut self, event: Event) {
        *self.events.entry(event).or_default() += 1;
    }

    /// Returns the tracked types.
    pub(super) fn tracked_types(&self) -> BTreeSet<Type> {
        self.tracked.keys().copied().collect()
    }
}

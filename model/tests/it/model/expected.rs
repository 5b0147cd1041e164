//! The model: what the crate promises, without a word of Bevy. How things end is told in [`ending`](super::ending).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bevy_post_delete::prelude::DeleteKind;

use super::{
    ending::Open,
    picture::{Being, Message, Outcome},
    program::{Cast, Filter, Part, Program, Relation, Step, Sweep, Tracking, Type},
};

pub(crate) struct Model {
    pub(crate) beings: BTreeMap<usize, Being>,
    pub(crate) hook_calls: usize,
    /// How often.
    pub(crate) events: BTreeMap<Event, usize>,
    /// In the order of registration.
    pub(super) tracked: Vec<Tracked>,
    pub(super) pending: Vec<Expected>,
    pub(super) avengers: VecDeque<usize>,
    pub(super) operations: u64,
    /// The entities that each operation has named.
    pub(super) named: BTreeMap<u64, Vec<usize>>,
    /// The links of which only the target is gone.
    pub(super) dead_links: BTreeSet<(usize, Relation)>,
    spawned: usize,
}

/// A message that must come.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    pub(crate) message: Message,
    /// Whether its place among the messages of its type is promised.
    pub(crate) in_order: bool,
}

/// A snapshot type that is tracked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tracked {
    pub(super) snapshot: Type,
    pub(super) removals: bool,
    pub(super) ignores_despawns: bool,
}

/// What comes to pass and is worth a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    /// The dead are to be deleted or despawned.
    NotSpawned,
    /// A delete is refused because of the protected.
    Refused,
    /// A bulk delete leaves a tree alone.
    LeftAlone,
    /// Of what a delete was to take, an observer or a hook has taken something before.
    TakenEarly,
    /// Something was linked to what a delete takes, while it did.
    Late,
    /// An observer or a hook deletes while a delete is under way.
    Nested,
    /// A delete takes a cycle.
    Cycle,
}

impl Event {
    pub(crate) const ALL: [Self; 7] = [
        Self::NotSpawned,
        Self::Refused,
        Self::LeftAlone,
        Self::TakenEarly,
        Self::Late,
        Self::Nested,
        Self::Cycle,
    ];
}

impl Model {
    pub(crate) fn new(program: &Program) -> Self {
        let tracked = |snapshot| Tracked {
            snapshot,
            removals: program.removals,
            ignores_despawns: false,
        };
        Self {
            beings: BTreeMap::new(),
            hook_calls: 0,
            events: BTreeMap::new(),
            tracked: program.tracked.iter().copied().map(tracked).collect(),
            pending: Vec::new(),
            avengers: VecDeque::new(),
            operations: 0,
            named: BTreeMap::new(),
            dead_links: BTreeSet::new(),
            spawned: 0,
        }
    }

    pub(crate) fn cast(&self) -> Cast {
        let (living, dead) = (0..self.spawned).partition(|entity| self.lives(*entity));
        Cast { living, dead }
    }

    /// Does the step. Returns what its deletes give back and the messages that are told.
    ///
    /// `matches`: what a sweep finds, in the order in which a query finds it.
    pub(crate) fn step(&mut self, step: &Step, cast: &Cast, matches: &[usize]) -> (Vec<Outcome>, Vec<Expected>) {
        let mut outcomes = Vec::new();
        let mut told = Vec::new();
        match step {
            Step::Spawn { after, parts, related } => {
                if let Some(before) = after.and_then(|whom| cast.pick(whom)) {
                    self.despawn(before, None);
                }
                let entity = self.spawned;
                self.spawned += 1;
                self.beings.insert(entity, Being::default());
                for (part, value) in parts {
                    self.insert(entity, *part, *value);
                }
                if let Some((relation, Some(target))) = related.map(|(relation, whom)| (relation, cast.pick(whom))) {
                    self.relate(entity, relation, target);
                }
            }
            Step::Insert(whom, part, value) => {
                if let Some(entity) = cast.pick(*whom) {
                    self.insert(entity, *part, *value);
                }
            }
            Step::Remove(whom, part) => {
                if let Some(entity) = cast.pick(*whom) {
                    self.remove(entity, *part, None);
                }
            }
            Step::Relate(source, relation, target) => {
                if let (Some(source), Some(target)) = (cast.pick(*source), cast.pick(*target)) {
                    self.relate(source, *relation, target);
                }
            }
            Step::Unrelate(whom, relation) => {
                if let Some(entity) = cast.pick(*whom) {
                    self.unrelate(entity, *relation);
                }
            }
            Step::Take(first, taking, second) => {
                if let (Some(first), Some(second)) = (cast.pick(*first), cast.pick(*second)) {
                    self.being(first).takes = Some((*taking, second));
                }
            }
            Step::Kill(kill, _) => outcomes = self.kill(kill, cast),
            Step::Sweep(sweep, _, _) => outcomes.extend(self.sweep(*sweep, matches)),
            Step::Frame(kills) | Step::Tick(kills) => {
                for kill in kills {
                    self.kill(kill, cast);
                }
                told = self.publish();
            }
            Step::Publish => told = self.publish(),
            Step::Track(snapshot, tracking) => self.track(*snapshot, *tracking),
            Step::Untrack(snapshot) => {
                self.tracked.retain(|tracked| tracked.snapshot != *snapshot);
                self.pending.retain(|pending| pending.message.snapshot != *snapshot);
            }
            Step::Watch(_) => {}
            Step::Avenge(whom) => self.avengers.extend(cast.pick(*whom)),
        }
        (outcomes, told)
    }

    fn track(&mut self, snapshot: Type, tracking: Tracking) {
        let known = self.tracked.iter().position(|tracked| tracked.snapshot == snapshot);
        let place = known.unwrap_or(self.tracked.len());
        if known.is_none() {
            self.tracked.push(Tracked {
                snapshot,
                removals: false,
                ignores_despawns: false,
            });
        }
        match tracking {
            Tracking::Plainly => {}
            Tracking::WithRemovals => self.tracked[place].removals = true,
            Tracking::IgnoringDespawns => self.tracked[place].ignores_despawns = true,
            Tracking::WithDespawns => self.tracked[place].ignores_despawns = false,
        }
    }

    fn insert(&mut self, entity: usize, part: Part, value: u32) {
        self.end_value(entity, part, DeleteKind::Replace, None);
        self.being(entity).parts.insert(part, part.keep(value));
    }

    pub(super) fn remove(&mut self, entity: usize, part: Part, open: Option<Open>) {
        self.end_value(entity, part, DeleteKind::Remove, open);
        if let Some(being) = self.beings.get_mut(&entity) {
            being.parts.remove(&part);
        }
    }

    /// Nobody is related to itself or to the dead: who is made so is related to nobody.
    pub(super) fn relate(&mut self, source: usize, relation: Relation, target: usize) {
        self.unrelate(source, relation);
        if source != target && self.beings.contains_key(&target) {
            self.being(source).targets.insert(relation, target);
            self.being(target).sources.entry(relation).or_default().push(source);
        }
    }

    pub(super) fn unrelate(&mut self, source: usize, relation: Relation) {
        self.dead_links.remove(&(source, relation));
        if let Some(target) = self.being(source).targets.remove(&relation) {
            let target = self.being(target);
            let sources = target.sources.entry(relation).or_default();
            sources.retain(|other| *other != source);
            if sources.is_empty() {
                target.sources.remove(&relation);
            }
        }
    }

    /// What a sweep has to find: like any query, none of the disabled where they are not asked for.
    pub(crate) fn matches(&self, sweep: Sweep, filter: Filter) -> Vec<usize> {
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
                && (is_even || !sweep.is_conditional())
        };
        let matches = self.beings.iter().filter(|(_, being)| is_match(&being.parts));
        matches.map(|(entity, _)| *entity).collect()
    }

    pub(super) fn sources(&self, target: usize, relation: Relation) -> Vec<usize> {
        let sources = self.beings.get(&target).and_then(|being| being.sources.get(&relation));
        sources.cloned().unwrap_or_default()
    }

    pub(super) fn lives(&self, entity: usize) -> bool {
        self.beings.contains_key(&entity)
    }

    pub(super) fn being(&mut self, entity: usize) -> &mut Being {
        self.beings.get_mut(&entity).expect("it lives")
    }

    pub(super) fn note(&mut self, event: Event) {
        *self.events.entry(event).or_default() += 1;
    }
}

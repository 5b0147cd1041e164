//! How things end in the model.
//!
//! It rests on three rules. A delete takes the linked tree, from its leaves up and from the last source to the first.
//! A despawn takes the entity, and then, one after the other and each with all that follows from it, what is linked to
//! it. And whenever one entity is gone, what its hooks and observers have asked for is done at once.

use std::collections::{BTreeMap, BTreeSet};

use bevy_post_delete::prelude::DeleteKind;

use super::{
    expected::{Event, Expected, Model},
    picture::{ASKED, AVENGED, Message, Outcome, Plan, Report, TAKEN},
    program::{Cast, Fate, Kill, Part, Relation, Sweep, Taker, Type, Way},
};

/// A delete that is under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    operation: u64,
    /// The named entity whose tree is deleted.
    root: usize,
    reason: Option<&'static str>,
}

/// What is to be done as soon as an entity is gone.
#[derive(Debug, Clone, Copy)]
struct Errand {
    fate: Fate,
    entity: usize,
    /// The parent of the one that is gone.
    parent: Option<usize>,
}

impl Model {
    /// What a delete of this entity would take.
    pub(crate) fn plan(&self, entity: usize) -> Option<Plan> {
        self.beings.get(&entity)?;
        let mut entities = Vec::new();
        self.walk(entity, &mut BTreeSet::new(), &mut entities);
        let protected = entities.iter().copied().filter(|entity| self.is_protected(*entity));
        Some(Plan {
            protected: protected.collect(),
            entities,
        })
    }

    /// The linked tree from its leaves up, and from the last source to the first.
    fn walk(&self, entity: usize, visited: &mut BTreeSet<usize>, order: &mut Vec<usize>) {
        if visited.insert(entity) {
            for source in self.linked(entity).into_iter().rev() {
                self.walk(source, visited, order);
            }
            order.push(entity);
        }
    }

    /// What is linked to an entity. Between several relations no order is promised; theirs is that of registration.
    fn linked(&self, entity: usize) -> Vec<usize> {
        let linked = Relation::ALL.into_iter().filter(|relation| relation.is_linked());
        linked.flat_map(|relation| self.sources(entity, relation)).collect()
    }

    /// The end of each of these, one after the other.
    pub(super) fn kill(&mut self, kill: &Kill, cast: &Cast) -> Vec<Outcome> {
        let entities = cast.pick_all(&kill.whom);
        if kill.way == Way::DeleteBatch {
            return vec![self.delete_trees(entities, None)];
        }
        let mut outcomes = Vec::new();
        for entity in entities {
            if !self.lives(entity) {
                self.note(Event::NotSpawned);
            }
            match kill.way {
                Way::DeleteBatch => {}
                Way::Delete | Way::TryDelete => outcomes.push(self.delete(entity, None)),
                Way::DeleteWith => outcomes.push(self.delete(entity, Some(ASKED))),
                Way::DeleteRelated(relation) => {
                    let sources = self.sources(entity, relation);
                    outcomes.push(self.delete_trees(sources.into_iter().rev(), None));
                }
                Way::Despawn | Way::TryDespawn => self.despawn(entity, None),
                Way::DespawnRelated(relation) => {
                    for source in self.sources(entity, relation) {
                        self.despawn(source, None);
                    }
                }
            }
        }
        outcomes
    }

    fn delete(&mut self, entity: usize, reason: Option<&'static str>) -> Outcome {
        let Some(plan) = self.plan(entity) else {
            return Outcome::NotSpawned;
        };
        if !plan.protected.is_empty() {
            self.note(Event::Refused);
            return Outcome::Protected(plan.protected);
        }
        self.take_down(
            &[entity],
            reason,
            plan.entities.into_iter().map(|target| (target, entity)).collect(),
        )
    }

    fn delete_trees(&mut self, roots: impl IntoIterator<Item = usize>, reason: Option<&'static str>) -> Outcome {
        let mut order: Vec<(usize, usize)> = Vec::new();
        let roots: Vec<_> = roots.into_iter().collect();
        for &root in &roots {
            let mut tree = self.plan(root).map_or(Vec::new(), |plan| plan.entities);
            tree.retain(|entity| order.iter().all(|(ordered, _)| ordered != entity));
            if tree.iter().any(|entity| self.is_protected(*entity)) {
                self.note(Event::LeftAlone);
            } else {
                order.extend(tree.into_iter().map(|entity| (entity, root)));
            }
        }
        self.take_down(&roots, reason, order)
    }

    /// All that match go, the last first.
    pub(super) fn sweep(&mut self, sweep: Sweep, matches: &[usize]) -> Option<Outcome> {
        let last_first = matches.iter().rev().copied();
        let reason = (sweep == Sweep::DeleteAllWith).then_some(ASKED);
        if sweep.is_delete() {
            return Some(self.delete_trees(last_first, reason));
        }
        // Bevy has everybody gone before anybody's errands are run.
        let mut errands = Vec::new();
        for entity in last_first {
            errands.extend(self.leave(entity, None, None));
        }
        self.run(errands, None);
        None
    }

    /// Takes these, in this order, as one operation.
    fn take_down(&mut self, named: &[usize], reason: Option<&'static str>, order: Vec<(usize, usize)>) -> Outcome {
        let mut open = self.open(named, reason);
        let mut planned = order.iter().map(|(entity, _)| *entity).collect();
        let mut taken = 0;
        for (entity, root) in order {
            open.root = if named.contains(&entity) { entity } else { root };
            taken += self.take_in_turn(entity, open, &mut planned, 0);
        }
        self.report(open, taken)
    }

    /// Takes an entity whose turn it is, and before it what was linked to it since. Returns how many that were, by
    /// whosever hand.
    ///
    /// So often as entities of a further `generation` join it, they go first.
    fn take_in_turn(
        &mut self,
        entity: usize,
        open: Open,
        planned: &mut BTreeSet<usize>,
        mut generation: usize,
    ) -> usize {
        if !self.lives(entity) {
            self.note(Event::TakenEarly);
            return 1;
        }
        let mut taken = 0;
        loop {
            let mut late = Vec::new();
            for source in self.linked(entity).into_iter().rev() {
                self.walk(source, planned, &mut late);
            }
            if late.is_empty() || generation == 8 {
                taken += late.len();
                break;
            }
            generation += 1;
            for late in late {
                self.note(Event::Late);
                let root = if self.is_named(open, late) { late } else { open.root };
                taken += self.take_in_turn(late, Open { root, ..open }, planned, generation);
            }
        }
        if self.lives(entity) {
            let errands = self.leave(entity, Some(open), Some(planned));
            self.run(errands, Some(open));
        }
        taken + 1
    }

    pub(super) fn despawn(&mut self, entity: usize, open: Option<Open>) {
        if self.lives(entity) {
            let errands = self.leave(entity, open, None);
            self.run(errands, open);
        }
    }

    /// The end of one entity: it is captured for all that is tracked, then it is gone. Returns what follows from it.
    ///
    /// `planned`: where a delete takes it in its turn, what that has taken before or will.
    fn leave(&mut self, entity: usize, open: Option<Open>, planned: Option<&BTreeSet<usize>>) -> Vec<Errand> {
        for tracked in self.tracked.clone() {
            if open.is_some() || !tracked.ignores_despawns {
                self.capture(tracked.snapshot, entity, None, open, planned.is_some());
            }
        }
        let parent = self.being(entity).targets.get(&Relation::ChildOf).copied();
        for relation in Relation::ALL {
            self.unrelate(entity, relation);
        }
        let being = self.beings.remove(&entity).unwrap();
        self.hook_calls += usize::from(being.parts.contains_key(&Part::Hooked));
        let mut errands = Vec::new();
        for (relation, sources) in being.sources {
            for source in sources {
                self.being(source).targets.remove(&relation);
                if relation.is_linked() {
                    self.dead_links.insert((source, relation));
                }
                match planned {
                    _ if !relation.is_linked() => {}
                    Some(planned) if planned.contains(&source) => self.note(Event::Cycle), // it waits for its turn
                    _ => errands.push((Fate::Despawned, source)),
                }
            }
        }
        if let Some((taking, other)) = being.takes {
            // Bevy runs observers of the despawn before all hooks of it, and relations' hooks before this one.
            let is_first = taking.by == Taker::DespawnObserver;
            errands.insert(if is_first { 0 } else { errands.len() }, (taking.how, other));
        }
        let errand = |(fate, entity)| Errand { fate, entity, parent };
        errands.into_iter().map(errand).collect()
    }

    fn run(&mut self, errands: Vec<Errand>, open: Option<Open>) {
        for Errand { fate, entity, parent } in errands {
            match fate {
                Fate::Deleted => {
                    let outcome = self.delete(entity, Some(TAKEN));
                    if open.is_some() && matches!(outcome, Outcome::Gone(_)) {
                        self.note(Event::Nested);
                    }
                }
                Fate::Despawned => self.despawn(entity, open),
                Fate::Stripped => self.remove(entity, Part::Tabled, open),
                Fate::Adopted => {
                    if let (Some(parent), Some(below)) = (parent, self.plan(entity))
                        && !below.entities.contains(&parent)
                    {
                        self.relate(entity, Relation::ChildOf, parent);
                    }
                }
            }
        }
    }

    /// A value goes, if there is one, while its entity lives on.
    pub(super) fn end_value(&mut self, entity: usize, part: Part, removal: DeleteKind, open: Option<Open>) {
        if self
            .beings
            .get(&entity)
            .is_some_and(|being| being.parts.contains_key(&part))
        {
            for tracked in self.tracked.clone() {
                if tracked.removals && tracked.snapshot.part() == part {
                    self.capture(tracked.snapshot, entity, Some(removal), open, false);
                }
            }
        }
    }

    /// Captures a snapshot of an entity that goes, or, if it is a removal, of a value that does.
    fn capture(
        &mut self,
        snapshot: Type,
        entity: usize,
        removal: Option<DeleteKind>,
        open: Option<Open>,
        in_order: bool,
    ) {
        let Some(value) = remember(snapshot, &mut self.being(entity).parts) else {
            return;
        };
        let (kind, root) = match (removal, open) {
            (Some(removal), _) => (removal, None),
            (None, None) if self.dead_links.iter().any(|(source, _)| *source == entity) => (DeleteKind::Cascade, None),
            (None, None) => (DeleteKind::Despawn, None),
            (None, Some(open)) if self.is_named(open, entity) => (DeleteKind::Direct, Some(entity)),
            (None, Some(open)) => (DeleteKind::Cascade, Some(open.root)),
        };
        let message = Message {
            snapshot,
            entity,
            value,
            kind,
            root,
            reason: open.and_then(|open| open.reason),
            operation: open.map_or(0, |open| open.operation),
        };
        self.pending.push(Expected { message, in_order });
    }

    /// What is pending is told. What receivers delete meanwhile waits for the next time.
    pub(super) fn publish(&mut self) -> Vec<Expected> {
        let told = std::mem::take(&mut self.pending);
        for _ in told.iter().filter(|told| told.message.snapshot == Type::Marked) {
            if let Some(avenger) = self.avengers.pop_front() {
                self.delete(avenger, Some(AVENGED));
            }
        }
        told
    }

    fn open(&mut self, named: &[usize], reason: Option<&'static str>) -> Open {
        self.operations += 1;
        self.named.insert(self.operations, named.to_vec());
        Open {
            operation: self.operations,
            root: named.first().copied().unwrap_or(usize::MAX),
            reason,
        }
    }

    /// Whether the call that is open has named this entity.
    fn is_named(&self, open: Open, entity: usize) -> bool {
        self.named[&open.operation].contains(&entity)
    }

    fn report(&self, open: Open, entities: usize) -> Outcome {
        let pending = self.pending.iter().map(|pending| &pending.message);
        let mut counts = BTreeMap::new();
        for message in pending.filter(|message| message.operation == open.operation) {
            *counts.entry(message.snapshot).or_default() += 1;
        }
        Outcome::Gone(Report {
            operation: open.operation,
            entities,
            counts,
        })
    }

    fn is_protected(&self, entity: usize) -> bool {
        self.beings[&entity].parts.contains_key(&Part::Protected)
    }
}

/// What a snapshot type remembers of an entity with these parts, if anything.
fn remember(snapshot: Type, parts: &mut BTreeMap<Part, u32>) -> Option<u32> {
    match snapshot {
        Type::Tabled | Type::Sparse | Type::Marked | Type::Hooked => parts.get(&snapshot.part()).copied(),
        Type::Unloaded => parts.get_mut(&Part::Cargo).map(std::mem::take),
        Type::Joined => Some(parts.get(&Part::Tabled)? * 1000 + parts.get(&Part::Plain)?),
        Type::Even => parts
            .get(&Part::Tabled)
            .copied()
            .filter(|value| value.is_multiple_of(2)),
    }
}

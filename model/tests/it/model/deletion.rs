//! Deletes and despawns in the model.
//!
//! There are three rules. A delete despawns the linked tree, descendants before ancestors and later siblings before
//! earlier ones. A despawn despawns the entity, and then what is linked to it, one after the other. And the commands
//! that the hooks and observers of a despawn queue are applied as soon as that one entity is despawned.

use std::collections::{BTreeMap, BTreeSet};

use bevy_post_delete::prelude::DeleteKind;

use super::{
    expected::{Event, Expected, Model},
    program::{
        Access, Bulk, Choices, Deletion, Effect, Method, Part, REPLACEMENT, ReactionSource, Relation, Step, Type,
    },
    state::{Message, Outcome, Plan, REACTION, RECEIVED, REQUESTED, Report},
};

/// The cause of a delete: its reason and its instigator.
type Cause = Option<(&'static str, Option<usize>)>;

/// The active deletion.
#[derive(Debug, Clone, Copy)]
pub(super) struct Active {
    operation: u64,
    /// The named entity whose tree is deleted.
    root: usize,
    cause: Cause,
}

/// A command that is applied as soon as an entity is despawned.
#[derive(Debug, Clone, Copy)]
struct Command {
    effect: Effect,
    entity: usize,
    /// The despawned entity.
    instigator: usize,
    /// The parent of the despawned entity.
    parent: Option<usize>,
}

impl Model {
    /// Returns the plan of a delete of this entity.
    pub(crate) fn plan(&self, entity: usize) -> Option<Plan> {
        self.entities.get(&entity)?;
        let mut entities = Vec::new();
        self.visit(entity, &mut BTreeSet::new(), &mut entities);
        let protected = entities.iter().copied().filter(|entity| self.is_protected(*entity));
        Some(Plan {
            protected: protected.collect(),
            entities,
        })
    }

    /// Returns the entities that the deletes of a step would despawn, if it does not make them by commands.
    pub(crate) fn planned(&self, step: &Step, choices: &Choices, matches: &[usize]) -> BTreeSet<usize> {
        let roots = match step {
            Step::Deletion(deletion, Access::World) if deletion.method.is_delete() => {
                let mut entities = choices.pick_all(&deletion.entities);
                if deletion.method != Method::DeleteBatch {
                    // If a delete panics, those of the entities after it do not start.
                    entities.truncate(1);
                }
                entities
            }
            Step::Bulk(bulk, _, Access::World) if bulk.is_delete() => matches.to_vec(),
            _ => Vec::new(),
        };
        let plans = roots.into_iter().filter_map(|root| self.plan(root));
        let plans = plans.filter(|plan| plan.protected.is_empty());
        plans.flat_map(|plan| plan.entities).collect()
    }

    /// Adds the linked tree in deletion order.
    fn visit(&self, entity: usize, visited: &mut BTreeSet<usize>, order: &mut Vec<usize>) {
        if visited.insert(entity) {
            for source in self.linked(entity).into_iter().rev() {
                self.visit(source, visited, order);
            }
            order.push(entity);
        }
    }

    /// Returns the entities that are linked to this one. The order of several relationships is not guaranteed. It is
    /// the order of their registration.
    fn linked(&self, entity: usize) -> Vec<usize> {
        let linked = Relation::ALL.into_iter().filter(|relation| relation.is_linked());
        linked.flat_map(|relation| self.sources(entity, relation)).collect()
    }

    /// Deletes or despawns these entities. Returns what the deletes return.
    pub(super) fn delete_each(&mut self, deletion: &Deletion, choices: &Choices) -> Vec<Outcome> {
        let entities = choices.pick_all(&deletion.entities);
        let cause = Some((REQUESTED, entities.first().copied()));
        if deletion.method == Method::DeleteBatch {
            return vec![self.delete_trees(entities, None)];
        }
        let mut outcomes = Vec::new();
        for entity in entities {
            if !self.is_spawned(entity) {
                self.count(Event::NotSpawned);
            }
            match deletion.method {
                Method::DeleteBatch => {}
                Method::Delete | Method::TryDelete => outcomes.push(self.delete(entity, None)),
                Method::DeleteWith => outcomes.push(self.delete(entity, cause)),
                Method::DeleteRelated(relation) => outcomes.push(self.delete_related(entity, relation, None)),
                Method::Despawn | Method::TryDespawn => self.despawn(entity, None),
                Method::DespawnRelated(relation) => {
                    for source in self.sources(entity, relation) {
                        self.despawn(source, None);
                    }
                }
            }
        }
        outcomes
    }

    fn delete(&mut self, entity: usize, cause: Cause) -> Outcome {
        let Some(plan) = self.plan(entity) else {
            return Outcome::NotSpawned;
        };
        if !plan.protected.is_empty() {
            self.count(Event::Refused);
            return Outcome::Protected(plan.protected);
        }
        let order = plan.entities.into_iter().map(|target| (target, entity)).collect();
        self.delete_targets(&[entity], cause, order)
    }

    fn delete_related(&mut self, entity: usize, relation: Relation, cause: Cause) -> Outcome {
        let sources = self.sources(entity, relation);
        self.delete_trees(sources.into_iter().rev(), cause)
    }

    fn delete_trees(&mut self, roots: impl IntoIterator<Item = usize>, cause: Cause) -> Outcome {
        let mut order: Vec<(usize, usize)> = Vec::new();
        let roots: Vec<_> = roots.into_iter().collect();
        for &root in &roots {
            let mut tree = self.plan(root).map_or(Vec::new(), |plan| plan.entities);
            tree.retain(|entity| order.iter().all(|(ordered, _)| ordered != entity));
            if tree.iter().any(|entity| self.is_protected(*entity)) {
                self.count(Event::Skipped);
            } else {
                order.extend(tree.into_iter().map(|entity| (entity, root)));
            }
        }
        self.delete_targets(&roots, cause, order)
    }

    /// Deletes all matches, the last one first.
    pub(super) fn delete_bulk(&mut self, bulk: Bulk, matches: &[usize], choices: &Choices) -> Option<Outcome> {
        let reversed = matches.iter().rev().copied();
        let cause = (bulk == Bulk::DeleteAllWith).then_some((REQUESTED, choices.spawned.first().copied()));
        if bulk.is_delete() {
            return Some(self.delete_trees(reversed, cause));
        }
        // Bevy despawns all matches before it applies commands.
        let mut commands = Vec::new();
        for entity in reversed {
            commands.extend(self.despawn_alone(entity, None, None));
        }
        self.apply(commands, None);
        None
    }

    /// Deletes these entities, each with its root, in this order and as one operation.
    fn delete_targets(&mut self, named: &[usize], cause: Cause, order: Vec<(usize, usize)>) -> Outcome {
        let mut active = self.activate(named, cause);
        let mut planned = order.iter().map(|(entity, _)| *entity).collect();
        let mut count = 0;
        for (entity, root) in order {
            active.root = if named.contains(&entity) { entity } else { root };
            count += self.delete_target(entity, active, &mut planned, 0);
        }
        self.report(active, count)
    }

    /// Deletes a target, and before it the entities that were linked to it since. Returns the number of all of them,
    /// whatever has despawned them.
    ///
    /// After some generations of joined entities, targets are deleted before the entities that join them.
    fn delete_target(
        &mut self,
        entity: usize,
        active: Active,
        planned: &mut BTreeSet<usize>,
        mut generation: usize,
    ) -> usize {
        if !self.is_spawned(entity) {
            self.count(Event::DespawnedEarly);
            return 1;
        }
        let mut count = 0;
        loop {
            self.unlink_planned(entity, planned);
            let mut joined = Vec::new();
            for source in self.linked(entity).into_iter().rev() {
                self.visit(source, planned, &mut joined);
            }
            if joined.is_empty() || generation == 8 {
                count += joined.len();
                break;
            }
            generation += 1;
            for joined in joined {
                self.count(Event::Joined);
                let root = if self.is_named(active, joined) {
                    joined
                } else {
                    active.root
                };
                count += self.delete_target(joined, Active { root, ..active }, planned, generation);
            }
        }
        if self.is_spawned(entity) {
            let commands = self.despawn_alone(entity, Some(active), Some(planned));
            self.apply(commands, Some(active));
        }
        count + 1
    }

    /// Removes the links of entities whose turn comes after that of their target: they close a cycle. A child keeps its
    /// `ChildOf`.
    fn unlink_planned(&mut self, target: usize, planned: &BTreeSet<usize>) {
        for relation in Relation::ALL.into_iter().filter(|relation| relation.is_linked()) {
            for source in self.sources(target, relation) {
                if planned.contains(&source) {
                    self.count(Event::Cycle);
                    self.unrelate(source, relation);
                    if relation == Relation::ChildOf {
                        self.dead_links.insert((source, relation), target);
                    }
                }
            }
        }
    }

    pub(super) fn despawn(&mut self, entity: usize, active: Option<Active>) {
        if self.is_spawned(entity) {
            let commands = self.despawn_alone(entity, active, None);
            self.apply(commands, active);
        }
    }

    /// Captures one entity for all tracked types, and despawns it. Returns the commands that follow.
    ///
    /// `planned`: the targets of the delete, if this is one of them.
    fn despawn_alone(
        &mut self,
        entity: usize,
        active: Option<Active>,
        planned: Option<&BTreeSet<usize>>,
    ) -> Vec<Command> {
        for snapshot in self.tracked_types() {
            if active.is_some() || !self.tracked[&snapshot].ignores_despawns {
                self.capture(snapshot, entity, None, active, planned.is_some());
            }
        }
        let parent = self.entity_mut(entity).targets.get(&Relation::ChildOf).copied();
        for relation in Relation::ALL {
            self.unrelate(entity, relation);
        }
        let state = self.entities.remove(&entity).unwrap();
        self.hook_calls += usize::from(state.parts.contains_key(&Part::Hooked));
        let mut commands = Vec::new();
        for (relation, sources) in state.sources {
            for source in sources {
                self.entity_mut(source).targets.remove(&relation);
                let is_planned = planned.is_some_and(|planned| planned.contains(&source));
                if relation.is_linked() && is_planned {
                    self.count(Event::Cycle);
                } else if relation.is_linked() {
                    self.dead_links.insert((source, relation), entity);
                    commands.push((Effect::Despawn, source));
                }
            }
        }
        if let Some((reaction, other)) = state.reaction {
            // Bevy runs observers of the despawn before all its hooks, and the hooks of relationships before this one.
            let is_first = reaction.source == ReactionSource::DespawnObserver;
            let position = if is_first { 0 } else { commands.len() };
            commands.insert(position, (reaction.effect, other));
        }
        let command = |(effect, other)| Command {
            effect,
            entity: other,
            instigator: entity,
            parent,
        };
        commands.into_iter().map(command).collect()
    }

    fn apply(&mut self, commands: Vec<Command>, active: Option<Active>) {
        for command in commands {
            let Command { entity, parent, .. } = command;
            let cause = Some((REACTION, Some(command.instigator)));
            match command.effect {
                Effect::Delete => {
                    let outcome = self.delete(entity, cause);
                    if active.is_some() && matches!(outcome, Outcome::Deleted(_)) {
                        self.count(Event::Nested);
                    }
                }
                Effect::DeleteChildren => _ = self.delete_related(entity, Relation::ChildOf, cause),
                Effect::Despawn => self.despawn(entity, active),
                Effect::Remove => self.remove(entity, Part::Tabled, active),
                Effect::Replace => {
                    if self.is_spawned(entity) {
                        if active.is_some() && self.entity_mut(entity).parts.contains_key(&Part::Tabled) {
                            self.count(Event::Replaced);
                        }
                        self.insert(entity, Part::Tabled, REPLACEMENT, active);
                    }
                }
                Effect::Reparent => {
                    if let (Some(parent), Some(tree)) = (parent, self.plan(entity))
                        && !tree.entities.contains(&parent)
                    {
                        self.relate(entity, Relation::ChildOf, parent);
                    }
                }
            }
        }
    }

    /// Captures a value that leaves a living entity, if there is one.
    pub(super) fn capture_removed(&mut self, entity: usize, part: Part, kind: DeleteKind, active: Option<Active>) {
        let state = self.entities.get(&entity);
        if state.is_some_and(|state| state.parts.contains_key(&part)) {
            for snapshot in self.tracked_types() {
                if self.tracked[&snapshot].removals && snapshot.part() == Some(part) {
                    self.capture(snapshot, entity, Some(kind), active, false);
                }
            }
        }
    }

    /// Captures a snapshot of an entity that is despawned, or loses a value.
    fn capture(
        &mut self,
        snapshot: Type,
        entity: usize,
        removal: Option<DeleteKind>,
        active: Option<Active>,
        is_ordered: bool,
    ) {
        let Some((value, target)) = self.take_snapshot(snapshot, entity) else {
            return;
        };
        let is_linked_to_dead = self.dead_links.keys().any(|(source, _)| *source == entity);
        let (kind, root) = match (removal, active) {
            (Some(removal), _) => (removal, None),
            (None, None) if is_linked_to_dead => (DeleteKind::Cascade, None),
            (None, None) => (DeleteKind::Despawn, None),
            (None, Some(active)) if self.is_named(active, entity) => (DeleteKind::Direct, Some(entity)),
            (None, Some(active)) => (DeleteKind::Cascade, Some(active.root)),
        };
        let cause = active.and_then(|active| active.cause);
        let message = Message {
            snapshot,
            entity,
            value,
            target,
            kind,
            root,
            reason: cause.map(|(reason, _)| reason),
            instigator: cause.and_then(|(_, instigator)| instigator),
            operation: active.map_or(0, |active| active.operation),
        };
        self.pending.push(Expected { message, is_ordered });
    }

    /// Returns the value that a snapshot contains, and the target of a relationship.
    fn take_snapshot(&mut self, snapshot: Type, entity: usize) -> Option<(u32, Option<usize>)> {
        let dead = self.dead_links.get(&(entity, Relation::ChildOf)).copied();
        let state = self.entity_mut(entity);
        let parts = &mut state.parts;
        let value = match snapshot {
            Type::Tabled => *parts.get(&Part::Tabled)?,
            Type::Sparse => *parts.get(&Part::Sparse)?,
            Type::Marked => *parts.get(&Part::Marked)?,
            Type::Hooked => *parts.get(&Part::Hooked)?,
            Type::Unloaded => std::mem::take(parts.get_mut(&Part::Cargo)?),
            Type::Joined => parts.get(&Part::Tabled)? * 1000 + parts.get(&Part::Plain)?,
            Type::Even => *parts.get(&Part::Tabled).filter(|value| value.is_multiple_of(2))?,
            Type::Child => {
                let target = state.targets.get(&Relation::ChildOf).copied();
                return target.or(dead).map(|target| (0, Some(target)));
            }
            Type::Parent => return None,
        };
        Some((value, None))
    }

    /// Publishes the pending messages. Entities that receivers delete meanwhile are published by the next publish.
    pub(super) fn publish(&mut self) -> Vec<Expected> {
        let mut published = std::mem::take(&mut self.pending);
        published.sort_by_key(|expected| expected.message.snapshot);
        // The messages of each type are sorted by operation. Those of despawns keep their place.
        for of_type in published.chunk_by_mut(|one, next| one.message.snapshot == next.message.snapshot) {
            for run in of_type.split_mut(|expected| expected.message.operation == 0) {
                run.sort_by_key(|expected| expected.message.operation);
            }
        }
        for expected in published
            .iter()
            .filter(|expected| expected.message.snapshot == Type::Marked)
        {
            if let Some(entity) = self.deleted_on_publish.pop_front() {
                self.delete(entity, Some((RECEIVED, Some(expected.message.entity))));
            }
        }
        published
    }

    fn activate(&mut self, named: &[usize], cause: Cause) -> Active {
        self.operations += 1;
        self.named.insert(self.operations, named.to_vec());
        Active {
            operation: self.operations,
            root: named.first().copied().unwrap_or(usize::MAX),
            cause,
        }
    }

    /// Whether the active deletion names this entity.
    fn is_named(&self, active: Active, entity: usize) -> bool {
        self.named[&active.operation].contains(&entity)
    }

    fn report(&self, active: Active, entities: usize) -> Outcome {
        let pending = self.pending.iter().map(|pending| &pending.message);
        let mut counts = BTreeMap::new();
        for message in pending.filter(|message| message.operation == active.operation) {
            *counts.entry(message.snapshot).or_default() += 1;
        }
        Outcome::Deleted(Report {
            operation: active.operation,
            entities,
            counts,
        })
    }

    fn is_protected(&self, entity: usize) -> bool {
        self.entities[&entity].parts.contains_key(&Part::Protected)
    }
}

//! The state of a world, with numbers for entities.

use std::{
    any::type_name,
    collections::{BTreeMap, BTreeSet},
};

use bevy_ecs::{prelude::*, relationship::Relationship};
use bevy_post_delete::prelude::*;

use super::{
    components::{HookCalls, of_part, of_relation, part_of},
    program::{Part, Relation},
    reactions::Reacts,
    real::Real,
    state::{EntityState, Message, Plan},
};

impl Real {
    /// Returns the state of all entities that are spawned.
    pub(crate) fn states(&self) -> BTreeMap<usize, EntityState> {
        let world = self.app.world();
        let states = self.entities.iter().enumerate();
        states
            .filter_map(|(number, entity)| Some((number, self.state(world.get_entity(*entity).ok()?))))
            .collect()
    }

    fn state(&self, entity: EntityRef<'_>) -> EntityState {
        let mut state = EntityState::default();
        for part in Part::ALL {
            let value = part_of(entity, part).map(|(value, _)| value);
            state.parts.extend(value.map(|value| (part, value)));
        }
        for relation in Relation::ALL {
            let (target, sources) = of_relation!(relation, R => related::<R>(entity));
            let target = target.map(|target| (relation, self.numbers[&target]));
            state.targets.extend(target);
            let sources = sources.map(|sources| (relation, self.numbers_of(&sources)));
            state.sources.extend(sources);
        }
        let reacts = entity.get::<Reacts>();
        state.reaction = reacts.map(|reacts| (reacts.reaction, self.numbers[&reacts.other]));
        state
    }

    /// Returns the plan of a delete of this entity.
    pub(crate) fn plan(&self, entity: usize) -> Option<Plan> {
        let plan = self.app.world().plan_delete(self.entities[entity]).ok()?;
        Some(Plan {
            entities: self.numbers_of(plan.entities()),
            protected: self.numbers_of(plan.protected()),
        })
    }

    /// Checks that a delete of these entities, which has panicked, has left the survivors their hierarchy.
    pub(crate) fn check_hierarchy(&self, planned: &BTreeSet<usize>) {
        let world = self.app.world();
        for &number in planned {
            let Ok(entity) = world.get_entity(self.entities[number]) else {
                continue;
            };
            // A panicking despawn by other code can leave a child whose parent is despawned.
            if let Some(parent) = entity.get::<ChildOf>().map(ChildOf::parent)
                && world.entities().contains_spawned(parent)
            {
                let siblings = world.get::<Children>(parent).into_iter().flatten();
                let count = siblings.filter(|sibling| **sibling == entity.id()).count();
                assert_eq!(count, 1, "entity {number} is a child of its parent");
            }
            for child in entity.get::<Children>().into_iter().flatten() {
                let parent = world.get::<ChildOf>(*child).map(ChildOf::parent);
                assert_eq!(
                    parent,
                    Some(entity.id()),
                    "a child of entity {number} is a living child"
                );
            }
        }
    }

    pub(crate) fn hook_calls(&self) -> usize {
        self.app.world().resource::<HookCalls>().0
    }

    /// Returns the entities that have lost each component since the trackers were cleared.
    pub(crate) fn removed(&self) -> Vec<(&'static str, Vec<usize>)> {
        let mut removed = Vec::new();
        for part in Part::ALL {
            of_part!(part, P => removed.push(self.removed_of::<P>()));
        }
        for relation in Relation::ALL {
            of_relation!(relation, R => {
                removed.push(self.removed_of::<R>());
                removed.push(self.removed_of::<<R as Relationship>::RelationshipTarget>());
            });
        }
        removed
    }

    fn removed_of<C: Component>(&self) -> (&'static str, Vec<usize>) {
        let removed = self.app.world().removed::<C>();
        let mut removed: Vec<_> = removed
            .filter_map(|entity| self.numbers.get(&entity).copied())
            .collect();
        removed.sort_unstable();
        (type_name::<C>(), removed)
    }

    pub(super) fn numbers_of(&self, entities: &[Entity]) -> Vec<usize> {
        entities.iter().map(|entity| self.numbers[entity]).collect()
    }

    pub(super) fn numbered(&self, message: Message<Entity>) -> Message {
        let number = |entity: Entity| self.numbers[&entity];
        Message {
            snapshot: message.snapshot,
            entity: number(message.entity),
            value: message.value,
            target: message.target.map(number),
            kind: message.kind,
            root: message.root.map(number),
            reason: message.reason,
            instigator: message.instigator.map(number),
            operation: message.operation,
        }
    }
}

/// Returns the target of the entity, and its sources.
fn related<R: Relationship>(entity: EntityRef<'_>) -> (Option<Entity>, Option<Vec<Entity>>) {
    let sources = entity.get::<R::RelationshipTarget>();
    let sources = sources.map(|sources| sources.iter().collect());
    (entity.get::<R>().map(R::get), sources)
}

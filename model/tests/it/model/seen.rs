//! What can be seen of a world, with numbers for entities.

use std::{any::type_name, collections::BTreeMap};

use bevy_ecs::{prelude::*, relationship::Relationship};
use bevy_post_delete::prelude::*;

use super::{
    components::{HookCalls, OfPart, Takes, of_part, of_relation},
    picture::{Being, Message, Plan},
    program::{Part, Relation},
    real::Real,
};

impl Real {
    /// All that lives, as it is.
    pub(crate) fn beings(&self) -> BTreeMap<usize, Being> {
        let world = self.app.world();
        let beings = self.entities.iter().enumerate();
        beings
            .filter_map(|(number, entity)| Some((number, self.being(world.get_entity(*entity).ok()?))))
            .collect()
    }

    fn being(&self, entity: EntityRef<'_>) -> Being {
        let mut being = Being::default();
        for part in Part::ALL {
            let value = of_part!(part, P => entity.get::<P>().map(OfPart::value));
            being.parts.extend(value.map(|value| (part, value)));
        }
        for relation in Relation::ALL {
            let (target, sources) = of_relation!(relation, R => related::<R>(entity));
            being
                .targets
                .extend(target.map(|target| (relation, self.numbers[&target])));
            being
                .sources
                .extend(sources.map(|sources| (relation, self.numbers_of(&sources))));
        }
        let takes = entity.get::<Takes>();
        being.takes = takes.map(|takes| (takes.taking, self.numbers[&takes.other]));
        being
    }

    /// What a delete of this entity would take.
    pub(crate) fn plan(&self, entity: usize) -> Option<Plan> {
        let plan = self.app.world().plan_delete(self.entities[entity]).ok()?;
        Some(Plan {
            entities: self.numbers_of(plan.entities()),
            protected: self.numbers_of(plan.protected()),
        })
    }

    pub(crate) fn hook_calls(&self) -> usize {
        self.app.world().resource::<HookCalls>().0
    }

    /// Who has lost which component since the trackers were cleared.
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
        Message {
            snapshot: message.snapshot,
            entity: self.numbers[&message.entity],
            value: message.value,
            kind: message.kind,
            root: message.root.map(|root| self.numbers[&root]),
            reason: message.reason,
            operation: message.operation,
        }
    }
}

/// What the entity is related to, and what is related to it.
fn related<R: Relationship>(entity: EntityRef<'_>) -> (Option<Entity>, Option<Vec<Entity>>) {
    let sources = entity.get::<R::RelationshipTarget>();
    let sources = sources.map(|sources| sources.iter().collect());
    (entity.get::<R>().map(R::get), sources)
}

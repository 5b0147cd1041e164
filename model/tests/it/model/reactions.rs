//! User code that reacts to the despawn of one entity by changing another.

use bevy_ecs::{lifecycle::HookContext, prelude::*, world::DeferredWorld};
use bevy_post_delete::prelude::*;

use super::{
    faults::{Place, reach_with},
    program::{Effect, Part, REPLACEMENT, Reaction, ReactionSource},
    state::REACTION,
    truth,
};

/// The despawn of its entity affects another one.
#[derive(Component, Clone, Copy)]
#[component(on_despawn = react_in_hook)]
pub(crate) struct Reacts {
    pub(crate) reaction: Reaction,
    pub(crate) other: Entity,
}

fn react_in_hook(mut world: DeferredWorld, context: HookContext) {
    react(&mut world, context.entity, ReactionSource::DespawnHook);
}

pub(crate) fn react_in_despawn_observer(on: On<Despawn<Reacts>>, mut world: DeferredWorld) {
    react(&mut world, on.entity, ReactionSource::DespawnObserver);
}

pub(crate) fn react_in_remove_observer(on: On<Remove<Reacts>>, mut world: DeferredWorld) {
    react(&mut world, on.entity, ReactionSource::RemoveObserver);
}

fn react(world: &mut DeferredWorld, entity: Entity, source: ReactionSource) {
    let Reacts { reaction, other } = *world.get::<Reacts>(entity).unwrap();
    if reaction.source != source {
        return;
    }
    // Bevy despawns the parent first, and its child still has the `ChildOf` then.
    let parent = world.get::<ChildOf>(entity).map(ChildOf::parent);
    let parent = parent.filter(|parent| world.entities().contains_spawned(*parent));
    let mut commands = world.commands();
    commands.queue(|world: &mut World| reach_with(Place::Command, &mut world.commands()));
    match reaction.effect {
        Effect::Delete => commands
            .entity(other)
            .delete_with(DeleteReason::new(REACTION).by(entity)),
        Effect::Despawn => commands.entity(other).try_despawn(),
        Effect::DeleteChildren => {
            _ = commands
                .entity(other)
                .because(DeleteReason::new(REACTION).by(entity))
                .delete_children();
        }
        Effect::Remove => commands.queue(move |world: &mut World| {
            if world.get_entity(other).is_ok() {
                truth::remove(world, other, Part::Tabled);
            }
        }),
        Effect::Replace => commands.queue(move |world: &mut World| {
            if world.get_entity(other).is_ok() {
                truth::insert(world, other, Part::Tabled, REPLACEMENT);
            }
        }),
        Effect::Reparent => commands.queue(move |world: &mut World| {
            if let Some(parent) = parent
                && world
                    .plan_delete(other)
                    .is_ok_and(|tree| !tree.entities().contains(&parent))
            {
                world.entity_mut(other).insert(ChildOf(parent));
            }
        }),
    }
}

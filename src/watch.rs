//! Watching: how the end of a component is noticed.
//!
//! The hook costs half as much as an observer, but a component has only one, and none can be given to a component that
//! entities already have.

use core::marker::PhantomData;

use bevy_ecs::{
    component::{Component, ComponentId},
    entity::Entity,
    lifecycle::{Despawn, Discard},
    observer::{Observer, On},
    query::With,
    world::{DeferredWorld, World},
};
use smallvec::SmallVec;

use crate::{
    capture::{Ending, capture},
    message::DeleteKind,
    pending::Watcher,
    snapshot::Snapshot,
};

/// Gives the component a despawn hook that captures `S`, if it can be given one.
pub(crate) fn hook<S: Snapshot>(world: &mut World, component: ComponentId) -> bool {
    let has_entities = world.archetypes().component_index().contains_key(&component);
    !has_entities
        && world
            .register_component_hooks::<S::Component>()
            .try_on_despawn(|world, context| {
                capture::<S>(world, context.entity, context.caller, Ending::Despawn(Watcher::Hook));
            })
            .is_some()
}

/// Spawns an observer of the component's despawn that captures `S`.
pub(crate) fn observe<S: Snapshot>(world: &mut World, component: ComponentId) {
    // No bundle is named, since the observer is told the component by its id.
    let observer = Observer::new(|on: On<Despawn<()>>, world: DeferredWorld| {
        capture::<S>(world, on.entity, on.caller(), Ending::Despawn(Watcher::Observer));
    });
    spawn_observer::<S>(world, observer.with_component(component));
}

/// Spawns an observer of what else can end the component's value, which captures `S`.
pub(crate) fn observe_removals<S: Snapshot>(world: &mut World, component: ComponentId) {
    let observer = Observer::new(move |on: On<Discard<()>>, world: DeferredWorld| {
        // The entity has no new archetype where it is being despawned, which is captured already.
        if let Some(archetype) = on.trigger().new_archetype {
            let kind = if archetype.contains(component) {
                DeleteKind::Replace
            } else {
                DeleteKind::Remove
            };
            capture::<S>(world, on.entity, on.caller(), Ending::Removal(kind));
        }
    });
    spawn_observer::<S>(world, observer.with_component(component));
}

/// Marks the observers that capture for a snapshot type.
#[derive(Component)]
struct Captures<S: Snapshot>(PhantomData<fn() -> S>);

fn spawn_observer<S: Snapshot>(world: &mut World, observer: Observer) {
    world.spawn((observer, Captures::<S>(PhantomData)));
    world.flush();
}

/// Despawns all observers that capture `S`.
pub(crate) fn observe_no_more<S: Snapshot>(world: &mut World) {
    let mut observers = world.query_filtered::<Entity, With<Captures<S>>>();
    let observers: SmallVec<[Entity; 2]> = observers.iter(world).collect();
    for observer in observers {
        world.despawn(observer);
    }
}

//! Capture: from a dying entity to a pending message.
//!
//! Every road leads through here, since Bevy tells the despawn of a component to its hook and to observers, whatever
//! despawned it. The hook costs half as much as an observer, but a component has only one, and none can be given to a
//! component that entities already have.

use alloc::{format, vec::Vec};
use core::{
    any::{TypeId, type_name},
    sync::atomic::{AtomicBool, Ordering},
};

use bevy_ecs::{
    change_detection::{DetectChangesMut, MaybeLocation},
    component::ComponentId,
    entity::Entity,
    error::{BevyError, ErrorContext, warn},
    lifecycle::{Despawn, Discard},
    observer::{Observer, On},
    utils::prelude::DebugName,
    world::{DeferredWorld, World},
};

use crate::{
    delete::{
        current::{current, number, tally},
        open::Capturing,
    },
    message::{DeleteKind, Origin, PostDelete},
    pending::{Bypass, Pending, Watcher, retract},
    snapshot::Snapshot,
};

/// Whether some snapshot type of this process may not want to be captured where it is watched.
///
/// A hook cannot be taken away from its component again, so it goes on being called for a type that is no longer
/// tracked; and a type may ignore despawns. As long as there was no such type, captures need not ask beforehand.
static SELECTIVE: AtomicBool = AtomicBool::new(false);

/// Has captures ask beforehand whether their type wants them.
pub(crate) fn be_selective() {
    SELECTIVE.store(true, Ordering::Relaxed);
}

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
pub(crate) fn observe<S: Snapshot>(world: &mut World, component: ComponentId) -> Entity {
    // No bundle is named, since the observer is told the component by its id.
    let observer = Observer::new(|on: On<Despawn<()>>, world: DeferredWorld| {
        capture::<S>(world, on.entity, on.caller(), Ending::Despawn(Watcher::Observer));
    });
    spawn_observer(world, observer.with_component(component))
}

/// Spawns an observer of what else can end the component's value, which captures `S`.
pub(crate) fn observe_removals<S: Snapshot>(world: &mut World, component: ComponentId) -> Entity {
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
    spawn_observer(world, observer.with_component(component))
}

fn spawn_observer(world: &mut World, observer: Observer) -> Entity {
    let entity = world.spawn(observer).id();
    world.flush();
    entity
}

/// How a component's value comes to its end.
#[derive(Clone, Copy)]
enum Ending {
    /// With its entity, as this watcher has noticed.
    Despawn(Watcher),
    /// While its entity lives on, in this way.
    Removal(DeleteKind),
}

/// Captures what is about to come to its end.
#[inline]
fn capture<S: Snapshot>(mut world: DeferredWorld<'_>, entity: Entity, caller: MaybeLocation, ending: Ending) {
    let open = current(&world);
    if open.is_some_and(|open| open.capturing == Capturing::Ahead) {
        return;
    }
    if SELECTIVE.load(Ordering::Relaxed) && !is_wanted_now::<S>(&world, ending, open.is_some()) {
        return;
    }
    let Ok(target) = world.get_entity_mut(entity) else {
        return;
    };
    let Some(snapshot) = S::capture(target) else {
        return;
    };
    let Some(mut pending) = world.get_resource_mut::<Pending<S>>() else {
        return;
    };
    let pending = pending.bypass_change_detection();
    if !is_wanted(pending, ending, open.is_some()) {
        return;
    }
    let mut origin = match open {
        Some(open) => open.origin(entity, number(open, &pending.operations)),
        None => Origin {
            kind: DeleteKind::Despawn,
            root: None,
            reason: None,
            operation: 0,
            caller,
        },
    };
    if let Ending::Removal(kind) = ending {
        origin.kind = kind;
        origin.root = None;
    }
    let previous = pending.push(PostDelete {
        entity,
        snapshot,
        origin,
    });
    let is_noteworthy = pending.bypass == Bypass::Warn && origin.kind == DeleteKind::Despawn;
    if let Some(previous) = previous
        && world.entities().contains_spawned(previous)
    {
        retract_survivor::<S>(&mut world, previous);
    }
    if is_noteworthy {
        warn_of_bypass::<S>(entity, caller);
    }
    if open.is_some_and(|open| open.capturing == Capturing::Counted) {
        tally(&mut world, TypeId::of::<S>(), 1);
    }
}

/// Whether a snapshot type is to be told of this ending.
#[inline]
fn is_wanted<S: Snapshot>(pending: &Pending<S>, ending: Ending, deleted: bool) -> bool {
    match ending {
        Ending::Despawn(watcher) => watcher == pending.watcher && (deleted || pending.bypass != Bypass::Ignore),
        Ending::Removal(_) => true,
    }
}

/// As [`is_wanted`], asked before the capture.
#[cold]
fn is_wanted_now<S: Snapshot>(world: &World, ending: Ending, deleted: bool) -> bool {
    world
        .get_resource::<Pending<S>>()
        .is_some_and(|pending| is_wanted(pending, ending, deleted))
}

/// Captures those of these entities that have the component, before anything is despawned, for the open deletion.
pub(crate) fn capture_ahead<S: Snapshot>(world: &mut World, entities: &[Entity]) -> usize {
    /// Puts the messages back, also when a capture panics.
    struct Capture<'w, S: Snapshot> {
        world: &'w mut World,
        waiting: Vec<PostDelete<S>>,
    }
    impl<S: Snapshot> Drop for Capture<'_, S> {
        fn drop(&mut self) {
            if let Some(mut pending) = self.world.get_resource_mut::<Pending<S>>() {
                pending.put_waiting(core::mem::take(&mut self.waiting));
            }
        }
    }

    let (Some(open), Some(component)) = (current(world), world.component_id::<S::Component>()) else {
        return 0;
    };
    let Some(mut pending) = world.get_resource_mut::<Pending<S>>() else {
        return 0;
    };
    let operation = number(open, &pending.operations);
    let waiting = pending.take_waiting();
    let before = waiting.len();
    let mut capture = Capture { world, waiting };
    capture.waiting.reserve(entities.len());
    let mut world = DeferredWorld::from(&mut *capture.world);
    for &entity in entities {
        if let Ok(target) = world.get_entity_mut(entity)
            && target.contains_id(component)
            && let Some(snapshot) = S::capture(target)
        {
            let origin = open.origin(entity, operation);
            capture.waiting.push(PostDelete {
                entity,
                snapshot,
                origin,
            });
        }
    }
    capture.waiting.len() - before
}

/// Forgets what was captured of entities that live on.
pub(crate) fn retract_living<S: Snapshot>(world: &mut World) {
    let Some(mut pending) = world.get_resource_mut::<Pending<S>>() else {
        return;
    };
    let mut waiting = pending.take_waiting();
    retract(&mut waiting, |entity| world.entities().contains_spawned(entity));
    if let Some(mut pending) = world.get_resource_mut::<Pending<S>>() {
        pending.put_waiting(waiting);
    }
}

/// Forgets that an entity was captured: it lives on, since a panic has cut its despawn short.
#[cold]
fn retract_survivor<S: Snapshot>(world: &mut DeferredWorld<'_>, survivor: Entity) {
    if let Some(mut pending) = world.get_resource_mut::<Pending<S>>() {
        let mut waiting = pending.take_waiting();
        retract(&mut waiting, |entity| entity == survivor);
        pending.put_waiting(waiting);
    }
}

#[cold]
fn warn_of_bypass<S: Snapshot>(entity: Entity, caller: MaybeLocation) {
    let component = type_name::<S::Component>();
    let place = caller
        .into_option()
        .map_or_else(Default::default, |caller| format!(" at {caller}"));
    let error = format!("entity {entity} with `{component}` was despawned past `delete`{place}");
    let name = DebugName::borrowed("despawn");
    warn(BevyError::from(error), ErrorContext::Command { name });
}

//! Capture: from a dying entity to a pending message.
//!
//! Every road leads through here, since Bevy tells the despawn of a component to its hook and to observers, whatever
//! despawned it.

use alloc::{format, vec::Vec};
use core::{
    any::{TypeId, type_name},
    sync::atomic::{AtomicBool, Ordering},
};

use bevy_ecs::{
    change_detection::{DetectChangesMut, MaybeLocation},
    entity::Entity,
    error::{BevyError, ErrorContext, warn},
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

/// How a component's value comes to its end.
#[derive(Clone, Copy)]
pub(crate) enum Ending {
    /// With its entity, as this watcher has noticed.
    Despawn(Watcher),
    /// While its entity lives on, in this way.
    Removal(DeleteKind),
}

/// Captures what is about to come to its end.
#[inline]
pub(crate) fn capture<S: Snapshot>(
    mut world: DeferredWorld<'_>,
    entity: Entity,
    caller: MaybeLocation,
    ending: Ending,
) {
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
    retract_last_living::<S>(world);
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

/// Forgets what was captured last if its entity lives on, since a panic has cut its despawn short.
///
/// Of those captured before it, the next capture has asked.
pub(crate) fn retract_last_living<S: Snapshot>(world: &mut World) {
    let last = world.get_resource::<Pending<S>>().and_then(Pending::last);
    if last.is_some_and(|last| world.entities().contains_spawned(last)) {
        retract_living::<S>(world);
    }
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

//! The registry of the snapshot types that a world tracks.

use alloc::vec::Vec;

use bevy_ecs::{
    component::ComponentId,
    entity::Entity,
    resource::Resource,
    world::{DeferredWorld, World},
};
use bevy_platform::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};
use smallvec::SmallVec;

use crate::{
    message::Origin,
    snapshot::{Snapshot, SnapshotType},
};

/// The state of this crate in a world, except for the messages of each type. Present once a type was tracked.
#[derive(Resource, Default)]
pub(crate) struct Registry {
    /// The tracked snapshot types, in the order of registration.
    pub(super) types: Vec<TrackedType>,
    /// The hooks that this crate has registered. Bevy cannot unregister a hook.
    pub(super) hooks: Vec<(SnapshotType, ComponentId)>,
    /// Whether a delete call ran inside another since the last publish.
    pub(crate) is_interleaved: bool,
    pub(crate) is_publishing: bool,
    publishes: u32,
    pub(crate) operations: Operations,
    /// Frees buffers that deletes have not needed lately. Set by the first delete that uses much memory.
    pub(crate) give_back: Option<fn()>,
}

/// Counts how often a world has tracked or untracked a type.
static TRACKING_CHANGES: AtomicUsize = AtomicUsize::new(0);

/// Returns a number that changes whenever a world tracks or untracks a type, for caches of the tracked types.
pub(crate) fn tracking_changes() -> usize {
    TRACKING_CHANGES.load(Ordering::Relaxed)
}

/// Records that a world tracks or untracks a type. Returns a number that no other call returns.
pub(super) fn count_tracking_change() -> usize {
    TRACKING_CHANGES.fetch_add(1, Ordering::Relaxed)
}

/// A counter of delete calls.
///
/// Every [`Pending`](super::pending::Pending) shares it, so that a capture needs no lookup for it.
#[derive(Clone, Default)]
pub(crate) struct Operations(Arc<AtomicU64>);

impl Operations {
    /// Increments the counter, and returns the new number.
    #[inline]
    pub(crate) fn next(&self) -> u64 {
        // A delete needs exclusive access to the world, so no other thread increments it.
        let operation = self.0.load(Ordering::Relaxed) + 1;
        self.0.store(operation, Ordering::Relaxed);
        operation
    }
}

/// A tracked snapshot type, and the functions for it.
#[derive(Clone, Copy)]
pub(crate) struct TrackedType {
    pub(crate) snapshot: SnapshotType,
    pub(crate) component: ComponentId,
    /// Identifies the call that tracked it. A type that is untracked and tracked again has another number.
    pub(crate) tracking: usize,
    /// Captures those of these entities that have the component, before any of them is despawned.
    pub(crate) capture_all: fn(&mut World, ComponentId, &[Target]),
    /// Captures an entity with the component that a delete will despawn later. Returns `false` if it is held already.
    pub(crate) hold: fn(&mut World, Entity) -> bool,
    /// Adds the message of an entity that was held. `None`: the entity still has the component.
    pub(crate) release: fn(&mut World, Entity, Option<Origin>),
    /// Retracts messages whose entity or component still exists.
    pub(crate) settle: fn(&mut DeferredWorld<'_>, Settle),
    /// Returns the number of pending messages of this operation, which is that of the active deletion.
    pub(crate) count_pending: fn(&World, operation: u64) -> usize,
    pub(crate) visit_pending: fn(&mut World, &mut Visitor<'_>),
    /// Sets the pending messages aside for a publish, and returns their number.
    pub(crate) collect: fn(&mut World, PublishSettings) -> usize,
    /// [`Publication::publish`]
    pub(crate) publish: fn(&mut World),
}

/// The publication of a snapshot type. Declared here so that this layer does not import the one that publishes.
pub(crate) trait Publication: Snapshot {
    /// Publishes the messages that were set aside. The first panic of an observer is resumed afterwards.
    fn publish(world: &mut World);
}

/// The messages to settle.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Settle {
    /// The latest message, if it is unsettled.
    Latest,
    /// The latest message, if it is about this entity, which survives: a capture of another type has panicked.
    Survivor(Entity),
    /// The latest messages, from the first of this operation on: a delete that has captured all its entities early has panicked.
    Operation(u64),
}

/// A function that is called with the entity and the origin of messages.
pub(crate) type Visitor<'f> = dyn FnMut(Entity, &mut Origin) + 'f;

/// An entity that a delete call despawns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) entity: Entity,
    /// The named entity whose tree contains this one: itself, if it was named.
    pub(crate) root: Entity,
}

/// The settings of a publish.
#[derive(Clone, Copy)]
pub(crate) struct PublishSettings {
    /// A delete call ran inside another, so the messages must be sorted.
    pub(crate) is_interleaved: bool,
    /// Whether to free memory that was not needed lately.
    pub(crate) shrinks: bool,
}

/// The number of publishes after which memory that was not needed lately is freed.
const PUBLISHES_PER_SHRINK: u32 = 128;

impl Registry {
    /// Returns whether it was tracked.
    pub(crate) fn untrack(&mut self, snapshot: SnapshotType) -> bool {
        let mut untracked = self.types.extract_if(.., |tracked| tracked.snapshot == snapshot);
        untracked.next().is_some()
    }

    /// Whether the component's `on_despawn` hook is one that captures.
    pub(crate) fn captures_by_hook(&self, component: ComponentId) -> bool {
        self.hooks.iter().any(|(_, hooked)| *hooked == component)
    }

    /// Starts a publish. Returns the types to publish, in the order of registration, and the settings.
    pub(crate) fn begin_publish(&mut self) -> (SmallVec<[TrackedType; 8]>, PublishSettings) {
        self.is_publishing = true;
        self.publishes = self.publishes.wrapping_add(1);
        let settings = PublishSettings {
            is_interleaved: core::mem::take(&mut self.is_interleaved),
            shrinks: self.publishes.is_multiple_of(PUBLISHES_PER_SHRINK),
        };
        (self.types.iter().copied().collect(), settings)
    }
}

/// Returns the tracked types of a world, in the order of registration.
pub(crate) fn tracked_types(world: &World) -> SmallVec<[TrackedType; 8]> {
    world
        .get_resource::<Registry>()
        .map_or_else(SmallVec::new, |registry| registry.types.iter().copied().collect())
}

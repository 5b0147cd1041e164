//! Captured messages that are not published yet.

use alloc::vec::Vec;
use core::mem;

use super::{
    policy::DespawnPolicy,
    registry::{Operations, PublishSettings, Registry, Settle, Visitor, tracked_types},
    settle::settle_all,
};
use crate::{
    message::{DeleteCause, PostDelete},
    snapshot::Snapshot,
};
use bevy_ecs::{
    change_detection::DetectChangesMut,
    component::ComponentId,
    entity::{Entity, EntityHashMap},
    resource::Resource,
    world::World,
};

/// The pending messages of one snapshot type. Present while the type is tracked.
///
/// [`settle`](super::settle::settle) is the only function that retracts any.
#[derive(Resource)]
pub(crate) struct Pending<S: Snapshot> {
    pub(crate) component: ComponentId,
    /// The number of the tracking: see [`TrackedType::tracking`](super::registry::TrackedType::tracking).
    pub(crate) tracking: usize,
    /// Whether the component's hook captures despawns, and not an observer.
    pub(crate) has_hook: bool,
    pub(crate) policy: DespawnPolicy,
    /// Whether values that leave a living entity are captured, too.
    pub(crate) with_removals: bool,
    pub(crate) operations: Operations,
    /// In the order of capture.
    pub(super) messages: Vec<PostDelete<S>>,
    /// Whether all messages are settled. If not, the latest may still be retracted.
    pub(super) is_settled: bool,
    /// Messages that a publish has set aside and not delivered yet.
    pub(crate) collected: Vec<PostDelete<S>>,
    /// The entities that a delete has captured and will despawn later, each with its position in `held_snapshots`: see
    /// [`held`](super::held). A map of the snapshots themselves would be compiled for each type.
    pub(super) held: EntityHashMap<usize>,
    pub(super) held_snapshots: Vec<Option<S>>,
    /// The most messages that were pending at once since memory was last freed.
    peak: usize,
    /// The number of archetypes that were searched for hooks of other code.
    pub(super) archetypes_seen: usize,
    /// Whether an entity with the component may have another component with an `on_despawn` hook of other code.
    pub(super) has_foreign_hooks: bool,
}

/// Buffers are not shrunk below this capacity.
const MIN_CAPACITY: usize = 64;

impl<S: Snapshot> Pending<S> {
    pub(crate) fn new(component: ComponentId, tracking: usize, has_hook: bool, operations: Operations) -> Self {
        Self {
            component,
            tracking,
            has_hook,
            policy: DespawnPolicy::default(),
            with_removals: false,
            operations,
            messages: Vec::new(),
            is_settled: true,
            collected: Vec::new(),
            held: EntityHashMap::default(),
            held_snapshots: Vec::new(),
            peak: 0,
            archetypes_seen: 0,
            has_foreign_hooks: false,
        }
    }

    /// Adds a captured message. All earlier ones are settled.
    ///
    /// `is_certain`: no other code can prevent the despawn, so it is settled.
    #[inline]
    pub(crate) fn push(&mut self, message: PostDelete<S>, is_certain: bool) {
        self.messages.push(message);
        self.is_settled = is_certain;
    }

    /// Keeps undelivered messages for the next publish, and the allocation.
    ///
    /// If nothing is left, the next captures use this allocation again, since the processor has it in its cache.
    pub(crate) fn put_collected(&mut self, undelivered: Vec<PostDelete<S>>) {
        self.collected = undelivered;
        if self.collected.is_empty() && self.messages.is_empty() {
            mem::swap(&mut self.collected, &mut self.messages);
        }
    }
}

/// Sets the pending messages of a type aside for a publish, in the order of publication, and returns their number.
pub(crate) fn collect<S: Snapshot>(world: &mut World, settings: PublishSettings) -> usize {
    let Some(mut pending) = world.get_resource_mut::<Pending<S>>() else {
        return 0;
    };
    let pending = pending.bypass_change_detection();
    if settings.shrinks {
        let capacity = capacity_to_keep(mem::take(&mut pending.peak));
        pending.messages.shrink_to(capacity);
        pending.collected.shrink_to(capacity);
        if pending.held.is_empty() {
            (pending.held, pending.held_snapshots) = (EntityHashMap::new(), Vec::new());
        }
    }
    pending.peak = pending.peak.max(pending.messages.len());
    if settings.is_interleaved {
        sort_by_operation(&mut pending.messages);
    }
    if pending.collected.is_empty() {
        mem::swap(&mut pending.collected, &mut pending.messages);
    } else {
        // An earlier publish ended before it reached this type.
        pending.collected.append(&mut pending.messages);
    }
    pending.collected.len()
}

/// Returns the number of pending messages of this operation, which is that of the active deletion.
pub(crate) fn count_pending<S: Snapshot>(world: &World, operation: u64) -> usize {
    let Some(pending) = world.get_resource::<Pending<S>>() else {
        return 0;
    };
    // Messages of lower operations come earlier. Operations inside this one have higher numbers.
    let is_earlier = |message: &PostDelete<S>| message.origin.operation < operation;
    let first = pending.messages.partition_point(is_earlier);
    let messages = &pending.messages[first..];
    let registry = world.get_resource::<Registry>();
    if !registry.is_some_and(|registry| registry.is_interleaved) {
        return messages.len();
    }
    let mut count = 0;
    for message in messages {
        count += usize::from(message.origin.operation == operation);
    }
    count
}

/// Visits the origins of the pending messages of a type.
pub(crate) fn visit_pending<S: Snapshot>(world: &mut World, visitor: &mut Visitor<'_>) {
    if let Some(mut pending) = world.get_resource_mut::<Pending<S>>() {
        let pending = pending.bypass_change_detection();
        let mut visit_each = |messages: &mut [PostDelete<S>]| {
            for message in messages {
                visitor(message.entity, &mut message.origin);
            }
        };
        visit_each(&mut pending.collected);
        visit_each(&mut pending.messages);
    }
}

/// Calls `f` with the cause of every pending message of every type, which `f` can change.
pub(crate) fn amend_pending(world: &mut World, mut f: impl FnMut(Entity, &mut DeleteCause)) {
    settle_all(&mut *world, Settle::Latest);
    for tracked in tracked_types(world) {
        (tracked.visit_pending)(world, &mut |entity, origin| {
            let mut cause = DeleteCause {
                reason: origin.reason,
                instigator: origin.instigator,
            };
            f(entity, &mut cause);
            origin.reason = cause.reason;
            origin.instigator = cause.instigator;
        });
    }
}

/// Returns the capacity that a buffer keeps if it has lately held at most `peak` items. If only a burst needed more,
/// the rest is freed.
pub(crate) fn capacity_to_keep(peak: usize) -> usize {
    4 * peak.max(MIN_CAPACITY)
}

/// Brings the messages of each delete together, in the order in which the deletes started.
fn sort_by_operation<S>(messages: &mut [PostDelete<S>]) {
    let mut operations = Vec::with_capacity(messages.len());
    for message in &*messages {
        operations.push(message.origin.operation);
    }
    sort_by_swaps(&operations, &mut |position, other| messages.swap(position, other));
}

/// The part of [`sort_by_operation`] that is compiled once.
///
/// A message without a delete, whose operation is 0, keeps its place in time. No delete was active on this thread then,
/// so all messages before it belong to lower operations than all messages after it.
fn sort_by_swaps(operations: &[u64], swap: &mut dyn FnMut(usize, usize)) {
    let mut order: Vec<usize> = (0..operations.len()).collect();
    for run in order.split_mut(|position| operations[*position] == 0) {
        run.sort_by_key(|position| operations[*position]);
    }
    // Every message is swapped into its place at most once: the cycles of the permutation are followed one after the
    // other.
    for start in 0..order.len() {
        let mut position = start;
        loop {
            let source = mem::replace(&mut order[position], position);
            if source == start {
                break;
            }
            swap(position, source);
            position = source;
        }
    }
}

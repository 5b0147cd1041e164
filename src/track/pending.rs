//! Captured messages that are not published yet, and which of them are retracted.

use alloc::vec::Vec;
use core::mem;

use bevy_ecs::{
    change_detection::DetectChangesMut,
    component::ComponentId,
    entity::Entity,
    resource::Resource,
    world::{DeferredWorld, World},
};
use smallvec::SmallVec;

use super::{
    capture::Departure,
    policy::DespawnPolicy,
    registry::{Operations, Visitor, tracked_types},
};
use crate::{
    message::{DeleteCause, DeleteKind, PostDelete},
    panics::drop_each,
    snapshot::Snapshot,
};

/// The pending messages of one snapshot type. Present while the type is tracked.
///
/// A capture comes before the value leaves, and a panic of other code in between can prevent that. So each message is
/// *unsettled* until the value has certainly left. [`settle`] decides which messages stay, and is the only place that
/// retracts any. It runs at the end of the operation that captured, before the next capture, and before a publish.
#[derive(Resource)]
pub(crate) struct Pending<S: Snapshot> {
    pub(crate) component: ComponentId,
    /// The number of the tracking: see [`TrackedType::tracking`](super::registry::TrackedType::tracking).
    pub(crate) tracking: u64,
    pub(crate) source: CaptureSource,
    pub(crate) policy: DespawnPolicy,
    /// Whether values that leave a living entity are captured, too.
    pub(crate) with_removals: bool,
    pub(crate) operations: Operations,
    /// In the order of capture.
    messages: Vec<PostDelete<S>>,
    /// The messages from this position on are unsettled.
    settled: usize,
    /// Messages that a publish has set aside and not delivered yet.
    sealed: Vec<PostDelete<S>>,
    /// The most messages that were pending at once since memory was last given back.
    peak: usize,
    /// The number of archetypes that were searched for hooks of other code.
    archetypes_seen: usize,
    /// Whether an entity with the component may have another component with an `on_despawn` hook of other code.
    meets_foreign_hooks: bool,
}

/// The way by which the despawn of a component is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CaptureSource {
    /// The component's `on_despawn` hook.
    Hook,
    /// An observer of [`Despawn`](bevy_ecs::lifecycle::Despawn).
    Observer,
}

/// The messages that [`settle`] checks besides the unsettled ones.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Recheck {
    Nothing,
    /// The latest, if it is about the despawn of this entity.
    LatestOf(Entity),
    /// The messages from this position on.
    From(usize),
}

/// Buffers are not shrunk below this capacity.
const LEAST_CAPACITY: usize = 64;

impl<S: Snapshot> Pending<S> {
    pub(crate) fn new(component: ComponentId, tracking: u64, source: CaptureSource, operations: Operations) -> Self {
        Self {
            component,
            tracking,
            source,
            policy: DespawnPolicy::default(),
            with_removals: false,
            operations,
            messages: Vec::new(),
            settled: 0,
            sealed: Vec::new(),
            peak: 0,
            archetypes_seen: 0,
            meets_foreign_hooks: false,
        }
    }

    /// Whether this departure was noticed by the source that the type is captured by.
    ///
    /// A hook that cannot be removed still runs after its type was tracked again, with an observer.
    #[inline]
    pub(crate) fn is_captured_by(&self, departure: Departure) -> bool {
        match departure {
            Departure::Despawn(source) => source == self.source,
            Departure::Removal(_) => true,
        }
    }

    /// Whether the policy of the type lets it be captured.
    #[inline]
    pub(crate) fn allows(&self, departure: Departure, is_delete: bool) -> bool {
        is_delete || self.policy != DespawnPolicy::Ignore || matches!(departure, Departure::Removal(_))
    }

    /// Whether all messages are settled, and all of the world's archetypes were searched for hooks.
    #[inline]
    pub(crate) fn is_prepared(&self, archetypes: usize) -> bool {
        self.is_settled() && self.archetypes_seen == archetypes
    }

    pub(crate) fn archetypes_seen(&self) -> usize {
        self.archetypes_seen
    }

    /// Takes note that all of the world's archetypes were searched, and of whether the new ones have hooks of other code.
    pub(crate) fn add_archetypes(&mut self, archetypes: usize, have_foreign_hooks: bool) {
        self.archetypes_seen = archetypes;
        self.meets_foreign_hooks |= have_foreign_hooks;
    }

    #[inline]
    pub(crate) fn meets_foreign_hooks(&self) -> bool {
        self.meets_foreign_hooks
    }

    /// Adds a captured message. All earlier ones are settled by now.
    ///
    /// `is_certain`: no other code runs between this capture and the despawn, so it needs no check.
    #[inline]
    pub(crate) fn push(&mut self, message: PostDelete<S>, is_certain: bool) {
        self.messages.push(message);
        self.settled += usize::from(is_certain);
    }

    #[inline]
    pub(crate) fn is_settled(&self) -> bool {
        self.settled == self.messages.len()
    }

    /// The latest message, if it is unsettled.
    pub(crate) fn latest_unsettled(&self) -> Option<&PostDelete<S>> {
        self.messages[self.settled..].last()
    }

    /// The latest message is about a value that has certainly left.
    pub(crate) fn confirm_latest(&mut self) {
        self.settled = self.messages.len();
    }

    pub(crate) fn len(&self) -> usize {
        self.messages.len()
    }

    /// Sets the pending messages aside in the order of publication, and returns their number.
    pub(crate) fn seal(&mut self, sorts: bool) -> usize {
        self.peak = self.peak.max(self.messages.len());
        if sorts {
            sort_by_operation(&mut self.messages);
        }
        if self.sealed.is_empty() {
            mem::swap(&mut self.sealed, &mut self.messages);
        } else {
            // An earlier publish ended before it reached this type.
            self.sealed.append(&mut self.messages);
        }
        self.settled = 0;
        self.sealed.len()
    }

    pub(crate) fn sealed(&self) -> &[PostDelete<S>] {
        &self.sealed
    }

    /// Takes the sealed messages. [`put_sealed`](Self::put_sealed) takes the allocation back.
    pub(crate) fn take_sealed(&mut self) -> Vec<PostDelete<S>> {
        mem::take(&mut self.sealed)
    }

    /// Keeps undelivered messages for the next publish, and the allocation.
    pub(crate) fn put_sealed(&mut self, undelivered: Vec<PostDelete<S>>) {
        self.sealed = undelivered;
    }

    /// Gives back memory that only a burst needed.
    pub(crate) fn shrink(&mut self) {
        let peak = mem::take(&mut self.peak);
        for buffer in [&mut self.messages, &mut self.sealed] {
            if let Some(capacity) = capacity_to_keep(buffer.capacity(), peak) {
                buffer.shrink_to(capacity);
            }
        }
    }

    /// Takes all messages out, for a type that is no longer tracked.
    pub(crate) fn take_all(&mut self) -> impl Iterator<Item = PostDelete<S>> + use<S> {
        self.settled = 0;
        mem::take(&mut self.sealed)
            .into_iter()
            .chain(mem::take(&mut self.messages))
    }
}

/// Retracts every unsettled message whose value did not leave. Afterwards, all messages are settled.
///
/// Runs when no operation is under way in which a value is about to leave.
pub(crate) fn settle<S: Snapshot>(world: &mut DeferredWorld<'_>, recheck: Recheck) {
    let Some(mut pending) = world.get_resource_mut::<Pending<S>>() else {
        return;
    };
    let pending = pending.bypass_change_detection();
    let first = match recheck {
        Recheck::Nothing => pending.settled,
        Recheck::From(position) => pending.settled.min(position),
        Recheck::LatestOf(entity) => match pending.messages.last() {
            Some(latest) if latest.entity == entity && latest.origin.kind.ends_entity() => {
                pending.settled.min(pending.messages.len() - 1)
            }
            _ => pending.settled,
        },
    };
    pending.settled = pending.messages.len();
    if first == pending.settled {
        return;
    }
    let component = pending.component;
    let unsettled: SmallVec<[(Entity, DeleteKind); 4]> = pending.messages[first..]
        .iter()
        .map(|message| (message.entity, message.origin.kind))
        .collect();
    let mut stays = unsettled
        .into_iter()
        .map(|(entity, kind)| has_left(world, component, entity, kind))
        .collect::<SmallVec<[bool; 16]>>()
        .into_iter();
    let Some(mut pending) = world.get_resource_mut::<Pending<S>>() else {
        return;
    };
    let pending = pending.bypass_change_detection();
    let retracted: SmallVec<[PostDelete<S>; 1]> = pending
        .messages
        .extract_if(first.., |_| !stays.next().unwrap_or(true))
        .collect();
    pending.settled = pending.messages.len();
    drop_each(retracted);
}

/// Whether the value of an unsettled message has left.
fn has_left(world: &World, component: ComponentId, entity: Entity, kind: DeleteKind) -> bool {
    match kind {
        // The observer of `Insert` confirms a replacement at once. An insert that panicked is not confirmed.
        DeleteKind::Replace => false,
        DeleteKind::Remove => !world
            .get_entity(entity)
            .is_ok_and(|entity| entity.contains_id(component)),
        _ => !world.entities().contains_spawned(entity),
    }
}

/// Returns the number of pending messages of this operation. No later operation has started since it ended.
pub(crate) fn count_pending<S: Snapshot>(world: &World, operation: u64) -> usize {
    world.get_resource::<Pending<S>>().map_or(0, |pending| {
        let messages = pending.messages.iter().rev();
        // Messages of lower operations come earlier. Operations inside this one have higher numbers.
        messages
            .take_while(|message| message.origin.operation >= operation)
            .filter(|message| message.origin.operation == operation)
            .count()
    })
}

/// Visits the origins of the pending messages of a type.
pub(crate) fn visit_pending<S: Snapshot>(world: &mut World, visitor: &mut Visitor<'_>) {
    if let Some(mut pending) = world.get_resource_mut::<Pending<S>>() {
        let pending = pending.bypass_change_detection();
        for message in pending.sealed.iter_mut().chain(&mut pending.messages) {
            visitor(message.entity, &mut message.origin);
        }
    }
}

/// Visits the cause of every pending message of every type, and allows to change it.
pub(crate) fn amend_pending(world: &mut World, mut f: impl FnMut(Entity, &mut DeleteCause)) {
    for tracked in tracked_types(world) {
        (tracked.functions.settle)(&mut DeferredWorld::from(&mut *world), Recheck::Nothing);
        (tracked.functions.visit_pending)(world, &mut |entity, origin| {
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

/// Returns the capacity that a buffer should shrink to if only a burst needed more: lately, it held at most `peak` items.
pub(crate) fn capacity_to_keep(capacity: usize, peak: usize) -> Option<usize> {
    let needed = peak.max(LEAST_CAPACITY);
    (capacity / 4 > needed).then_some(2 * needed)
}

/// Brings the messages of each delete together, in the order in which the deletes started.
///
/// A message without a delete keeps its place in time. No delete was active then, so all messages before it belong to
/// lower operations than all messages after it.
fn sort_by_operation<S>(messages: &mut [PostDelete<S>]) {
    for run in messages.split_mut(|message| message.origin.operation == 0) {
        run.sort_by_key(|message| message.origin.operation);
    }
}

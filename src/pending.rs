//! Messages between capture and publish, invisible to systems.

use alloc::vec::Vec;
use core::mem;

use bevy_ecs::{entity::Entity, resource::Resource};

use crate::{
    deletions::Operations,
    message::{DeleteKind, PostDelete},
    snapshot::Snapshot,
};

/// The pending messages of one snapshot type. Present while the type is tracked.
#[derive(Resource)]
pub(crate) struct Pending<S: Snapshot> {
    /// How the despawn of the component is noticed.
    pub(crate) watcher: Watcher,
    pub(crate) bypass: Bypass,
    /// Whether values that end while their entity lives on are captured, too.
    pub(crate) removals: bool,
    pub(crate) operations: Operations,
    /// In the order of capture.
    waiting: Vec<PostDelete<S>>,
    /// What a publish has set aside and not delivered yet.
    sealed: Vec<PostDelete<S>>,
    /// The most that waited at once since memory was given back the last time.
    peak: usize,
}

/// How the despawn of a component is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watcher {
    /// By the component's `on_despawn` hook.
    Hook,
    /// By an observer of [`Despawn`](bevy_ecs::lifecycle::Despawn).
    Observer,
}

/// What becomes of despawns that do not go through `delete`.
///
/// Set for a snapshot type with [`PostDeletePlugin::bypass`](crate::PostDeletePlugin::bypass).
///
/// # Example
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_ecs::{message::Messages, prelude::*};
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Enemy;
///
/// let mut app = App::new();
/// app.add_plugins(PostDeletePlugin::<Enemy>::default().bypass(Bypass::Warn));
///
/// app.world_mut().spawn(Enemy).despawn(); // told, and logged
/// app.update();
/// assert_eq!(app.world().resource::<Messages<PostDelete<Enemy>>>().len(), 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Bypass {
    /// They are told, as [`DeleteKind::Despawn`].
    #[default]
    Emit,
    /// They are told, and each is logged as a warning with the entity and the component, and under the feature
    /// `track_location` the line that despawned it. To find the despawns that should be deletes.
    Warn,
    /// They are not told: only deletes are.
    Ignore,
}

/// Buffers are not made smaller than for this many.
const LEAST_CAPACITY: usize = 64;

impl<S: Snapshot> Pending<S> {
    pub(crate) fn new(watcher: Watcher, operations: Operations) -> Self {
        Self {
            watcher,
            bypass: Bypass::default(),
            removals: false,
            operations,
            waiting: Vec::new(),
            sealed: Vec::new(),
            peak: 0,
        }
    }

    /// Adds a captured message, and returns the entity that was captured before it, which must be gone by now.
    ///
    /// A despawn of the same entity that was cut short after its capture is replaced by the new one.
    #[inline]
    pub(crate) fn push(&mut self, message: PostDelete<S>) -> Option<Entity> {
        let mut previous = self.last();
        if previous == Some(message.entity) && ends_entity(&message) {
            self.waiting.pop();
            previous = None;
        }
        self.waiting.push(message);
        previous
    }

    /// The entity that was captured last, if it was about to go.
    #[inline]
    pub(crate) fn last(&self) -> Option<Entity> {
        self.waiting
            .last()
            .filter(|last| ends_entity(last))
            .map(|last| last.entity)
    }

    /// Takes all that waits, for a capture of many. [`put_waiting`](Self::put_waiting) takes it back.
    pub(crate) fn take_waiting(&mut self) -> Vec<PostDelete<S>> {
        mem::take(&mut self.waiting)
    }

    pub(crate) fn put_waiting(&mut self, waiting: Vec<PostDelete<S>>) {
        self.waiting = waiting;
    }

    /// How many messages wait to be published.
    #[cfg(feature = "diagnostic")]
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Sets aside what waits now, in the order in which it will be told, and returns how many messages that are.
    ///
    /// `interleaved`: a delete ran within another, so messages of the inner one may stand among those of the outer.
    pub(crate) fn seal(&mut self, interleaved: bool) -> usize {
        self.peak = self.peak.max(self.waiting.len());
        if interleaved {
            sort_by_operation(&mut self.waiting);
        }
        if self.sealed.is_empty() {
            mem::swap(&mut self.sealed, &mut self.waiting);
        } else {
            // An earlier publish was cut short before this type's turn came.
            self.sealed.append(&mut self.waiting);
        }
        self.sealed.len()
    }

    /// Takes what is sealed. [`put_sealed`](Self::put_sealed) takes the allocation back.
    pub(crate) fn take_sealed(&mut self) -> Vec<PostDelete<S>> {
        mem::take(&mut self.sealed)
    }

    /// Keeps what could not be delivered for the next publish, and the allocation.
    pub(crate) fn put_sealed(&mut self, undelivered: Vec<PostDelete<S>>) {
        self.sealed = undelivered;
    }

    /// Gives back the memory that only a burst has needed.
    pub(crate) fn shrink(&mut self) {
        let peak = mem::take(&mut self.peak);
        for buffer in [&mut self.waiting, &mut self.sealed] {
            if let Some(capacity) = capacity_to_keep(buffer.capacity(), peak) {
                buffer.shrink_to(capacity);
            }
        }
    }
}

/// What a buffer of this capacity is to be shrunk to, if only a burst has needed it: lately there were no more than `peak`
/// in it.
pub(crate) fn capacity_to_keep(capacity: usize, peak: usize) -> Option<usize> {
    let needed = peak.max(LEAST_CAPACITY);
    (capacity / 4 > needed).then_some(2 * needed)
}

/// Forgets the captures of entities that live on.
pub(crate) fn retract<S>(waiting: &mut Vec<PostDelete<S>>, lives: impl Fn(Entity) -> bool) {
    waiting.retain(|message| !ends_entity(message) || !lives(message.entity));
}

fn ends_entity<S>(message: &PostDelete<S>) -> bool {
    !matches!(message.origin.kind, DeleteKind::Remove | DeleteKind::Replace)
}

/// Brings the messages of each delete together, in the order in which the deletes began.
///
/// What went without a delete keeps its place in time: no delete was open then, so all that was captured before it
/// belongs to lower operations than all that came after.
fn sort_by_operation<S>(messages: &mut [PostDelete<S>]) {
    for run in messages.split_mut(|message| message.origin.operation == 0) {
        run.sort_by_key(|message| message.origin.operation);
    }
}

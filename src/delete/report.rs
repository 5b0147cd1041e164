//! The result of a delete.

use bevy_ecs::world::{DeferredWorld, World};
use smallvec::SmallVec;

use crate::{
    snapshot::{Snapshot, SnapshotType},
    track::{
        context::active_operation,
        registry::{Settle, tracked_types},
    },
};

/// The result of a delete: its operation number, how many entities were despawned, and how many messages are pending.
///
/// # Example
///
/// All values of a report, for a bulk delete that skips a protected tree:
///
/// ```
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Ship;
///
/// let mut world = World::new();
/// world.track_deletes::<Ship>();
/// world.spawn((Ship, children![()]));
/// world.spawn((Ship, Protected));
///
/// let report = world.delete_all::<With<Ship>>();
/// assert_eq!(report.operation(), 1);
/// assert_eq!(report.entity_count(), 2);
/// assert_eq!(report.message_count(), 1);
/// assert_eq!(report.count::<Ship>(), 1);
/// assert_eq!(report.skipped_count(), 1);
/// ```
///
/// For one tree:
///
/// ```
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Wheel;
///
/// let mut world = World::new();
/// world.track_deletes::<Wheel>();
/// let car = world.spawn(children![Wheel, Wheel, Wheel, Wheel]).id();
///
/// let report = world.delete(car)?;
/// assert_eq!(report.entity_count(), 5);
/// assert_eq!(report.message_count(), 4);
/// assert_eq!(report.count::<Wheel>(), 4);
///
/// let truck = world.spawn_empty().id();
/// assert!(world.delete(truck)?.operation() > report.operation());
/// # Ok::<(), DeleteError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeleteReport {
    operation: u64,
    entity_count: usize,
    pub(super) skipped_count: usize,
    /// The number of messages of each type that has some.
    counts: SmallVec<[(SnapshotType, usize); 1]>,
}

impl DeleteReport {
    /// Returns the report of the active deletion, which has despawned this many entities.
    pub(super) fn of_active(world: &mut World, entity_count: usize) -> Self {
        let operation = active_operation(world);
        let counts = tracked_types(world).into_iter().map(|tracked| {
            (tracked.settle)(&mut DeferredWorld::from(&mut *world), Settle::Latest);
            let count = (tracked.count_pending)(world, operation);
            (tracked.snapshot, count)
        });
        Self {
            operation,
            entity_count,
            skipped_count: 0,
            counts: counts.filter(|(_, count)| *count > 0).collect(),
        }
    }

    /// Returns the number of this delete, which is the [`Origin::operation`](crate::Origin::operation) of its messages.
    ///
    /// `0` in a world that has never tracked a type.
    pub fn operation(&self) -> u64 {
        self.operation
    }

    /// Returns how many entities were despawned: those that were passed to the call or selected by it, and everything
    /// that was linked to them.
    ///
    /// It includes entities that were linked to a tree during the delete, and targets that a hook or observer despawned
    /// early. Other entities that a hook or observer despawns are not counted here, but their messages are counted by
    /// [`message_count`](Self::message_count).
    pub fn entity_count(&self) -> usize {
        self.entity_count
    }

    /// Returns how many messages are now pending because of this delete.
    ///
    /// If a hook or observer makes a delete call during this delete, that call has its own
    /// [`operation`](Self::operation), and its messages do not count here.
    pub fn message_count(&self) -> usize {
        self.counts.iter().map(|(_, count)| count).sum()
    }

    /// Returns how many of these pending messages are [`PostDelete<S>`](crate::PostDelete).
    pub fn count<S: Snapshot>(&self) -> usize {
        let snapshot = SnapshotType::of::<S>();
        let counted = self.counts.iter().find(|(counted, _)| *counted == snapshot);
        counted.map_or(0, |(_, count)| *count)
    }

    /// Returns how many of the entities that were passed to the call or selected by it were skipped, because their tree
    /// contains a [`Protected`](crate::Protected) entity.
    pub fn skipped_count(&self) -> usize {
        self.skipped_count
    }
}

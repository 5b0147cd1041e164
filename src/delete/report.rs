//! What a delete has done.

use core::any::TypeId;

use super::open::Tally;
use crate::snapshot::Snapshot;

/// What a delete has done.
///
/// # Example
///
/// Every figure of a report, here of a bulk delete that comes upon a protected tree:
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
/// assert_eq!(report.entities(), 2);
/// assert_eq!(report.snapshots(), 1);
/// assert_eq!(report.count::<Ship>(), 1);
/// assert_eq!(report.skipped(), 1);
/// ```
///
/// Of one tree:
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
/// assert_eq!(report.entities(), 5);
/// assert_eq!(report.snapshots(), 4);
/// assert_eq!(report.count::<Wheel>(), 4);
///
/// let truck = world.spawn_empty().id();
/// assert!(world.delete(truck)?.operation() > report.operation());
/// # Ok::<(), DeleteError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeleteReport {
    operation: u64,
    entities: usize,
    pub(crate) skipped: usize,
    counts: Tally,
}

impl DeleteReport {
    pub(crate) fn new((entities, operation, counts): (usize, u64, Tally)) -> Self {
        Self {
            operation,
            entities,
            skipped: 0,
            counts,
        }
    }

    /// The number of this delete, which its messages carry as [`Origin::operation`](crate::Origin::operation).
    ///
    /// `0` in a world that tracks nothing, where no message could carry it.
    pub fn operation(&self) -> u64 {
        self.operation
    }

    /// How many entities were despawned: those that were asked for and what was linked to them, by whosever hand.
    ///
    /// What hooks and observers despawned meanwhile of their own accord is not counted here, while its messages are
    /// counted in [`snapshots`](Self::snapshots).
    pub fn entities(&self) -> usize {
        self.entities
    }

    /// How many messages are now pending because of it.
    ///
    /// A delete that a hook or an observer made meanwhile has its own [`operation`](Self::operation), and is not
    /// counted here.
    pub fn snapshots(&self) -> usize {
        self.counts.iter().map(|(_, count)| count).sum()
    }

    /// How many of them are [`PostDelete<S>`](crate::PostDelete).
    pub fn count<S: Snapshot>(&self) -> usize {
        self.counts
            .iter()
            .find(|(snapshot, _)| *snapshot == TypeId::of::<S>())
            .map_or(0, |(_, count)| *count)
    }

    /// How many of the entities that were asked for a bulk delete has left alone, because something in their tree is
    /// [`Protected`](crate::Protected).
    pub fn skipped(&self) -> usize {
        self.skipped
    }
}

//! Counters of notices.

use bevy::prelude::*;

/// The number of notices that this app has sent or received, by outcome.
///
/// [`ReplicateDeletesPlugin`](crate::ReplicateDeletesPlugin) adds it as a resource. A notice is about one entity on one
/// client. The crate never resets the counters. You may reset them yourself.
///
/// # Example
///
/// ```
/// use bevy::{prelude::*, state::app::StatesPlugin};
/// use bevy_post_delete_replicon::prelude::*;
/// use bevy_replicon::prelude::*;
///
/// /// Shows a player that the network is too slow for causes to arrive in time.
/// fn warn_of_late_notices(counts: Res<NoticeCounts>) {
///     if counts.is_changed() && counts.late > 0 {
///         info!("{} of {} causes came too late", counts.late, counts.late + counts.applied);
///     }
/// }
///
/// let mut app = App::new();
/// app.add_plugins((MinimalPlugins, StatesPlugin, RepliconPlugins, ReplicateDeletesPlugin))
///     .add_systems(Update, warn_of_late_notices);
/// assert_eq!(app.world().resource::<NoticeCounts>().late, 0);
/// ```
#[derive(Resource, Debug, Default, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoticeCounts {
    /// Sent by this server.
    pub sent: u64,
    /// Server: causes that were forgotten before they could be sent. A client was
    /// [`Disabled`](bevy::ecs::entity_disabling::Disabled) for so long that more than [`MAX_HELD_NOTICES`] entities
    /// were despawned meanwhile. The client's messages about those entities have no cause.
    ///
    /// Client: notices that were dropped because more than [`MAX_HELD_NOTICES`] were held.
    pub discarded: u64,
    /// Arrived at this client in time. Each was written as a [`DeleteNotice`](crate::DeleteNotice).
    pub applied: u64,
    /// Arrived at this client before the despawn that they are about, and were held until the despawn arrived.
    pub early: u64,
    /// Arrived at this client after the messages about the despawned entity were published, and were dropped.
    pub late: u64,
    /// Arrived at this client, matched no entity that replicon has despawned there, and were dropped. The client had
    /// predicted the delete, or the notice was a duplicate.
    pub unmatched: u64,
}

/// The number of notices that a client holds while it waits for the despawns that they are about, and the number of
/// causes that a server keeps for clients that are [`Disabled`](bevy::ecs::entity_disabling::Disabled).
///
/// If there are more, the oldest are dropped, and counted in [`NoticeCounts::discarded`]. 65,536 take 3 MiB.
///
/// # Example
///
/// ```
/// use bevy_post_delete_replicon::MAX_HELD_NOTICES;
///
/// // A level of 50,000 entities can end while a client is paused.
/// assert!(50_000 <= MAX_HELD_NOTICES);
/// ```
pub const MAX_HELD_NOTICES: usize = 65_536;

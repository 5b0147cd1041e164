//! Plugins for the most common tasks after a delete.
//!
//! | task | plugin |
//! |---|---|
//! | count deletions, also by a key of your choice | [`app.count_deletes::<S>()`, `count_deletes_by`](CountDeletesExt) |
//! | release assets that entities share | [`AssetReleasePlugin`] |
//! | do work that may fail, or takes several frames | [`DeleteQueuePlugin`] |
#![cfg_attr(feature = "audit", doc = "| write a log | [`AuditPlugin`] |")]
#![cfg_attr(
    not(feature = "audit"),
    doc = "| write a log | `AuditPlugin`, with the feature `audit` |"
)]
//! | look up which entity a stale id belonged to | [`RecentDeletesPlugin`] |
//! | read one message type for all tracked types | [`AnyDeletePlugin`] |
//! | delete the remaining entities when the app exits | [`DeleteAtExitPlugin`] |
#![cfg_attr(
    feature = "diagnostic",
    doc = "| show the numbers as Bevy's diagnostics | [`DeleteDiagnosticsPlugin`] |"
)]
#![cfg_attr(
    not(feature = "diagnostic"),
    doc = "| show the numbers as Bevy's diagnostics | `DeleteDiagnosticsPlugin`, with the feature `diagnostic` |"
)]
//!
//! A receiver for a snapshot type `S` adds [`PostDeletePlugin::<S>`](crate::PostDeletePlugin) itself.
//! [`AssetReleasePlugin<U>`] tracks a snapshot type of its own. To read the [`PostDelete`](crate::PostDelete) messages
//! of the component as well, add its `PostDeletePlugin`. Unless its docs say otherwise, a receiver runs in
//! [`Cleanup`](crate::Cleanup), in the set [`PostDeleteSystems::Receive`](crate::PostDeleteSystems::Receive). Order
//! your systems after this set to use the result.

mod after_last;
mod any;
mod asset_user;
mod assets;
mod at_exit;
#[cfg(feature = "audit")]
mod audit;
mod counts;
#[cfg(feature = "diagnostic")]
mod diagnostics;
mod queue;
mod recent;
mod uses;

pub use any::AnyDeletePlugin;
pub use asset_user::AssetUser;
pub use assets::{AssetReleasePlugin, AssetReleased, AssetUserLeft};
pub use at_exit::DeleteAtExitPlugin;
#[cfg(feature = "audit")]
pub use audit::{AuditLog, AuditPlugin};
pub use counts::{CountDeletesExt, DeleteCounts};
#[cfg(feature = "diagnostic")]
pub use diagnostics::DeleteDiagnosticsPlugin;
pub use queue::{DeleteQueue, DeleteQueuePlugin};
pub use recent::RecentDeletesPlugin;
pub use uses::AssetUses;

pub use crate::{
    publish::{AnyDelete, RecentDelete, RecentDeletes},
    snapshot::SnapshotType,
};

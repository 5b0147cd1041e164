//! What is most often done after a delete, ready to use.
//!
//! | after a delete I want to… | |
//! |---|---|
//! | count | [`app.count_deletes::<S>()`](CountDeletesExt), by a key of mine if need be |
//! | release what the entity shared with others | [`AssetReleasePlugin`] |
//! | do something dear, or that may fail, when there is time | [`DeleteQueuePlugin`] |
#![cfg_attr(feature = "audit", doc = "| keep a record | [`AuditPlugin`] |")]
#![cfg_attr(
    not(feature = "audit"),
    doc = "| keep a record | `AuditPlugin`, with the feature `audit` |"
)]
//! | hear of everything that is tracked | [`AnyDeletePlugin`] |
//!
//! Each tracks its type by itself: nothing else need be added. Each runs in [`Cleanup`](crate::Cleanup), in the set
//! [`PostDeleteSystems::Receive`](crate::PostDeleteSystems::Receive), after which systems can be ordered that use what
//! it has made of the deletions.
//!
//! None of them knows more of the crate than you do. They are short, and meant to be read as examples.

mod any;
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
pub use assets::{AssetReleasePlugin, AssetReleased, AssetUser, AssetUserLeft};
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

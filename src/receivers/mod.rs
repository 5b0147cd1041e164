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
//!
//! # A receiver of your own
//!
//! A receiver needs only public names. This plugin keeps the snapshots of the latest frame, for any snapshot type:
//!
//! ```
//! use std::marker::PhantomData;
//!
//! use bevy_app::prelude::*;
//! use bevy_ecs::prelude::*;
//! use bevy_post_delete::prelude::*;
//!
//! struct LatestPlugin<S>(PhantomData<fn() -> S>);
//!
//! impl<S> LatestPlugin<S> {
//!     // With `where S: Snapshot` here, the compiler shows what a type lacks that is not a `Snapshot`.
//!     fn new() -> Self
//!     where
//!         S: Snapshot,
//!     {
//!         Self(PhantomData)
//!     }
//! }
//!
//! impl<S: Snapshot> Plugin for LatestPlugin<S> {
//!     fn build(&self, app: &mut App) {
//!         app.add_plugins(PostDeletePlugin::<S>::default()) // harmless if the game adds it, too
//!             .insert_resource(Latest::<S>(Vec::new()))
//!             .add_systems(Cleanup, keep::<S>.in_set(PostDeleteSystems::Receive));
//!     }
//! }
//!
//! #[derive(Resource)]
//! struct Latest<S: Snapshot>(Vec<(Entity, S)>);
//!
//! fn keep<S: Snapshot>(mut deleted: MessageReader<PostDelete<S>>, mut latest: ResMut<Latest<S>>) {
//!     // A snapshot type need not be `Clone`. `try_clone` returns `None` if a snapshot cannot be cloned.
//!     let snapshots = deleted.read().filter_map(|deleted| Some((deleted.entity, S::try_clone(&deleted.snapshot)?)));
//!     latest.0 = snapshots.collect();
//! }
//!
//! #[derive(Component, Clone, Debug, PartialEq)]
//! struct Enemy(u32);
//!
//! let mut app = App::new();
//! app.add_plugins(LatestPlugin::<Enemy>::new());
//! let enemy = app.world_mut().spawn(Enemy(7)).id();
//! app.world_mut().despawn(enemy);
//! app.update();
//! assert_eq!(app.world().resource::<Latest<Enemy>>().0, [(enemy, Enemy(7))]);
//! ```

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

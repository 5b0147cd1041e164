//! Reacts after an entity is gone.
//!
//! An entity is deleted through a command extension, [`commands.entity(e).delete()`](DeleteEntityCommandsExt::delete).
//! Every component of it that somebody [tracks](PostDeletePlugin) is snapshotted, and [`PostDelete`] tells systems and
//! observers of it in a later stage, [`Cleanup`]: to release what the entity has used last, to count, to log. A plain
//! `despawn` is told as well.
//!
//! # Example
//!
//! ```
#![doc = include_str!("../examples/quick_start.rs")]
//! ```
//!
//! # The path of one delete
//!
//! ```text
//! commands.entity(e).delete()          opens a deletion: who, why, which operation
//!   └─ walk the linked tree            what goes, and in which order, is fixed before anything changes
//!       └─ despawn, last to first
//!           └─ capture                 for each tracked type, while the value is still whole
//!               └─ pending             staged, invisible to systems
//! PostUpdate ends
//!   └─ publish                         observers `On<PostDelete<S>>`, then `Messages<PostDelete<S>>`
//!       └─ Cleanup                     your systems: release assets, update counters, log, notify
//! ```
//!
//! A plain `despawn` enters at *capture*: nothing escapes, it only carries less provenance ([`Origin`]).
//!
//! # The order of deletion
//!
//! Resources are best released in the reverse order of their making. So one delete goes up the tree from its leaves,
//! and from the last child to the first, over every relation whose target is `linked_spawn`:
//!
//! ```text
//! ship                                       6
//! ├── hull                                   5
//! │   ├── left engine                        4
//! │   └── right engine                       3
//! └── cargo bay                              2
//!     └── crate                              1
//! ```
//!
//! This is the order of the messages, too. Bevy's own `despawn` is captured from the root down.
//!
//! What the delete of a single entity looks like from within:
//!
//! | | what happens to the entity | what you can do |
//! |---|---|---|
//! | 1 | [`Despawn`](bevy_ecs::lifecycle::Despawn) observers and hooks run: **the snapshots are taken** among them | see the whole entity; what you change now may or may not be in the snapshot |
//! | 2 | [`Discard`](bevy_ecs::lifecycle::Discard), then [`Remove`](bevy_ecs::lifecycle::Remove) observers and hooks run | see the whole entity; the snapshot is taken already |
//! | 3 | the components are dropped, the entity is gone | |
//! | 4 | the commands that those observers and hooks have queued are applied | delete more: it is part of this deletion, as [`Cascade`](DeleteKind::Cascade) |
//! | 5 | [`publish_deletes`]: [`PostDelete`] observers run, type by type, then the messages are written | delete more: it is told in the next stage |
//! | 6 | [`Cleanup`]: systems read the messages | the same |
//!
//! When many go at once, and nothing but this crate would hear of it, all of them are captured before any is despawned.
//! Only a [`Snapshot`] that looks at other components than its own could tell.
//!
//! # Guarantees
//!
#![doc = include_str!("guarantees.md")]
//!
//! # What Bevy gives no sign of
//!
//! Whatever goes by these roads is not told, because no hook and no observer is:
//!
//! - [`World::clear_entities`](bevy_ecs::world::World::clear_entities) and `clear_all`. They take all resources, too,
//!   so that nothing in that world is tracked any more, or can be.
//! - The drop of the [`World`](bevy_ecs::world::World), with the `App` that owns it. Where the last of something must be
//!   released when the game ends, delete it in a system that reads `AppExit`, or release it in `Drop`.
//! - A value that is overwritten in place, through `&mut T` or `Mut<T>`. It does not end, it changes. Make the component
//!   `#[component(immutable)]`, and every new value is an insert, which
//!   [`with_removals`](PostDeletePlugin::with_removals) tells.
//!
//! # Reading the messages
//!
//! They are ordinary Bevy messages: each system reads them at its own pace, in any schedule. A system that runs earlier in
//! the frame than [`Cleanup`] reads them in the next frame.
//!
//! Bevy drops a message, and what its snapshot holds, when it rotates the buffers for the second time after it was
//! published. When that is, depends on the world:
//!
//! | | buffers are rotated |
//! |---|---|
//! | an `App` | every frame, in [`First`](bevy_app::First) |
//! | with `TimePlugin`, as in Bevy's `DefaultPlugins` | in `First` after a frame in which a fixed tick ran, so that every tick can read |
//! | while its virtual time is paused, and no tick runs | not at all |
//! | a bare [`World`](bevy_ecs::world::World) | when you run [`message_update_system`](bevy_ecs::message::message_update_system) |
//!
//! So a system in [`Cleanup`] that runs in every frame, and a system in [`FixedCleanup`] that runs in every tick, miss
//! nothing. While time is paused nothing is lost either, but the messages pile up, this crate's like all others, until
//! two ticks have run in different frames. A game that deletes a lot while it is paused can have Bevy rotate in these
//! frames, too: add [`signal_message_update_system`](bevy_ecs::message::signal_message_update_system) to
//! [`Last`](bevy_app::Last) for as long as the pause lasts. Ticks then do not read what went earlier in the pause.
//!
//! A system that does not run in every frame may miss some. How many, its cursor knows:
//!
//! ```
//! use bevy_app::prelude::*;
//! use bevy_ecs::{
//!     message::{MessageCursor, Messages},
//!     prelude::*,
//! };
//! use bevy_post_delete::prelude::*;
//!
//! #[derive(Component, Clone)]
//! struct Enemy;
//!
//! #[derive(Resource, Default)]
//! struct Kills {
//!     seen: usize,
//!     missed: usize,
//! }
//!
//! #[derive(Resource, PartialEq)]
//! struct Watching(bool);
//!
//! fn watch(
//!     mut cursor: Local<MessageCursor<PostDelete<Enemy>>>,
//!     deleted: Res<Messages<PostDelete<Enemy>>>,
//!     mut kills: ResMut<Kills>,
//! ) {
//!     kills.missed += cursor.missed_messages(&deleted); // before it reads on
//!     kills.seen += cursor.read(&deleted).count();
//! }
//!
//! let mut app = App::new();
//! app.add_plugins(PostDeletePlugin::<Enemy>::default())
//!     .init_resource::<Kills>()
//!     .insert_resource(Watching(false))
//!     .add_systems(Cleanup, watch.run_if(resource_equals(Watching(true))));
//!
//! for frame in 1..=5 {
//!     app.insert_resource(Watching(frame == 5));
//!     app.world_mut().spawn(Enemy).despawn();
//!     app.update();
//! }
//! let kills = app.world().resource::<Kills>();
//! assert_eq!((kills.seen, kills.missed), (2, 3)); // the last two frames are there yet
//! ```
//!
//! Such a cursor counts from the first message ever published; start one with
//! [`get_cursor_current`](bevy_ecs::message::Messages::get_cursor_current) to count from there. Where nothing may be
//! missed, let a [`DeleteQueue`](receivers::DeleteQueue) keep what was deleted until you take it.
//!
//! # Without an `App`
//!
//! All but the schedules works with `bevy_ecs` alone: see [`TrackDeletesExt`] and [`DeleteWorldExt`].
//!
//! # Coming from something else
//!
//! The [`guide`] shows what you may have now beside the same in this crate, and answers questions.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod delete;
pub mod guide;
mod message;
mod panics;
mod plugin;
mod publish;
pub mod receivers;
mod schedules;
mod snapshot;
mod track;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(feature = "derive")]
pub use bevy_post_delete_derive::Snapshot;
pub use delete::{
    Because, DeleteCommandsExt, DeleteEntityCommandsExt, DeleteEntityWorldMutExt, DeleteError, DeletePlan,
    DeleteReport, DeleteWorldExt, Protected,
};
pub use message::{DeleteCause, DeleteKind, DeleteReason, Origin, PostDelete};
pub use plugin::PostDeletePlugin;
pub use publish::{IsolatedTrigger, publish_deletes};
pub use schedules::{Cleanup, FixedCleanup, PostDeleteSystems};
pub use snapshot::Snapshot;
pub use track::{DespawnPolicy, TrackDeletesExt, TrackedDeletes, TrackedSnapshot};

/// Everything that is public, for glob imports.
pub mod prelude {
    #[cfg(feature = "diagnostic")]
    #[doc(no_inline)]
    pub use crate::receivers::DeleteDiagnosticsPlugin;
    #[doc(no_inline)]
    pub use crate::receivers::{
        AnyDelete, AnyDeletePlugin, AssetReleasePlugin, AssetReleased, AssetUser, AssetUserLeft, AssetUses,
        CountDeletesExt, DeleteAtExitPlugin, DeleteCounts, DeleteQueue, DeleteQueuePlugin, RecentDelete, RecentDeletes,
        RecentDeletesPlugin, SnapshotType,
    };
    #[cfg(feature = "audit")]
    #[doc(no_inline)]
    pub use crate::receivers::{AuditLog, AuditPlugin};
    #[doc(no_inline)]
    pub use crate::{
        Because, Cleanup, DeleteCause, DeleteCommandsExt, DeleteEntityCommandsExt, DeleteEntityWorldMutExt,
        DeleteError, DeleteKind, DeletePlan, DeleteReason, DeleteReport, DeleteWorldExt, DespawnPolicy, FixedCleanup,
        IsolatedTrigger, Origin, PostDelete, PostDeletePlugin, PostDeleteSystems, Protected, Snapshot, TrackDeletesExt,
        TrackedDeletes, TrackedSnapshot, publish_deletes,
    };
}

//! Runs your code after an entity has been despawned, for example to release an asset when its last user is deleted, to
//! delete a file, to stop a sound, to update a counter, or to write a log entry.
//!
//! By then, Bevy has already dropped the entity's components. This crate takes a [`Snapshot`] of the components that
//! you [track](PostDeletePlugin) just before their entity is despawned, whichever code despawns it. It publishes a
//! [`PostDelete<T>`](PostDelete) to systems (as a message) and observers (as an event) right before the [`Cleanup`]
//! schedule, which runs between `PostUpdate` and `Last`, and right before [`FixedCleanup`] in the fixed timestep.
//!
//! Call [`commands.entity(e).delete()`](DeleteEntityCommandsExt::delete) instead of `despawn()` to add a cause, and to
//! despawn children before their parents. A plain `despawn()` is captured, too.
//!
//! # Example
//!
//! ```
#![doc = include_str!("../examples/quick_start.rs")]
//! ```
//!
//! The [`guide`] has a page for each task. The [`receivers`] are plugins that react to deletions, for the most common
//! tasks.
//!
//! # Data flow
//!
//! ```text
//! commands.entity(e).delete()          starts a deletion: its cause and its operation number
//!   └─ plan the linked tree            the deletion order is fixed before the world changes
//!       └─ despawn, descendants first
//!           └─ capture                 one snapshot per tracked type, before any component is removed
//!               └─ pending             not yet visible to systems
//! PostUpdate ends
//!   └─ publish                         triggers `On<PostDelete<S>>`, then writes `Messages<PostDelete<S>>`
//!       └─ Cleanup                     your systems: release assets, update counters, log, notify
//! ```
//!
//! A plain `despawn()` starts at *capture*. The [`Origin`] of its messages has no reason, instigator, root or
//! operation.
//!
//! # Deletion order
//!
//! Handles, files and devices are best released in the reverse order of their creation. So a `delete` despawns
//! descendants before ancestors, and later siblings before earlier ones, for every relationship with `linked_spawn`:
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
//! The messages are in this order, too. Entities that a plain `despawn()` despawns are captured root first.
//!
//! If no hook or observer of other code runs during a `delete`, and no component but `Children` has drop code, parents
//! may be despawned first. The messages keep their order. The difference is visible only in
//! [`RemovedComponents`](bevy_ecs::lifecycle::RemovedComponents), and in the ids that Bevy uses for the next entities.
//!
//! For a single entity, a delete has these steps:
//!
//! | | step | your code |
//! |---|---|---|
//! | 1 | Hooks and observers of [`Despawn`](bevy_ecs::lifecycle::Despawn) run. **The snapshots are taken** during this step, or before it. | Your hook or observer can read all components. If it changes the tracked component, the snapshot may or may not contain the change. |
//! | 2 | Hooks and observers of [`Discard`](bevy_ecs::lifecycle::Discard) run, then those of [`Remove`](bevy_ecs::lifecycle::Remove). | Your hook or observer can read all components. The snapshot no longer changes. |
//! | 3 | The components are dropped. The entity is despawned. | |
//! | 4 | The commands that those hooks and observers have queued are applied. | Entities that they despawn with `despawn` belong to this deletion, as [`Cascade`](DeleteKind::Cascade). |
//! | 5 | [`publish_deletes`] triggers the observers of [`PostDelete`], type by type, and writes the messages. | The messages of entities that it deletes are published by the next publish. |
//! | 6 | Systems in [`Cleanup`] read the messages. | The messages of entities that they delete are published by the next publish. |
//!
//! If no hook or observer of other code runs during a delete, all entities are captured before the first is despawned.
//! Otherwise, each entity is captured right before its own despawn. This makes a difference only for a [`Snapshot`]
//! that reads components other than the tracked one.
//!
//! # Guarantees
//!
#![doc = include_str!("guarantees.md")]
//!
//! # Deletions that are not published
//!
//! - Under [`DespawnPolicy::Ignore`], plain despawns are not published.
//! - No message is published for an entity whose [`Snapshot::capture`] returns `None`.
//!
//! Bevy runs no hook and no observer for these:
//!
//! - [`World::clear_entities`](bevy_ecs::world::World::clear_entities) and `clear_all`. They also remove all resources.
//!   Afterwards, the world tracks no type. Do not track a type again in this world: when a resource is inserted again,
//!   Bevy 0.20.1 panics, or inserts it into an unrelated entity.
//! - The [`World`](bevy_ecs::world::World) is dropped, together with its `App`. Add
//!   [`DeleteAtExitPlugin`](receivers::DeleteAtExitPlugin) to delete the remaining entities when the app exits.
//! - A value that is overwritten in place, through `&mut T` or `Mut<T>`. The component is changed, not removed. If you
//!   make it `#[component(immutable)]`, every new value is an insert, and
//!   [`with_removals`](PostDeletePlugin::with_removals) publishes the old value.
//!
//! # Reading the messages
//!
//! They are ordinary Bevy messages: each system reads them at its own pace, in any schedule. A system that runs earlier
//! in the frame than [`Cleanup`] reads them in the next frame.
//!
//! Tracking a type adds the resource `Messages<PostDelete<T>>`. A system that reads them panics if nothing tracks the
//! type, or never runs if it is in [`Cleanup`] and the app tracks no type at all. [`guide::nothing_happens`] lists this
//! and the other reasons why nothing seems to be published.
//!
//! Bevy drops a message, with its snapshot, at the second message update after the publish. The time of a message
//! update depends on the world:
//!
//! | | messages are updated |
//! |---|---|
//! | an `App` | every frame, in [`First`](bevy_app::First) |
//! | with `TimePlugin`, as in `DefaultPlugins` | in `First`, after a frame in which a fixed step ran, so that every fixed step can read them |
//! | with `TimePlugin`, while virtual time is paused, because no fixed step runs | not at all |
//! | a [`World`](bevy_ecs::world::World) without an `App` | when you run [`message_update_system`](bevy_ecs::message::message_update_system) |
//!
//! So a system in [`Cleanup`] that runs every frame misses no message. The same is true of a system in [`FixedCleanup`]
//! that runs every fixed step. While time is paused, messages accumulate, like all other Bevy messages. If a game
//! deletes many entities while it is paused, add
//! [`signal_message_update_system`](bevy_ecs::message::signal_message_update_system) to [`Last`](bevy_app::Last), with
//! a run condition that is true during the pause. Bevy then also updates the messages in these frames, and systems in
//! the fixed timestep miss the messages that are dropped during the pause.
//!
//! A system that does not run every frame can miss messages. A [`MessageCursor`](bevy_ecs::message::MessageCursor)
//! counts them:
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
//!     read: usize,
//!     missed: usize,
//! }
//!
//! #[derive(Resource, PartialEq)]
//! struct Counting(bool);
//!
//! fn count_kills(
//!     mut cursor: Local<MessageCursor<PostDelete<Enemy>>>,
//!     deleted: Res<Messages<PostDelete<Enemy>>>,
//!     mut kills: ResMut<Kills>,
//! ) {
//!     kills.missed += cursor.missed_messages(&deleted); // before it reads
//!     kills.read += cursor.read(&deleted).count();
//! }
//!
//! let mut app = App::new();
//! app.add_plugins(PostDeletePlugin::<Enemy>::default())
//!     .init_resource::<Kills>()
//!     .insert_resource(Counting(false))
//!     .add_systems(Cleanup, count_kills.run_if(resource_equals(Counting(true))));
//!
//! for frame in 1..=5 {
//!     app.insert_resource(Counting(frame == 5));
//!     app.world_mut().spawn(Enemy).despawn();
//!     app.update();
//! }
//! let kills = app.world().resource::<Kills>();
//! assert_eq!((kills.read, kills.missed), (2, 3)); // two frames of messages are kept
//! ```
//!
//! Such a cursor counts from the first message that was ever written. One that
//! [`get_cursor_current`](bevy_ecs::message::Messages::get_cursor_current) creates counts only messages that are
//! written afterwards. If no message may be missed, use a [`DeleteQueue`](receivers::DeleteQueue), which keeps the
//! values until you take them.
//!
//! # Without an `App`
//!
//! Tracking, deleting and publishing work with `bevy_ecs` alone: see [`TrackDeletesExt`] and [`DeleteWorldExt`]. The
//! schedules and most receivers need an `App`.
#![no_std]
#![warn(clippy::print_stdout, clippy::print_stderr)]
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

/// All public names, for glob imports.
pub mod prelude {
    #[doc(no_inline)]
    pub use crate::receivers::*;
    #[doc(no_inline)]
    pub use crate::{
        Because, Cleanup, DeleteCause, DeleteCommandsExt, DeleteEntityCommandsExt, DeleteEntityWorldMutExt,
        DeleteError, DeleteKind, DeletePlan, DeleteReason, DeleteReport, DeleteWorldExt, DespawnPolicy, FixedCleanup,
        IsolatedTrigger, Origin, PostDelete, PostDeletePlugin, PostDeleteSystems, Protected, Snapshot, TrackDeletesExt,
        TrackedDeletes, TrackedSnapshot, publish_deletes,
    };
}

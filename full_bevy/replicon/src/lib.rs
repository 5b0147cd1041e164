//! Clients of [`bevy_replicon`] receive the cause of a deletion: why the server despawned an entity, and which entity
//! caused it.
//!
//! # Example
//!
//! ```
#![doc = include_str!("../examples/quick_start.rs")]
//! ```
//!
//! # What happens to a despawn
//!
//! ```text
//! server                                                      client
//! commands.entity(e).because(KILLED.by(p)).delete()
//! PostUpdate
//!   replicon writes the update message ------- despawn e ---> PreUpdate
//!   publish                                                     replicon applies it: world.delete(e)
//!   notice for each despawn in that message -- e: KILLED, p ->  the pending messages about e get KILLED and p
//!   the backend sends both                                    ..
//! Cleanup: `PostDelete<T>` with KILLED by p                   Cleanup: `PostDelete<T>` with KILLED by p
//! ```
//!
//! The README describes the messages, the information that a client gets, and the limits.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(any(feature = "client", feature = "server")),
    allow(dead_code, unused_imports, reason = "nothing is left to do without a side")
)]

extern crate alloc;

mod counts;
mod notice;
mod plugin;
mod reasons;
mod recent;
mod tag;

#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod despawns;

#[cfg(feature = "server")]
mod server;
#[cfg(feature = "server")]
mod updates;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(feature = "client")]
pub use client::DeleteNotice;
pub use counts::{MAX_HELD_NOTICES, NoticeCounts};
#[cfg(feature = "client")]
pub use despawns::delete_replicated;
pub use plugin::{ReplicateDeletesPlugin, ReplicateDeletesSystems};
pub use reasons::{LOST_SIGHT, ReplicateReasonsExt};

/// The names that most apps need, for glob imports.
pub mod prelude {
    #[cfg(feature = "client")]
    #[doc(no_inline)]
    pub use crate::DeleteNotice;
    #[doc(no_inline)]
    pub use crate::{LOST_SIGHT, NoticeCounts, ReplicateDeletesPlugin, ReplicateDeletesSystems, ReplicateReasonsExt};
}

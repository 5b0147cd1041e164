//! Tracking: the snapshot types that a world captures, and their pending messages.
//!
//! [`ext`] tracks a type: it gives the component a hook or observers ([`hooks`]) and enters the type in the
//! [`registry`]. The hook calls [`capture`], which looks up the active deletion ([`context`]) and adds a message to
//! those [`pending`]. [`settle`] retracts a message if its entity or component still exists.

pub(crate) mod capture;
mod capture_all;
pub(crate) mod context;
mod ext;
pub(crate) mod foreign_hooks;
mod held;
mod hooks;
pub(crate) mod links;
pub(crate) mod messages;
pub(crate) mod pending;
mod policy;
pub(crate) mod registry;
pub(crate) mod settle;
mod stats;

pub use ext::TrackDeletesExt;
pub(crate) use ext::{set_policy, track_removals};
pub(crate) use pending::amend_pending;
pub use policy::DespawnPolicy;
pub(crate) use policy::describe_place;
pub use stats::{TrackedDeletes, TrackedSnapshot};

//! Reacts after an entity is gone.
#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod capture;
mod delete;
mod deletions;
mod message;
mod observers;
mod pending;
mod plugin;
mod snapshot;
mod stage;
mod tracking;

pub use delete::{
    DeleteCommandsExt, DeleteEntityCommandsExt, DeleteEntityWorldMutExt, DeleteError, DeletePlan, DeleteReport,
    DeleteWorldExt, Protected,
};
pub use message::{DeleteKind, DeleteReason, Origin, PostDelete};
pub use observers::IsolatedTrigger;
pub use pending::Bypass;
pub use plugin::PostDeletePlugin;
pub use snapshot::Snapshot;
pub use stage::{Cleanup, FixedCleanup, PostDeleteSystems, publish_deletes};
pub use tracking::TrackDeletesExt;

/// All that is needed to delete entities and to hear of it.
pub mod prelude {
    #[doc(no_inline)]
    pub use crate::{
        Bypass, Cleanup, DeleteCommandsExt, DeleteEntityCommandsExt, DeleteEntityWorldMutExt, DeleteError, DeleteKind,
        DeletePlan, DeleteReason, DeleteReport, DeleteWorldExt, FixedCleanup, Origin, PostDelete, PostDeletePlugin,
        PostDeleteSystems, Protected, Snapshot, TrackDeletesExt, publish_deletes,
    };
}

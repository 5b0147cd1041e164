//! Deleting: the commands and methods, and what they share.
//!
//! Each extension trait turns a call into an [`Open`](open::Open) deletion and hands it to [`single`] or [`bulk`], which
//! walk first ([`walk`]), then despawn what was walked within that open deletion ([`current`]).

mod ahead;
mod bulk;
mod commands;
pub(crate) mod current;
mod entity_commands;
mod entity_world_mut;
mod error;
mod links;
pub(crate) mod open;
mod plan;
mod protected;
mod report;
mod single;
pub(crate) mod walk;
mod world;

pub use commands::DeleteCommandsExt;
pub use entity_commands::DeleteEntityCommandsExt;
pub use entity_world_mut::DeleteEntityWorldMutExt;
pub use error::DeleteError;
pub use plan::DeletePlan;
pub use protected::Protected;
pub use report::DeleteReport;
pub use world::DeleteWorldExt;

//! Deleting: the extension traits, and the code that they share.
//!
//! Each extension trait passes a call on to [`single`] or [`bulk`]. They find the [`tree`] of entities first, then
//! [`despawn`] it within an active deletion. If no other code can run meanwhile, that is done on the [`fast_path`].

mod archetype;
mod because;
mod bulk;
mod commands;
mod despawn;
mod entity_commands;
mod entity_world_mut;
mod error;
mod fast_path;
mod hierarchy;
mod plan;
mod protected;
mod report;
mod scratch;
mod single;
#[cfg(feature = "trace")]
mod span;
mod targets;
mod tree;
mod world;

pub use because::Because;
pub use commands::DeleteCommandsExt;
pub use entity_commands::DeleteEntityCommandsExt;
pub use entity_world_mut::DeleteEntityWorldMutExt;
pub use error::DeleteError;
pub use plan::DeletePlan;
pub use protected::Protected;
pub use report::DeleteReport;
pub use world::DeleteWorldExt;

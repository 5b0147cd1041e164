//! The span of a delete call, with the feature `trace`.

use bevy_ecs::entity::Entity;
use tracing::{field::display, span::EnteredSpan};

use crate::message::{DeleteCause, DeleteReason};

/// Enters the span of a delete call. A bulk delete has no root.
pub(super) fn delete_span(root: Option<Entity>, cause: DeleteCause) -> EnteredSpan {
    let root = root.map(display);
    let reason = cause.reason.as_ref().map(DeleteReason::as_str);
    let instigator = cause.instigator.map(display);
    tracing::info_span!("delete", root, reason, instigator).entered()
}

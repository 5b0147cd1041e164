//! A line of the log.

use alloc::{
    format,
    string::{String, ToString},
};
use core::any::type_name;

use bevy_ecs::entity::Entity;
use serde::Serialize;

use crate::PostDelete;

/// A deletion, as the log records it.
#[derive(Serialize)]
struct Line<'a, S> {
    entity: u64,
    entity_id: String,
    r#type: &'static str,
    kind: String,
    root: Option<u64>,
    root_id: Option<String>,
    reason: Option<&'static str>,
    instigator: Option<u64>,
    instigator_id: Option<String>,
    operation: u64,
    frame: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot: Option<&'a S>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Returns the line of a deletion as JSON. A snapshot that cannot be serialized is replaced by the error.
pub(super) fn json<S: Serialize>(deleted: &PostDelete<S>, frame: u64) -> String {
    let origin = &deleted.origin;
    let mut line = Line {
        entity: deleted.entity.to_bits(),
        entity_id: deleted.entity.to_string(),
        r#type: type_name::<S>(),
        kind: format!("{:?}", origin.kind),
        root: origin.root.map(Entity::to_bits),
        root_id: origin.root.as_ref().map(ToString::to_string),
        reason: origin.reason.map(|reason| reason.as_str()),
        instigator: origin.instigator.map(Entity::to_bits),
        instigator_id: origin.instigator.as_ref().map(ToString::to_string),
        operation: origin.operation,
        frame,
        caller: origin.caller.into_option().map(ToString::to_string),
        snapshot: Some(&deleted.snapshot),
        error: None,
    };
    let json = serde_json::to_string(&line).unwrap_or_else(|error| {
        line.snapshot = None;
        line.error = Some(error.to_string());
        serde_json::to_string(&line).unwrap_or_default()
    });
    // Only serde_json's `RawValue` contains line breaks: it is copied as it was written.
    json.replace(['\n', '\r'], " ")
}

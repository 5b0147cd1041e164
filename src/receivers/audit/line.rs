//! A line of the log.

use alloc::{
    format,
    string::{String, ToString},
};
use core::any::type_name;

use serde::Serialize;

use crate::PostDelete;

/// What was deleted, as the log has it.
#[derive(Serialize)]
pub(super) struct Line<'a, S> {
    entity: u64,
    r#type: &'static str,
    kind: String,
    root: Option<u64>,
    reason: Option<&'static str>,
    operation: u64,
    frame: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot: Option<&'a S>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl<'a, S: Serialize> Line<'a, S> {
    pub(super) fn new(
        PostDelete {
            entity,
            snapshot,
            origin,
        }: &'a PostDelete<S>,
        frame: u64,
    ) -> Self {
        Self {
            entity: entity.to_bits(),
            r#type: type_name::<S>(),
            kind: format!("{:?}", origin.kind),
            root: origin.root.map(bevy_ecs::entity::Entity::to_bits),
            reason: origin.reason.map(|reason| reason.as_str()),
            operation: origin.operation,
            frame,
            caller: origin.caller.into_option().map(ToString::to_string),
            snapshot: Some(snapshot),
            error: None,
        }
    }

    /// The line as JSON. What cannot be serialized is replaced by why.
    pub(super) fn json(mut self) -> String {
        match serde_json::to_string(&self) {
            Ok(json) => json,
            Err(error) => {
                self.snapshot = None;
                self.error = Some(error.to_string());
                serde_json::to_string(&self).unwrap_or_default()
            }
        }
    }
}

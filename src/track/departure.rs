//! The ways in which a value leaves its entity, and how they are noticed.

use crate::message::DeleteKind;

/// How a value is about to leave.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Departure {
    /// Its entity is about to be despawned, as noticed by this source.
    Despawn(CaptureSource),
    /// It is about to be removed or replaced. Its entity stays alive.
    Removal(DeleteKind),
}

/// The way by which the despawn of a component is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CaptureSource {
    /// The component's `on_despawn` hook.
    Hook,
    /// An observer of [`Despawn`](bevy_ecs::lifecycle::Despawn).
    Observer,
}

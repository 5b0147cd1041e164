//! The events at which a value is captured.

use crate::message::DeleteKind;

/// Why a value is captured.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CaptureEvent {
    /// Its entity is about to be despawned. This hook or observer captures it.
    Despawn(CaptureSource),
    /// It is about to be removed or replaced. Its entity stays alive.
    Removal(DeleteKind),
}

/// What starts the capture of a despawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CaptureSource {
    /// The component's `on_despawn` hook.
    Hook,
    /// An observer of [`Despawn`](bevy_ecs::lifecycle::Despawn).
    Observer,
}

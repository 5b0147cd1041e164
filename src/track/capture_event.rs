//! The events at which a value is captured.

use crate::message::DeleteKind;

/// Why a value is captured.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CaptureEvent {
    /// Its entity is about to be despawned, as this source has noticed.
    Despawn(CaptureSource),
    /// It is about to be removed or replaced. Its entity stays alive.
    Removal(DeleteKind),
}

/// How the despawn of an entity with the component is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CaptureSource {
    /// The component's `on_despawn` hook.
    Hook,
    /// An observer of [`Despawn`](bevy_ecs::lifecycle::Despawn).
    Observer,
}

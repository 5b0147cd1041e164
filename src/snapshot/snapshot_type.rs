//! The type of a snapshot, as a value.

use core::{
    any::{TypeId, type_name},
    fmt,
};

use super::Snapshot;

/// The type of a snapshot, as a value that can be compared, stored and displayed.
///
/// # Example
///
/// ```
/// use core::any::TypeId;
///
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Enemy;
///
/// let enemy = SnapshotType::of::<Enemy>();
/// assert_eq!(enemy.id(), TypeId::of::<Enemy>());
/// assert!(enemy.name().ends_with("::Enemy"));
/// assert_eq!(enemy.short_name(), "Enemy");
/// assert_eq!(enemy.to_string(), enemy.name());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SnapshotType {
    id: TypeId,
    name: &'static str,
}

impl SnapshotType {
    /// Returns the type `S` as a value.
    pub fn of<S: Snapshot>() -> Self {
        Self {
            id: TypeId::of::<S>(),
            name: type_name::<S>(),
        }
    }

    /// Returns a placeholder, for a value that is created by reflection.
    #[cfg(feature = "bevy_reflect")]
    pub(crate) fn unknown() -> Self {
        Self {
            id: TypeId::of::<()>(),
            name: "",
        }
    }

    /// Returns the id of the type.
    pub fn id(&self) -> TypeId {
        self.id
    }

    /// Returns the full name of the type, such as `game::enemies::Enemy`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the name of the type without its modules, such as `Enemy`. A generic type keeps its full name.
    pub fn short_name(&self) -> &'static str {
        short_name(self.name)
    }
}

/// Returns the name of a type without its modules, unless it is generic.
pub(crate) fn short_name(name: &'static str) -> &'static str {
    match name.contains('<') {
        true => name,
        false => name.rsplit("::").next().unwrap_or(name),
    }
}

impl fmt::Display for SnapshotType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}

impl fmt::Debug for SnapshotType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SnapshotType").field(&self.name).finish()
    }
}

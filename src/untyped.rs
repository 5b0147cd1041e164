//! The message without its type.

use core::{
    any::{TypeId, type_name},
    fmt,
    ops::Deref,
};

use bevy_ecs::{entity::Entity, message::Message};

use crate::{
    message::{Origin, PostDelete},
    snapshot::Snapshot,
};

/// Tells that an entity is gone, whatever was tracked of it.
///
/// One is published with every [`PostDelete`], where an [`AnyDeletePlugin`](crate::receivers::AnyDeletePlugin) was
/// added: for logs, inspectors and statistics that do not know the types of the game. It does not carry the snapshot.
///
/// The types are told one after the other in the order of registration, each in the order of its deletions.
///
/// # Example
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Enemy;
///
/// #[derive(Component, Clone)]
/// struct Item;
///
/// #[derive(Resource, Default)]
/// struct Log(Vec<String>);
///
/// fn write_log(mut deleted: MessageReader<AnyDelete>, mut log: ResMut<Log>) {
///     for AnyDelete { snapshot_type, origin, .. } in deleted.read() {
///         log.0.push(format!("{}: {:?}", snapshot_type.short_name(), origin.kind));
///     }
/// }
///
/// let mut app = App::new();
/// app.add_plugins((
///     PostDeletePlugin::<Enemy>::default(),
///     PostDeletePlugin::<Item>::default(),
///     AnyDeletePlugin,
/// ))
/// .init_resource::<Log>()
/// .add_systems(Cleanup, write_log);
///
/// app.world_mut().spawn((Enemy, children![Item])).delete()?;
/// app.update();
/// assert_eq!(app.world().resource::<Log>().0, ["Enemy: Direct", "Item: Cascade"]);
/// # Ok::<(), DeleteError>(())
/// ```
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnyDelete {
    /// The entity that was deleted. It is no longer alive.
    pub entity: Entity,
    /// Who deleted it, and why.
    pub origin: Origin,
    /// What was remembered of it.
    pub snapshot_type: SnapshotType,
}

impl AnyDelete {
    pub(crate) fn of<S: Snapshot>(message: &PostDelete<S>) -> Self {
        Self {
            entity: message.entity,
            origin: message.origin,
            snapshot_type: SnapshotType::of::<S>(),
        }
    }
}

/// The type of a snapshot, as a value.
///
/// It can be compared with a [`TypeId`] and with a type's full name, and reads as that name.
///
/// # Example
///
/// ```
/// use core::any::{TypeId, type_name};
///
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::receivers::SnapshotType;
///
/// #[derive(Component, Clone)]
/// struct Enemy;
///
/// let enemy = SnapshotType::of::<Enemy>();
/// assert_eq!(enemy, TypeId::of::<Enemy>());
/// assert_eq!(enemy, *type_name::<Enemy>());
/// assert!(enemy.ends_with("::Enemy"));
/// assert_eq!(enemy.short_name(), "Enemy");
/// ```
#[derive(Clone, Copy)]
pub struct SnapshotType {
    id: TypeId,
    name: &'static str,
}

impl SnapshotType {
    /// The type `S`.
    pub fn of<S: Snapshot>() -> Self {
        Self {
            id: TypeId::of::<S>(),
            name: type_name::<S>(),
        }
    }

    /// Returns its id.
    pub fn id(&self) -> TypeId {
        self.id
    }

    /// Returns its full name, such as `game::enemies::Enemy`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns its name without the modules it is in, such as `Enemy`. The name of a generic type is given in full.
    pub fn short_name(&self) -> &'static str {
        match self.name.contains('<') {
            true => self.name,
            false => self.name.rsplit("::").next().unwrap_or(self.name),
        }
    }
}

impl PartialEq for SnapshotType {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for SnapshotType {}

impl core::hash::Hash for SnapshotType {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl PartialEq<SnapshotType> for TypeId {
    fn eq(&self, other: &SnapshotType) -> bool {
        other == self
    }
}

impl PartialEq<TypeId> for SnapshotType {
    fn eq(&self, other: &TypeId) -> bool {
        self.id == *other
    }
}

impl PartialEq<str> for SnapshotType {
    fn eq(&self, other: &str) -> bool {
        self.name == other
    }
}

impl PartialEq<&str> for SnapshotType {
    fn eq(&self, other: &&str) -> bool {
        self.name == *other
    }
}

impl Deref for SnapshotType {
    type Target = str;

    fn deref(&self) -> &str {
        self.name
    }
}

impl fmt::Display for SnapshotType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for SnapshotType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SnapshotType").field(&self.name).finish()
    }
}

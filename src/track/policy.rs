//! The policy for despawns without a delete call.

use alloc::{format, string::String};

use bevy_ecs::{change_detection::MaybeLocation, entity::Entity};

use crate::snapshot::short_name;

/// What happens when an entity with the tracked component is despawned without a delete call.
///
/// It is set for a snapshot type with [`PostDeletePlugin::despawn_policy`](crate::PostDeletePlugin::despawn_policy),
/// and applies to every despawn whose [`operation`](crate::Origin::operation) is 0, cascades included.
///
/// # Example
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_ecs::{message::Messages, prelude::*};
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Enemy;
///
/// let mut app = App::new();
/// app.add_plugins(PostDeletePlugin::<Enemy>::default().despawn_policy(DespawnPolicy::Warn));
///
/// app.world_mut().spawn(Enemy).despawn(); // published and logged
/// app.update();
/// assert_eq!(app.world().resource::<Messages<PostDelete<Enemy>>>().len(), 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DespawnPolicy {
    /// The despawn is published, with [`DeleteKind::Despawn`](crate::DeleteKind::Despawn) or
    /// [`DeleteKind::Cascade`](crate::DeleteKind::Cascade).
    #[default]
    Publish,
    /// The despawn is published, and logged as a warning that names the entity and the component. (It is logged even if
    /// [`Snapshot::capture`](crate::Snapshot::capture) returns `None`.) With the feature `track_location`, it also
    /// names the line that despawned the entity. Use it to find despawns that should be deletes.
    Warn,
    /// The despawn panics, before the entity is despawned, with the text that [`Warn`](Self::Warn) logs.
    ///
    /// This is for tests. If the despawn cascades to a tracked child of an untracked parent, it panics after the parent
    /// has been despawned.
    ///
    /// ```should_panic
    /// # use bevy_app::prelude::*;
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// # #[derive(Component, Clone)]
    /// # struct Enemy;
    /// # let mut app = App::new();
    /// app.add_plugins(PostDeletePlugin::<Enemy>::default().despawn_policy(DespawnPolicy::Panic));
    /// let enemy = app.world_mut().spawn(Enemy).id();
    /// app.world_mut().despawn(enemy); // panics: the entity was despawned without `delete`
    /// ```
    Panic,
    /// The despawn is not published. Only deletes are.
    Ignore,
}

/// Says that an entity with this component was despawned without `delete`.
#[cold]
pub(super) fn describe_despawn(component: &'static str, entity: Entity, caller: MaybeLocation) -> String {
    let component = short_name(component);
    let place = describe_place(caller);
    format!("entity {entity} (`{component}`) was despawned without `delete`{place}")
}

/// Says where that was, if it is known.
pub(crate) fn describe_place(caller: MaybeLocation) -> String {
    let caller = caller.into_option();
    caller.map_or_else(String::new, |caller| {
        format!(", at {}:{}", caller.file(), caller.line())
    })
}

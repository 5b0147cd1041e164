//! The plugin that tracks a snapshot type in an `App`.

use alloc::vec::Vec;
use core::{fmt, marker::PhantomData};

use bevy_app::{App, FixedMainScheduleOrder, FixedPostUpdate, MainScheduleOrder, Plugin, PostUpdate};
use bevy_ecs::schedule::{InternedScheduleLabel, ScheduleLabel};

#[cfg(feature = "bevy_reflect")]
use {
    crate::{
        delete::Protected,
        message::{Origin, PostDelete},
        track::TrackedDeletes,
    },
    bevy_ecs::reflect::AppTypeRegistry,
    bevy_reflect::{GetTypeRegistration, TypeRegistry},
};

use crate::{
    publish::publish_deletes,
    schedules::{Cleanup, FixedCleanup, FixedPublishDeletes, PublishDeletes},
    snapshot::Snapshot,
    track::{DespawnPolicy, TrackDeletesExt, set_policy, track_removals},
};

/// Tracks a snapshot type, and runs [`Cleanup`] and [`FixedCleanup`].
///
/// Add one for each type that something wants to hear of. Adding it twice for one type is harmless.
///
/// It can be added before or after the first entities with the component were spawned; before costs less, see
/// [`track_deletes`](TrackDeletesExt::track_deletes).
///
/// In a sub-app, and in an `App` without Bevy's main schedules, it tracks the type; where the schedules it runs after do
/// not exist, [`publish_deletes`] is yours to call.
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
/// #[derive(Resource, Default)]
/// struct Kills(usize);
///
/// let mut app = App::new();
/// app.add_plugins(PostDeletePlugin::<Enemy>::default())
///     .init_resource::<Kills>()
///     .add_systems(
///         Cleanup,
///         |mut deleted: MessageReader<PostDelete<Enemy>>, mut kills: ResMut<Kills>| {
///             kills.0 += deleted.read().count();
///         },
///     );
///
/// app.world_mut().spawn(Enemy).despawn(); // even if it never heard of this crate
/// app.update();
/// assert_eq!(app.world().resource::<Kills>().0, 1);
/// ```
pub struct PostDeletePlugin<S> {
    removals: bool,
    policy: Option<DespawnPolicy>,
    #[cfg(feature = "bevy_reflect")]
    register: Option<fn(&mut TypeRegistry)>,
    marker: PhantomData<fn() -> S>,
}

impl<S> Default for PostDeletePlugin<S> {
    fn default() -> Self {
        Self {
            removals: false,
            policy: None,
            #[cfg(feature = "bevy_reflect")]
            register: None,
            marker: PhantomData,
        }
    }
}

impl<S> PostDeletePlugin<S> {
    /// Also tells when the component is removed from an entity that lives on, or its value overwritten.
    ///
    /// The messages are of kind [`Remove`](crate::DeleteKind::Remove) and [`Replace`](crate::DeleteKind::Replace), one
    /// for each value that ended. A despawn is told as such, and not as a removal besides. Values that are mutated in
    /// place do not end.
    ///
    /// The snapshot is taken before the value goes, among the [`Discard`](bevy_ecs::lifecycle::Discard) observers of the
    /// component, in no set order.
    ///
    /// # Example
    ///
    /// ```
    /// use bevy_app::prelude::*;
    /// use bevy_ecs::{message::Messages, prelude::*};
    /// use bevy_post_delete::prelude::*;
    ///
    /// #[derive(Component, Clone, Debug, PartialEq)]
    /// struct Weapon(&'static str);
    ///
    /// let mut app = App::new();
    /// app.add_plugins(PostDeletePlugin::<Weapon>::default().with_removals());
    ///
    /// let mut knight = app.world_mut().spawn(Weapon("sword"));
    /// knight.insert(Weapon("axe"));
    /// knight.remove::<Weapon>();
    /// app.update();
    ///
    /// let ended: Vec<_> = app
    ///     .world()
    ///     .resource::<Messages<PostDelete<Weapon>>>()
    ///     .iter_current_update_messages()
    ///     .map(|ended| (ended.snapshot.0, ended.origin.kind))
    ///     .collect();
    /// assert_eq!(ended, [("sword", DeleteKind::Replace), ("axe", DeleteKind::Remove)]);
    /// ```
    pub fn with_removals(mut self) -> Self {
        self.removals = true;
        self
    }

    /// Also registers `PostDelete<S>` with the app's type registry, for a snapshot type that is reflected itself.
    ///
    /// The types that are the same for all snapshots, [`Origin`] and what it holds, [`TrackedDeletes`] and
    /// [`Protected`](crate::Protected), are registered without it.
    ///
    /// # Example
    ///
    /// ```
    /// use bevy_app::prelude::*;
    /// use bevy_ecs::prelude::*;
    /// use bevy_post_delete::prelude::*;
    /// use bevy_reflect::Reflect;
    ///
    /// #[derive(Component, Reflect, Clone)]
    /// struct Enemy;
    ///
    /// let mut app = App::new();
    /// app.add_plugins(PostDeletePlugin::<Enemy>::default().reflected());
    ///
    /// let registry = app.world().resource::<AppTypeRegistry>().read();
    /// assert!(registry.get_with_short_type_path("PostDelete<Enemy>").is_some());
    /// assert!(registry.get_with_short_type_path("Origin").is_some());
    /// ```
    #[cfg(feature = "bevy_reflect")]
    pub fn reflected(mut self) -> Self
    where
        PostDelete<S>: GetTypeRegistration,
    {
        self.register = Some(TypeRegistry::register::<PostDelete<S>>);
        self
    }

    /// Says what becomes of despawns that do not go through `delete`.
    ///
    /// Where several plugins for one type say something, the last one counts.
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
    /// app.add_plugins(PostDeletePlugin::<Enemy>::default().despawn_policy(DespawnPolicy::Ignore));
    ///
    /// app.world_mut().spawn(Enemy).despawn();
    /// app.world_mut().spawn(Enemy).delete()?;
    /// app.update();
    /// assert_eq!(app.world().resource::<Messages<PostDelete<Enemy>>>().len(), 1);
    /// # Ok::<(), DeleteError>(())
    /// ```
    pub fn despawn_policy(mut self, policy: DespawnPolicy) -> Self {
        self.policy = Some(policy);
        self
    }
}

impl<S> fmt::Debug for PostDeletePlugin<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostDeletePlugin")
            .field("removals", &self.removals)
            .field("policy", &self.policy)
            .finish()
    }
}

impl<S: Snapshot> Plugin for PostDeletePlugin<S> {
    fn build(&self, app: &mut App) {
        add_stages(app);
        let world = app.world_mut();
        world.track_deletes::<S>();
        if self.removals {
            track_removals::<S>(world);
        }
        if let Some(policy) = self.policy {
            set_policy::<S>(world, policy);
        }
        #[cfg(feature = "bevy_reflect")]
        if let Some(registry) = app.world().get_resource::<AppTypeRegistry>() {
            let mut registry = registry.write();
            registry.register::<Origin>();
            registry.register::<TrackedDeletes>();
            registry.register::<Protected>();
            if let Some(register) = self.register {
                register(&mut registry);
            }
        }
    }

    fn finish(&self, app: &mut App) {
        // The main schedules may have been added after this plugin.
        add_stages(app);
    }

    fn is_unique(&self) -> bool {
        false
    }
}

/// Runs the stages of this crate in the app, if it runs the schedules that they follow.
fn add_stages(app: &mut App) {
    if let Some(mut order) = app.world_mut().get_resource_mut::<MainScheduleOrder>()
        && follow(
            &mut order.labels,
            PostUpdate.intern(),
            PublishDeletes.intern(),
            Cleanup.intern(),
        )
    {
        app.init_schedule(Cleanup).add_systems(PublishDeletes, publish_deletes);
    }
    if let Some(mut order) = app.world_mut().get_resource_mut::<FixedMainScheduleOrder>()
        && follow(
            &mut order.labels,
            FixedPostUpdate.intern(),
            FixedPublishDeletes.intern(),
            FixedCleanup.intern(),
        )
    {
        app.init_schedule(FixedCleanup)
            .add_systems(FixedPublishDeletes, publish_deletes);
    }
}

/// Has `stage` run after `after`, unless the user has given it another place, and `publish` right before it.
///
/// Returns whether anything was to do.
fn follow(
    order: &mut Vec<InternedScheduleLabel>,
    after: InternedScheduleLabel,
    publish: InternedScheduleLabel,
    stage: InternedScheduleLabel,
) -> bool {
    let position = |label| order.iter().position(|ordered| *ordered == label);
    if position(publish).is_some() {
        return false;
    }
    if let Some(stage) = position(stage) {
        order.insert(stage, publish);
    } else if let Some(after) = position(after) {
        order.splice(after + 1..after + 1, [publish, stage]);
    } else {
        return false;
    }
    true
}

//! The plugin that tracks a snapshot type in an `App`.

use alloc::vec::Vec;
use core::{fmt, marker::PhantomData};

use bevy_app::{App, FixedMainScheduleOrder, FixedPostUpdate, MainScheduleOrder, Plugin, PostUpdate};
use bevy_ecs::{
    component::Mutable,
    resource::Resource,
    schedule::{InternedScheduleLabel, ScheduleLabel},
};

#[cfg(feature = "bevy_reflect")]
use {
    crate::{Origin, PostDelete, Protected, TrackedDeletes},
    bevy_ecs::reflect::AppTypeRegistry,
    bevy_reflect::{GetTypeRegistration, TypeRegistry},
};

use crate::{
    Cleanup, DespawnPolicy, FixedCleanup, Snapshot, TrackDeletesExt, publish_deletes,
    schedules::{FixedPublishDeletes, PublishDeletes},
    track::{set_policy, track_removals},
};

/// Tracks a snapshot type, and adds the schedules [`Cleanup`] and [`FixedCleanup`].
///
/// Add it once for each type. Adding it twice for one type is harmless. Any component that is `Clone` is a
/// [`Snapshot`].
///
/// It costs less if it is added before the first entity with the component is spawned: see
/// [`track_deletes`](TrackDeletesExt::track_deletes).
///
/// In a sub-app, and in an `App` without Bevy's main schedules, it only tracks the type. Call [`publish_deletes`]
/// yourself.
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
/// app.world_mut().spawn(Enemy).despawn(); // no `delete` needed
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

impl<S: Snapshot> Default for PostDeletePlugin<S> {
    fn default() -> Self {
        PostDeletePlugin::default()
    }
}

impl<S> PostDeletePlugin<S> {
    /// Creates the plugin. It publishes despawns, but not removals.
    // Not only in the trait, so that the compiler shows the notes of `Snapshot` for a type that is not one.
    pub const fn default() -> Self
    where
        S: Snapshot,
    {
        Self {
            removals: false,
            policy: None,
            #[cfg(feature = "bevy_reflect")]
            register: None,
            marker: PhantomData,
        }
    }

    /// Also publishes a message when the component is removed or replaced on an entity that stays alive.
    ///
    /// The messages have the kind [`Remove`](crate::DeleteKind::Remove) or [`Replace`](crate::DeleteKind::Replace).
    /// There is one for each value that was removed or replaced. A despawn is published once, as a despawn. A value
    /// that is changed in place is not published.
    ///
    /// # Timing
    ///
    /// The snapshot is taken by an observer of [`Discard`](bevy_ecs::lifecycle::Discard), before the value is removed
    /// or replaced. The order among all such observers is not guaranteed.
    ///
    /// [`modify_component`](bevy_ecs::world::EntityWorldMut::modify_component) counts as a replacement.
    /// [`take`](bevy_ecs::world::EntityWorldMut::take) counts as a removal, and so does
    /// [`resource_scope`](bevy_ecs::world::World::resource_scope) for a tracked resource. If the capture moves data out
    /// of the component, all three see only the data that is left.
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
    /// let published: Vec<_> = app
    ///     .world()
    ///     .resource::<Messages<PostDelete<Weapon>>>()
    ///     .iter_current_update_messages()
    ///     .map(|message| (message.snapshot.0, message.origin.kind))
    ///     .collect();
    /// assert_eq!(published, [("sword", DeleteKind::Replace), ("axe", DeleteKind::Remove)]);
    /// ```
    pub fn with_removals(mut self) -> Self {
        self.removals = true;
        self
    }

    /// Also registers `PostDelete<S>` in the app's type registry, for a snapshot type that implements `Reflect`.
    ///
    /// The types that do not depend on `S` are always registered: [`Origin`] with its fields, [`TrackedDeletes`] and
    /// [`Protected`].
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

    /// Sets what happens when an entity is despawned without a delete call.
    ///
    /// If several plugins for one type set it, the last one applies.
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
        add_schedules(app);
        let world = app.world_mut();
        world.track_deletes::<S>();
        if self.removals {
            track_removals::<S>(world);
        }
        if let Some(policy) = self.policy {
            set_policy::<S>(world, policy);
        }
        #[cfg(feature = "bevy_reflect")]
        register_types(app, self.register);
    }

    fn finish(&self, app: &mut App) {
        // The main schedules may have been added after this plugin.
        add_schedules(app);
    }

    fn is_unique(&self) -> bool {
        false
    }
}

/// Registers the public types for reflection, and those that `register` adds.
#[cfg(feature = "bevy_reflect")]
fn register_types(app: &App, register: Option<fn(&mut TypeRegistry)>) {
    if let Some(registry) = app.world().get_resource::<AppTypeRegistry>() {
        let mut registry = registry.write();
        registry.register::<Origin>();
        registry.register::<TrackedDeletes>();
        registry.register::<Protected>();
        if let Some(register) = register {
            register(&mut registry);
        }
    }
}

/// Adds the schedules of this crate to the app, if it has the schedules that they follow.
fn add_schedules(app: &mut App) {
    let labels = [PostUpdate.intern(), PublishDeletes.intern(), Cleanup.intern()];
    insert_schedules(app, |order: &mut MainScheduleOrder| &mut order.labels, labels);
    let labels = [
        FixedPostUpdate.intern(),
        FixedPublishDeletes.intern(),
        FixedCleanup.intern(),
    ];
    insert_schedules(app, |order: &mut FixedMainScheduleOrder| &mut order.labels, labels);
}

/// Inserts `cleanup` into the order after `previous`, unless the order contains it, and moves `publish` right before
/// it.
fn insert_schedules<R: Resource<Mutability = Mutable>>(
    app: &mut App,
    labels: fn(&mut R) -> &mut Vec<InternedScheduleLabel>,
    [previous, publish, cleanup]: [InternedScheduleLabel; 3],
) {
    let Some(mut order) = app.world_mut().get_resource_mut::<R>() else {
        return;
    };
    let order = labels(&mut order);
    let is_new = !order.contains(&publish);
    // The user may have inserted a schedule between `publish` and `cleanup`.
    order.retain(|label| *label != publish);
    let position = |label| order.iter().position(|ordered| *ordered == label);
    match (position(cleanup), position(previous)) {
        (Some(cleanup), _) => order.insert(cleanup, publish),
        (None, Some(previous)) => drop(order.splice(previous + 1..previous + 1, [publish, cleanup])),
        (None, None) => return,
    }
    if is_new {
        app.init_schedule(cleanup).add_systems(publish, publish_deletes);
    }
}

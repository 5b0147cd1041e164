//! Counting deletions.

use core::{
    any::{TypeId, type_name},
    fmt,
    hash::Hash,
    ptr::fn_addr_eq,
};

use bevy_app::App;
use bevy_ecs::{message::MessageReader, resource::Resource, schedule::IntoScheduleConfigs, system::ResMut};
use bevy_platform::collections::HashMap;

use crate::{Cleanup, PostDelete, PostDeletePlugin, PostDeleteSystems, Snapshot, panics::FirstPanic};

/// Counts deletions in an [`App`].
///
/// # Timing
///
/// The counters are updated in [`Cleanup`], in the set [`PostDeleteSystems::Receive`]. A system in [`Cleanup`] that reads
/// them must run `.after(PostDeleteSystems::Receive)`. Otherwise, it may read the counts of the frame before.
///
/// # Example
///
/// By reason:
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// const SHOT: DeleteReason = DeleteReason::new("shot");
///
/// #[derive(Component, Clone)]
/// struct Enemy;
///
/// let mut app = App::new();
/// app.count_deletes_by::<Enemy, Option<DeleteReason>>(|deleted| deleted.origin.reason);
///
/// let shot = app.world_mut().spawn((Enemy, children![Enemy])).id();
/// app.world_mut().delete_with(shot, SHOT)?;
/// app.world_mut().spawn(Enemy).despawn();
/// app.update();
///
/// let counts = app.world().resource::<DeleteCounts<Enemy, Option<DeleteReason>>>();
/// assert_eq!(counts.get(&Some(SHOT)), 2);
/// assert_eq!(counts.get(&None), 1);
/// assert_eq!(counts.total(), 3);
/// # Ok::<(), DeleteError>(())
/// ```
pub trait CountDeletesExt {
    /// Counts every [`PostDelete<S>`] in [`DeleteCounts<S>`].
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_app::prelude::*;
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// #[derive(Component, Clone)]
    /// struct Enemy;
    ///
    /// let mut app = App::new();
    /// app.count_deletes::<Enemy>();
    /// app.world_mut().spawn(Enemy).delete()?;
    /// app.update();
    /// assert_eq!(app.world().resource::<DeleteCounts<Enemy>>().total(), 1);
    /// # Ok::<(), DeleteError>(())
    /// ```
    fn count_deletes<S: Snapshot>(&mut self) -> &mut Self;

    /// Counts every [`PostDelete<S>`] by a key in [`DeleteCounts<S, K>`].
    ///
    /// The key can depend on the snapshot and on the origin. Calling this twice with the same key function counts each
    /// deletion once. See [`CountDeletesExt`] for an example.
    ///
    /// # Panics
    ///
    /// If it was called for the same `S` and `K` with a different key function (unless `K` is `()`). Give each counter
    /// a key type of its own.
    ///
    /// Key functions are compared by address. In an optimized build, a function that is generic or `#[inline]` can have
    /// several addresses. Pass such a function in one place only.
    fn count_deletes_by<S: Snapshot, K: Eq + Hash + Send + Sync + 'static>(
        &mut self,
        key: fn(&PostDelete<S>) -> K,
    ) -> &mut Self;
}

impl CountDeletesExt for App {
    fn count_deletes<S: Snapshot>(&mut self) -> &mut Self {
        self.count_deletes_by::<S, ()>(|_| ())
    }

    fn count_deletes_by<S: Snapshot, K: Eq + Hash + Send + Sync + 'static>(
        &mut self,
        key: fn(&PostDelete<S>) -> K,
    ) -> &mut Self {
        self.add_plugins(PostDeletePlugin::<S>::default());
        if let Some(counts) = self.world().get_resource::<DeleteCounts<S, K>>() {
            assert!(
                TypeId::of::<K>() == TypeId::of::<()>() || fn_addr_eq(counts.key, key),
                "`count_deletes_by::<{}, {}>` was called with two different key functions. Give one of them a key type of \
                its own",
                type_name::<S>(),
                type_name::<K>(),
            );
            return self;
        }
        self.insert_resource(DeleteCounts {
            key,
            total: 0,
            counts: HashMap::default(),
        })
        .add_systems(Cleanup, count::<S, K>.in_set(PostDeleteSystems::Receive))
    }
}

/// The number of [`PostDelete<S>`] messages, by key.
///
/// [`count_deletes`](CountDeletesExt::count_deletes) and [`count_deletes_by`](CountDeletesExt::count_deletes_by) add
/// it. Messages that were published before that are counted, too, if Bevy has not dropped them yet.
///
/// # Example
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Enemy {
///     level: u32,
/// }
///
/// let mut app = App::new();
/// app.count_deletes_by::<Enemy, u32>(|deleted| deleted.snapshot.level);
/// app.world_mut().spawn_batch([1, 1, 2].map(|level| Enemy { level }));
/// app.world_mut().delete_all::<With<Enemy>>();
/// app.update();
///
/// let counts = app.world().resource::<DeleteCounts<Enemy, u32>>();
/// assert_eq!(counts.get(&1), 2);
/// assert_eq!(counts.get(&7), 0);
/// assert_eq!(counts.iter().map(|(level, count)| *level as usize * count).sum::<usize>(), 4);
/// ```
#[derive(Resource)]
pub struct DeleteCounts<S: Snapshot, K: Send + Sync + 'static = ()> {
    key: fn(&PostDelete<S>) -> K,
    total: usize,
    counts: HashMap<K, usize>,
}

impl<S: Snapshot, K: Eq + Hash + Send + Sync + 'static> DeleteCounts<S, K> {
    /// Returns the number of all deletions.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Returns the number of deletions with this key.
    pub fn get(&self, key: &K) -> usize {
        self.counts.get(key).copied().unwrap_or(0)
    }

    /// Returns each key with its number of deletions, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, usize)> {
        self.counts.iter().map(|(key, count)| (key, *count))
    }
}

impl<S: Snapshot, K: fmt::Debug + Send + Sync + 'static> fmt::Debug for DeleteCounts<S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeleteCounts")
            .field("total", &self.total)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

fn count<S: Snapshot, K: Eq + Hash + Send + Sync + 'static>(
    mut deleted: MessageReader<PostDelete<S>>,
    mut counts: ResMut<DeleteCounts<S, K>>,
) {
    let mut messages = deleted.read();
    if messages.len() == 0 {
        return;
    }
    let counts = &mut *counts;
    let mut panic = FirstPanic::default();
    // A key function that panics skips only its own message.
    while messages.len() > 0 {
        panic.catch(&mut || {
            for message in messages.by_ref() {
                let key = (counts.key)(message);
                counts.total += 1;
                *counts.counts.entry(key).or_default() += 1;
            }
        });
    }
}

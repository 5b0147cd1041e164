//! Counting deletions.

use core::{fmt, hash::Hash};

use bevy_app::App;
use bevy_ecs::{message::MessageReader, resource::Resource, schedule::IntoScheduleConfigs, system::ResMut};
use bevy_platform::collections::HashMap;

use super::queue::Taking;
use crate::{Cleanup, PostDelete, PostDeletePlugin, PostDeleteSystems, Snapshot};

/// Counts deletions in an [`App`].
///
/// # Example
///
/// By reason, whoever deleted what:
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

    /// Counts every [`PostDelete<S>`] by a key of your choice in [`DeleteCounts<S, K>`].
    ///
    /// The key can be made of the snapshot, of the origin's kind or reason, or of all of them. Where this is called
    /// several times for the same `S` and `K`, each deletion is counted once, by the key that was given last.
    ///
    /// See [`CountDeletesExt`] for an example.
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
        if let Some(mut counts) = self.world_mut().get_resource_mut::<DeleteCounts<S, K>>() {
            counts.key = key;
            return self;
        }
        self.add_plugins(PostDeletePlugin::<S>::default())
            .insert_resource(DeleteCounts {
                key,
                total: 0,
                counts: HashMap::default(),
            })
            .add_systems(Cleanup, count::<S, K>.in_set(PostDeleteSystems::Receive).before(Taking))
    }
}

/// How many [`PostDelete<S>`] there were, by key.
///
/// Kept by [`count_deletes`](CountDeletesExt::count_deletes) and
/// [`count_deletes_by`](CountDeletesExt::count_deletes_by). It counts from then on, and never down.
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
    /// How many there were.
    pub fn total(&self) -> usize {
        self.total
    }

    /// How many there were with this key.
    pub fn get(&self, key: &K) -> usize {
        self.counts.get(key).copied().unwrap_or(0)
    }

    /// Every key that there was, and how often, in no particular order.
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
    for message in deleted.read() {
        let key = (counts.key)(message);
        counts.total += 1;
        *counts.counts.entry(key).or_default() += 1;
    }
}

//! Keeping deletions until they are handled.

use alloc::{collections::VecDeque, vec::Vec};
use core::{fmt, marker::PhantomData};

use bevy_app::{App, Plugin};
use bevy_ecs::{
    message::{MessageCursor, Messages},
    resource::Resource,
    schedule::{IntoScheduleConfigs, ScheduleLabel},
    system::{Res, ResMut},
};

use super::after_last::insert_schedule_after;
use crate::{
    Cleanup, PostDelete, PostDeletePlugin, Snapshot,
    panics::{FirstPanic, drop_each},
    publish_deletes,
    schedules::PublishDeletes,
};

/// Keeps deletions in a [`DeleteQueue<S>`] until they are taken from it.
///
/// Bevy drops a message at the second message update, usually after two frames. The queue is for work that is done less
/// often, or that may fail and must be tried again: removing files, freeing a few resources per frame, calling a
/// server.
///
/// # Timing
///
/// A snapshot that can be [cloned](Snapshot::try_clone), as every `Component + Clone` can, is queued before the systems
/// of [`Cleanup`] run. The message stays for all other readers.
///
/// A snapshot that cannot be cloned, for instance one that has moved data out of the component, is moved into the queue
/// right after [`Cleanup`], in a schedule of its own. By then, every observer of [`PostDelete`] and every system in
/// `Cleanup` has read it. A system in [`FixedCleanup`](crate::FixedCleanup) has read it only if it was published in the
/// fixed timestep. Systems in [`Last`](bevy_app::Last) and in the next frame do not read it.
///
/// If `try_clone` returns `None` for any value, all messages of the type are removed from Bevy's buffers, including
/// those that were cloned.
///
/// # Example
///
/// A snapshot that is not `Clone`, moved from the component to the code that takes it from the queue:
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_ecs::{prelude::*, world::EntityMut};
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component)]
/// struct Recording {
///     samples: Vec<f32>,
/// }
///
/// struct Finished(Vec<f32>);
///
/// impl Snapshot for Finished {
///     type Component = Recording;
///
///     fn capture(mut entity: EntityMut<'_>) -> Option<Self> {
///         let mut recording = entity.get_mut::<Recording>()?;
///         Some(Self(std::mem::take(&mut recording.samples)))
///     }
/// }
///
/// let mut app = App::new();
/// app.add_plugins(DeleteQueuePlugin::<Finished>::with_capacity(100));
///
/// app.world_mut().spawn(Recording { samples: vec![0.25, 0.5] }).delete()?;
/// for _ in 0..10 {
///     app.update(); // the recording stays in the queue
/// }
///
/// let mut queue = app.world_mut().resource_mut::<DeleteQueue<Finished>>();
/// let finished: PostDelete<Finished> = queue.pop().unwrap();
/// assert_eq!(finished.snapshot.0, [0.25, 0.5]);
/// assert!(queue.pop().is_none());
/// # Ok::<(), DeleteError>(())
/// ```
pub struct DeleteQueuePlugin<S> {
    capacity: usize,
    marker: PhantomData<fn() -> S>,
}

impl<S> DeleteQueuePlugin<S> {
    /// Creates the plugin with a queue of at most `capacity` values. Beyond that, the oldest value is dropped.
    ///
    /// If the plugin is added several times for one type, the largest capacity applies.
    pub const fn with_capacity(capacity: usize) -> Self
    where
        S: Snapshot,
    {
        Self {
            capacity,
            marker: PhantomData,
        }
    }

    /// Creates the plugin with a queue that drops nothing. It grows until its values are taken.
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
    /// app.add_plugins(DeleteQueuePlugin::<Enemy>::unbounded());
    /// app.world_mut().spawn_batch([Enemy, Enemy, Enemy]).for_each(drop);
    /// app.world_mut().delete_all::<With<Enemy>>();
    /// app.update();
    /// assert_eq!(app.world().resource::<DeleteQueue<Enemy>>().len(), 3);
    /// ```
    pub const fn unbounded() -> Self
    where
        S: Snapshot,
    {
        Self::with_capacity(usize::MAX)
    }
}

impl<S> fmt::Debug for DeleteQueuePlugin<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeleteQueuePlugin")
            .field("capacity", &self.capacity)
            .finish()
    }
}

/// Runs right after [`Cleanup`], and moves messages that could not be cloned into queues.
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash, Default)]
pub(super) struct MoveIntoQueues;

impl<S: Snapshot> Plugin for DeleteQueuePlugin<S> {
    fn build(&self, app: &mut App) {
        app.add_plugins(PostDeletePlugin::<S>::default());
        if let Some(mut queue) = app.world_mut().get_resource_mut::<DeleteQueue<S>>() {
            queue.capacity = queue.capacity.max(self.capacity);
            return;
        }
        app.insert_resource(DeleteQueue::<S> {
            capacity: self.capacity,
            deletes: VecDeque::new(),
            is_front_kept: false,
            dropped: 0,
            cursor: MessageCursor::default(),
        })
        .add_systems(PublishDeletes, clone_messages::<S>.after(publish_deletes))
        .add_systems(MoveIntoQueues, (clone_messages::<S>, move_messages::<S>).chain());
        insert_schedule_after(app, Cleanup, MoveIntoQueues);
    }

    fn finish(&self, app: &mut App) {
        // The main schedules may have been added after this plugin. Bevy finishes it before the plugins that it added.
        PostDeletePlugin::<S>::default().finish(app);
        insert_schedule_after(app, Cleanup, MoveIntoQueues);
    }

    fn is_unique(&self) -> bool {
        false
    }
}

/// Deletions that are not handled yet, the oldest in front. The plugin [`DeleteQueuePlugin`] fills it.
///
/// # Example
///
/// A file that cannot be removed now is tried again in a later frame:
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Save(&'static str);
///
/// #[derive(Resource, Default)]
/// struct Disk {
///     is_busy: bool,
///     removed: Vec<&'static str>,
/// }
///
/// fn remove_files(mut queue: ResMut<DeleteQueue<Save>>, mut disk: ResMut<Disk>) {
///     while let Some(deleted) = queue.pop() {
///         if disk.is_busy {
///             queue.requeue_front(deleted);
///             break;
///         }
///         disk.removed.push(deleted.snapshot.0);
///     }
/// }
///
/// let mut app = App::new();
/// app.add_plugins(DeleteQueuePlugin::<Save>::with_capacity(100))
///     .insert_resource(Disk { is_busy: true, removed: vec![] })
///     .add_systems(Cleanup, remove_files);
///
/// app.world_mut().spawn_batch([Save("1.sav"), Save("2.sav")]);
/// app.world_mut().delete_all::<With<Save>>();
/// app.update();
/// assert_eq!(app.world().resource::<DeleteQueue<Save>>().len(), 2);
///
/// app.world_mut().resource_mut::<Disk>().is_busy = false;
/// app.update();
/// assert_eq!(app.world().resource::<Disk>().removed, ["2.sav", "1.sav"]);
/// ```
#[derive(Resource)]
pub struct DeleteQueue<S: Snapshot> {
    capacity: usize,
    deletes: VecDeque<PostDelete<S>>,
    /// Whether the first value was put back, so that it is not dropped.
    is_front_kept: bool,
    dropped: usize,
    cursor: MessageCursor<PostDelete<S>>,
}

impl<S: Snapshot> DeleteQueue<S> {
    /// Takes the oldest value.
    pub fn pop(&mut self) -> Option<PostDelete<S>> {
        self.is_front_kept = false;
        self.deletes.pop_front()
    }

    /// Takes the latest value.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_app::prelude::*;
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// #[derive(Component, Clone)]
    /// struct Tower(u32);
    ///
    /// let mut app = App::new();
    /// app.add_plugins(DeleteQueuePlugin::<Tower>::with_capacity(10));
    /// for level in [1, 2] {
    ///     app.world_mut().spawn(Tower(level)).despawn();
    /// }
    /// app.update();
    ///
    /// let mut undo = app.world_mut().resource_mut::<DeleteQueue<Tower>>();
    /// assert_eq!(undo.pop_latest().unwrap().snapshot.0, 2);
    /// assert_eq!(undo.pop_latest().unwrap().snapshot.0, 1);
    /// ```
    pub fn pop_latest(&mut self) -> Option<PostDelete<S>> {
        self.is_front_kept &= self.deletes.len() > 1;
        self.deletes.pop_back()
    }

    /// Takes all values, the oldest first. Values that are not taken from the iterator are dropped with it.
    pub fn drain(&mut self) -> impl DoubleEndedIterator<Item = PostDelete<S>> + ExactSizeIterator {
        self.is_front_kept = false;
        self.deletes.drain(..)
    }

    /// Takes the values for which the predicate returns `true`, the oldest first. The others stay in their order.
    ///
    /// The predicate is called for a value when the iterator reaches it. So values that the iterator does not reach
    /// stay as well.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_app::prelude::*;
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// #[derive(Component, Clone)]
    /// struct File {
    ///     disk: u32,
    /// }
    ///
    /// let mut app = App::new();
    /// app.add_plugins(DeleteQueuePlugin::<File>::unbounded());
    /// for disk in [1, 2, 1] {
    ///     app.world_mut().spawn(File { disk }).despawn();
    /// }
    /// app.update();
    ///
    /// let mut queue = app.world_mut().resource_mut::<DeleteQueue<File>>();
    /// let on_disk = |deleted: &PostDelete<File>| deleted.snapshot.disk == 1;
    /// assert_eq!(queue.extract_if(on_disk).take(1).count(), 1);
    /// assert_eq!(queue.len(), 2);
    /// assert_eq!(queue.extract_if(on_disk).count(), 1);
    /// assert_eq!(queue.pop().unwrap().snapshot.disk, 2);
    /// ```
    pub fn extract_if(&mut self, predicate: impl FnMut(&PostDelete<S>) -> bool) -> impl Iterator<Item = PostDelete<S>> {
        let unvisited = self.deletes.len();
        ExtractIf {
            queue: self,
            unvisited,
            predicate,
        }
    }

    /// Puts a value back in front, so that it is taken next.
    ///
    /// It is not dropped as long as it is in front. If the queue is full, the next oldest value is dropped instead.
    pub fn requeue_front(&mut self, deleted: PostDelete<S>) {
        self.deletes.push_front(deleted);
        self.is_front_kept = true;
        self.drop_excess();
    }

    /// Puts a value back at the end, so that all others are taken first.
    ///
    /// If the queue is full, the oldest value is dropped, but not one that [`requeue_front`](Self::requeue_front) has
    /// put in front.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_app::prelude::*;
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// #[derive(Component, Clone)]
    /// struct Save(u32);
    ///
    /// let mut app = App::new();
    /// app.add_plugins(DeleteQueuePlugin::<Save>::with_capacity(10));
    /// for slot in [1, 2] {
    ///     app.world_mut().spawn(Save(slot)).despawn();
    /// }
    /// app.update();
    ///
    /// let mut queue = app.world_mut().resource_mut::<DeleteQueue<Save>>();
    /// let failed = queue.pop().unwrap();
    /// queue.requeue_back(failed);
    /// let order: Vec<_> = queue.drain().map(|deleted| deleted.snapshot.0).collect();
    /// assert_eq!(order, [2, 1]);
    /// ```
    pub fn requeue_back(&mut self, deleted: PostDelete<S>) {
        self.deletes.push_back(deleted);
        self.drop_excess();
    }

    /// Returns the values, the oldest first, without taking them.
    ///
    /// # Example
    ///
    /// A queue that is full drops its oldest value:
    ///
    /// ```
    /// # use bevy_app::prelude::*;
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// #[derive(Component, Clone)]
    /// struct Save(u32);
    ///
    /// let mut app = App::new();
    /// app.add_plugins(DeleteQueuePlugin::<Save>::with_capacity(2));
    /// assert!(app.world().resource::<DeleteQueue<Save>>().is_empty());
    /// for slot in [1, 2, 3] {
    ///     app.world_mut().spawn(Save(slot)).despawn();
    /// }
    /// app.update();
    ///
    /// let queue = app.world().resource::<DeleteQueue<Save>>();
    /// let slots: Vec<_> = queue.iter().map(|deleted| deleted.snapshot.0).collect();
    /// assert_eq!(slots, [2, 3]);
    /// assert_eq!((queue.len(), queue.capacity(), queue.dropped()), (2, 2, 1));
    /// ```
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &PostDelete<S>> + ExactSizeIterator {
        self.deletes.iter()
    }

    /// Returns the number of values. See [`iter`](Self::iter) for an example.
    pub fn len(&self) -> usize {
        self.deletes.len()
    }

    /// Returns whether there are no values. See [`iter`](Self::iter) for an example.
    pub fn is_empty(&self) -> bool {
        self.deletes.is_empty()
    }

    /// Returns the maximum number of values in the queue. See [`iter`](Self::iter) for an example.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Returns how many values were lost: dropped because the queue was full, or because their clone panicked.
    /// See [`iter`](Self::iter) for an example.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    fn drop_excess(&mut self) {
        let kept = usize::from(self.is_front_kept);
        let excess = self.deletes.len().saturating_sub(self.capacity.max(kept));
        self.dropped += excess;
        drop_each(self.deletes.drain(kept..kept + excess).rev().collect());
    }
}

impl<S: Snapshot> fmt::Debug for DeleteQueue<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeleteQueue")
            .field("len", &self.len())
            .field("capacity", &self.capacity)
            .field("dropped", &self.dropped)
            .finish_non_exhaustive()
    }
}

/// Takes values out of a queue. Those that it has passed are at the end, and are moved to the front when it is dropped.
struct ExtractIf<'q, S: Snapshot, F> {
    queue: &'q mut DeleteQueue<S>,
    unvisited: usize,
    predicate: F,
}

impl<S: Snapshot, F: FnMut(&PostDelete<S>) -> bool> Iterator for ExtractIf<'_, S, F> {
    type Item = PostDelete<S>;

    fn next(&mut self) -> Option<Self::Item> {
        let DeleteQueue {
            deletes, is_front_kept, ..
        } = &mut *self.queue;
        while self.unvisited > 0 {
            let is_taken = (self.predicate)(deletes.front()?);
            let is_front = self.unvisited == deletes.len();
            self.unvisited -= 1;
            if is_taken {
                *is_front_kept &= !is_front;
                return deletes.pop_front();
            }
            deletes.rotate_left(1);
        }
        None
    }
}

impl<S: Snapshot, F> Drop for ExtractIf<'_, S, F> {
    fn drop(&mut self) {
        self.queue.deletes.rotate_left(self.unvisited);
    }
}

/// Clones the unread messages into the queue, up to the first that cannot be cloned. A value whose clone panics is
/// lost.
fn clone_messages<S: Snapshot>(messages: Res<Messages<PostDelete<S>>>, mut queue: ResMut<DeleteQueue<S>>) {
    if queue.cursor.is_empty(&messages) {
        return; // without a change of the queue
    }
    let queue = &mut *queue;
    let mut panic = FirstPanic::default();
    loop {
        let before = queue.cursor.clone();
        let Some(message) = queue.cursor.read(&messages).next() else {
            break;
        };
        let mut clone = None;
        // Counted before the clone: without `std`, a panic leaves this function.
        queue.dropped += 1;
        panic.catch(&mut || clone = Some(S::try_clone(&message.snapshot)));
        let Some(clone) = clone else {
            continue;
        };
        queue.dropped -= 1;
        let Some(snapshot) = clone else {
            queue.cursor = before;
            break;
        };
        queue.deletes.push_back(PostDelete {
            entity: message.entity,
            snapshot,
            origin: message.origin,
        });
    }
    queue.drop_excess();
}

/// Moves the messages that could not be cloned into the queue.
fn move_messages<S: Snapshot>(mut messages: ResMut<Messages<PostDelete<S>>>, mut queue: ResMut<DeleteQueue<S>>) {
    let unread = queue.cursor.len(&messages);
    if unread > 0 {
        let mut read: Vec<_> = messages.drain().collect();
        let moved = read.split_off(read.len() - unread);
        queue.cursor.clear(&messages);
        queue.deletes.extend(moved);
        queue.drop_excess();
    }
}

//! Keeping deletions until there is time for them.

use alloc::collections::VecDeque;
use core::{fmt, marker::PhantomData};

use bevy_app::{App, Plugin};
use bevy_ecs::{
    message::{MessageCursor, Messages},
    resource::Resource,
    schedule::{IntoScheduleConfigs, SystemSet},
    system::{Local, ResMut},
};

use crate::{Cleanup, PostDelete, PostDeletePlugin, PostDeleteSystems, Snapshot};

/// Keeps what was deleted until it is taken, in [`DeleteQueue<S>`].
///
/// Messages are gone after two frames. The queue is for what is done more rarely, or may fail and has to be tried again:
/// removing files, freeing what is freed a few a frame, asking a server.
///
/// It holds its own values. Of a snapshot that can be [duplicated](Snapshot::duplicate), as every `Component + Clone`
/// can, it takes a copy, and everybody else is told as well. A snapshot that cannot be, such as one that has moved
/// a buffer out of the component, is moved on into the queue: then it is the only one to take it. Observers of
/// [`PostDelete`] and the other receivers of this crate come before it, and see such a snapshot still; so do systems in
/// [`Cleanup`] that are ordered before [`PostDeleteSystems::Receive`].
///
/// # Example
///
/// A projection that is not `Clone`, moved from the component to whoever takes it from the queue:
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
///     app.update(); // nobody has time
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
    /// Makes the plugin of a queue of at most this many.
    ///
    /// Where it is added several times for one type, the largest capacity counts.
    pub const fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity,
            marker: PhantomData,
        }
    }
}

impl<S> fmt::Debug for DeleteQueuePlugin<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeleteQueuePlugin")
            .field("capacity", &self.capacity)
            .finish()
    }
}

/// The system that may move messages, so that nobody after it reads them.
#[derive(SystemSet, Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Taking;

impl<S: Snapshot> Plugin for DeleteQueuePlugin<S> {
    fn build(&self, app: &mut App) {
        if let Some(mut queue) = app.world_mut().get_resource_mut::<DeleteQueue<S>>() {
            queue.capacity = queue.capacity.max(self.capacity);
            return;
        }
        app.add_plugins(PostDeletePlugin::<S>::default())
            .insert_resource(DeleteQueue::<S>::with_capacity(self.capacity))
            .add_systems(Cleanup, enqueue::<S>.in_set(PostDeleteSystems::Receive).in_set(Taking));
    }

    fn is_unique(&self) -> bool {
        false
    }
}

/// What was deleted and not taken yet, the oldest in front.
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
///     busy: bool,
///     removed: Vec<&'static str>,
/// }
///
/// fn remove_files(mut queue: ResMut<DeleteQueue<Save>>, mut disk: ResMut<Disk>) {
///     while let Some(deleted) = queue.pop() {
///         if disk.busy {
///             queue.requeue_front(deleted);
///             break;
///         }
///         disk.removed.push(deleted.snapshot.0);
///     }
/// }
///
/// let mut app = App::new();
/// app.add_plugins(DeleteQueuePlugin::<Save>::with_capacity(100))
///     .insert_resource(Disk { busy: true, removed: vec![] })
///     .add_systems(Cleanup, remove_files.after(PostDeleteSystems::Receive));
///
/// app.world_mut().spawn_batch([Save("1.sav"), Save("2.sav")]);
/// app.world_mut().delete_all::<With<Save>>();
/// app.update();
/// assert_eq!(app.world().resource::<DeleteQueue<Save>>().len(), 2);
///
/// app.world_mut().resource_mut::<Disk>().busy = false;
/// app.update();
/// assert_eq!(app.world().resource::<Disk>().removed, ["2.sav", "1.sav"]);
/// ```
#[derive(Resource)]
pub struct DeleteQueue<S: Snapshot> {
    capacity: usize,
    deleted: VecDeque<PostDelete<S>>,
    dropped: usize,
}

impl<S: Snapshot> DeleteQueue<S> {
    fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity,
            deleted: VecDeque::new(),
            dropped: 0,
        }
    }

    /// Takes the oldest.
    pub fn pop(&mut self) -> Option<PostDelete<S>> {
        self.deleted.pop_front()
    }

    /// Takes all, the oldest first. What is not taken from the iterator is dropped with it.
    pub fn drain(&mut self) -> impl DoubleEndedIterator<Item = PostDelete<S>> + ExactSizeIterator {
        self.deleted.drain(..)
    }

    /// Puts one back in front, to be the next that is taken.
    ///
    /// If the queue has filled up meanwhile, it is the oldest, and so the one to be dropped.
    pub fn requeue_front(&mut self, deleted: PostDelete<S>) {
        self.deleted.push_front(deleted);
        self.drop_excess();
    }

    /// Looks at them, the oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &PostDelete<S>> + ExactSizeIterator {
        self.deleted.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.deleted.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.deleted.is_empty()
    }

    /// How many there can be.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many were dropped, the oldest first, because there were more than its capacity.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    fn push(&mut self, deleted: PostDelete<S>) {
        self.deleted.push_back(deleted);
        self.drop_excess();
    }

    fn drop_excess(&mut self) {
        while self.deleted.len() > self.capacity {
            self.deleted.pop_front();
            self.dropped += 1;
        }
    }
}

impl<S: Snapshot> fmt::Debug for DeleteQueue<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeleteQueue")
            .field("len", &self.len())
            .field("capacity", &self.capacity)
            .field("dropped", &self.dropped)
            .finish()
    }
}

fn enqueue<S: Snapshot>(
    mut messages: ResMut<Messages<PostDelete<S>>>,
    mut cursor: Local<MessageCursor<PostDelete<S>>>,
    mut queue: ResMut<DeleteQueue<S>>,
) {
    let unread = cursor.len(&messages);
    if unread == 0 {
        return;
    }
    let copies = cursor.read(&messages).map(|message| {
        Some(PostDelete {
            entity: message.entity,
            snapshot: S::try_clone(&message.snapshot)?,
            origin: message.origin,
        })
    });
    let copied = copies
        .take_while(Option::is_some)
        .flatten()
        .map(|copy| queue.push(copy))
        .count();
    if copied < unread {
        // Some cannot be copied. These are moved, and what all had time to read goes with them.
        let read = messages.len() - (unread - copied);
        for message in messages.drain().skip(read) {
            queue.push(message);
        }
    }
    cursor.clear(&messages);
}

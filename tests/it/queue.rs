//! `DeleteQueue`: messages are kept until they are taken, up to the capacity.

#[cfg(feature = "std")]
use std::panic::{AssertUnwindSafe, catch_unwind};

use bevy_app::{FixedMain, MainSchedulePlugin, prelude::*};
use bevy_ecs::{message::Messages, prelude::*, schedule::ScheduleLabel, world::EntityMut};
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number, Recorded, record_names, take_recorded};

fn queue(app: &mut App) -> Mut<'_, DeleteQueue<Number>> {
    app.world_mut().resource_mut()
}

fn drain_numbers(app: &mut App) -> Vec<u32> {
    queue(app).drain().map(|deleted| deleted.snapshot.0).collect()
}

fn app(capacity: usize) -> App {
    let mut app = App::new();
    app.add_plugins(DeleteQueuePlugin::<Number>::with_capacity(capacity));
    app
}

fn delete(app: &mut App, numbers: impl IntoIterator<Item = u32>) {
    for number in numbers {
        app.world_mut().spawn(Number(number)).delete().unwrap();
    }
}

#[test]
fn messages_are_kept_across_frames_until_they_are_taken() {
    let mut app = app(100);
    for frame in 0..5 {
        delete(&mut app, [2 * frame, 2 * frame + 1]);
        app.update();
    }
    for _ in 0..10 {
        app.update();
    }
    assert_eq!(queue(&mut app).len(), 10);
    assert_eq!(drain_numbers(&mut app), (0..10).collect::<Vec<_>>());
    assert!(queue(&mut app).is_empty());
    assert_eq!(queue(&mut app).dropped(), 0);
}

#[test]
fn messages_are_owned_and_in_order() {
    let mut app = app(100);
    delete(&mut app, [1, 2, 3]);
    app.update();
    let first: PostDelete<Number> = queue(&mut app).pop().unwrap();
    assert_eq!(first.snapshot, Number(1));
    assert_eq!(first.origin.kind, DeleteKind::Direct);
    assert_eq!(
        queue(&mut app)
            .iter()
            .map(|deleted| deleted.snapshot.0)
            .collect::<Vec<_>>(),
        [2, 3]
    );
    assert_eq!(drain_numbers(&mut app), [2, 3]);
    assert!(queue(&mut app).pop().is_none());
}

#[test]
fn the_oldest_messages_beyond_the_capacity_are_dropped_and_counted() {
    let mut app = app(3);
    delete(&mut app, 0..5);
    app.update();
    assert_eq!((queue(&mut app).len(), queue(&mut app).dropped()), (3, 2));
    delete(&mut app, [5]);
    app.update();
    assert_eq!(queue(&mut app).dropped(), 3);
    assert_eq!(queue(&mut app).capacity(), 3);
    assert_eq!(drain_numbers(&mut app), [3, 4, 5]);
}

#[test]
fn a_queue_with_capacity_zero_drops_and_counts_all_messages() {
    let mut app = app(0);
    delete(&mut app, 0..3);
    app.update();
    assert!(queue(&mut app).is_empty());
    assert_eq!(queue(&mut app).dropped(), 3);
}

#[test]
fn requeue_front_restores_the_order() {
    let mut app = app(3);
    delete(&mut app, [1, 2, 3]);
    app.update();
    let failed = queue(&mut app).pop().unwrap();
    queue(&mut app).requeue_front(failed);
    assert_eq!(drain_numbers(&mut app), [1, 2, 3]);
    assert_eq!(queue(&mut app).dropped(), 0);
}

#[test]
fn a_message_requeued_in_front_is_not_dropped_from_a_full_queue() {
    let mut app = app(2);
    delete(&mut app, [1, 2]);
    app.update();
    let failed = queue(&mut app).pop().unwrap();
    delete(&mut app, [3]);
    app.update();
    queue(&mut app).requeue_front(failed);
    assert_eq!(queue(&mut app).dropped(), 1);
    delete(&mut app, [4]);
    app.update();
    assert_eq!(queue(&mut app).dropped(), 2);
    assert_eq!(drain_numbers(&mut app), [1, 4]);

    let mut app = self::app(0);
    let message = PostDelete::new(Entity::PLACEHOLDER, Number(1));
    queue(&mut app).requeue_back(message.clone());
    assert!(queue(&mut app).is_empty());
    queue(&mut app).requeue_front(message);
    assert_eq!(drain_numbers(&mut app), [1], "the message is kept until it is taken");
}

#[test]
fn other_receivers_also_read_queued_messages() {
    let mut app = App::new();
    app.add_plugins(DeleteQueuePlugin::<Name>::with_capacity(10))
        .init_resource::<Recorded>()
        .count_deletes::<Name>()
        .add_systems(Update, record_names);
    app.world_mut().spawn(Name("a")).delete().unwrap();
    app.update();
    app.update();
    assert_eq!(
        take_recorded(&mut app),
        ["a"],
        "a system reads the message in the next frame"
    );
    assert_eq!(app.world().resource::<DeleteCounts<Name>>().total(), 1);
    assert_eq!(app.world().resource::<DeleteQueue<Name>>().len(), 1);
}

#[test]
fn adding_the_plugin_twice_queues_each_message_once_with_the_larger_capacity() {
    let mut app = app(2);
    app.add_plugins((
        DeleteQueuePlugin::<Number>::with_capacity(4),
        DeleteQueuePlugin::<Number>::with_capacity(1),
    ));
    delete(&mut app, 0..4);
    app.update();
    assert_eq!(drain_numbers(&mut app), [0, 1, 2, 3]);
}

#[derive(Component, Default)]
struct Buffer(Option<Box<u32>>);

/// The content of a [`Buffer`], which cannot be cloned.
struct Moved(Box<u32>);

impl Snapshot for Moved {
    type Component = Buffer;

    fn capture(mut entity: EntityMut<'_>) -> Option<Self> {
        entity.get_mut::<Buffer>()?.0.take().map(Self)
    }
}

#[test]
fn snapshots_that_cannot_be_cloned_are_moved_into_the_queue() {
    #[derive(Resource, Default)]
    struct Observed(usize);

    let mut app = App::new();
    app.add_plugins((
        PostDeletePlugin::<Moved>::default(),
        DeleteQueuePlugin::<Moved>::with_capacity(10),
    ))
    .count_deletes::<Moved>()
    .init_resource::<Observed>()
    .add_observer(|_: On<PostDelete<Moved>>, mut observed: ResMut<Observed>| observed.0 += 1);
    for frame in 0..4 {
        let (first, second) = (Buffer(Some(Box::new(2 * frame))), Buffer(Some(Box::new(2 * frame + 1))));
        app.world_mut().spawn(first).delete().unwrap();
        app.world_mut().spawn(second).despawn();
        app.update();
    }
    app.update();
    let mut queue = app.world_mut().resource_mut::<DeleteQueue<Moved>>();
    let values: Vec<u32> = queue.drain().map(|deleted| *deleted.snapshot.0).collect();
    assert_eq!(values, (0..8).collect::<Vec<_>>());
    assert_eq!(
        app.world().resource::<Observed>().0,
        8,
        "observers run before the messages are moved"
    );
    assert_eq!(
        app.world().resource::<DeleteCounts<Moved>>().total(),
        8,
        "other receivers run before the messages are moved"
    );
}

/// A snapshot that can be cloned unless its number is 13.
struct MaybeCloned(u32);

impl Snapshot for MaybeCloned {
    type Component = Number;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        entity.get::<Number>().map(|number| Self(number.0))
    }

    fn try_clone(snapshot: &Self) -> Option<Self> {
        (snapshot.0 != 13).then_some(Self(snapshot.0))
    }
}

#[test]
fn snapshots_are_cloned_with_try_clone_and_otherwise_moved() {
    #[derive(Resource, Default)]
    struct Read(Vec<u32>);

    let mut app = App::new();
    app.add_plugins(DeleteQueuePlugin::<MaybeCloned>::with_capacity(10))
        .init_resource::<Read>()
        .add_systems(
            Update,
            |mut deleted: MessageReader<PostDelete<MaybeCloned>>, mut read: ResMut<Read>| {
                read.0.extend(deleted.read().map(|deleted| deleted.snapshot.0));
            },
        );
    delete(&mut app, [1, 2]);
    app.update();
    app.update();
    assert_eq!(app.world().resource::<Read>().0, [1, 2]);

    // A snapshot that cannot be cloned is moved, with all later ones. No snapshot is queued twice.
    delete(&mut app, [3, 13, 4]);
    app.update();
    delete(&mut app, [5]);
    app.update();
    let mut queue = app.world_mut().resource_mut::<DeleteQueue<MaybeCloned>>();
    let queued: Vec<u32> = queue.drain().map(|deleted| deleted.snapshot.0).collect();
    assert_eq!(queued, [1, 2, 3, 13, 4, 5]);
}

/// A snapshot that cannot be cloned.
struct Unique(u32);

impl Snapshot for Unique {
    type Component = Number;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        Some(Self(entity.get::<Number>()?.0))
    }
}

#[test]
fn systems_in_the_cleanup_schedules_read_snapshots_before_they_are_moved() {
    #[derive(Resource, Default)]
    struct Read(Vec<(&'static str, u32)>);

    fn read(name: &'static str) -> impl FnMut(MessageReader<PostDelete<Unique>>, ResMut<Read>) {
        move |mut deleted, mut read| {
            read.0.extend(
                deleted
                    .read()
                    .map(|deleted: &PostDelete<Unique>| (name, deleted.snapshot.0)),
            );
        }
    }

    let mut app = App::new();
    app.add_plugins(DeleteQueuePlugin::<Unique>::with_capacity(10))
        .init_resource::<Read>()
        .add_systems(Cleanup, read("without an ordering"))
        .add_systems(Cleanup, read("before").before(PostDeleteSystems::Receive))
        .add_systems(Cleanup, read("after").after(PostDeleteSystems::Receive))
        .add_systems(FixedCleanup, read("fixed"));
    for number in [1, 2] {
        app.world_mut().spawn(Number(number)).despawn();
        app.world_mut().run_schedule(FixedMain);
        app.update();
    }
    let mut read = app.world_mut().resource_mut::<Read>().0.split_off(0);
    read.sort_unstable();
    let names = ["after", "before", "fixed", "without an ordering"];
    let expected: Vec<_> = names.into_iter().flat_map(|name| [(name, 1), (name, 2)]).collect();
    assert_eq!(read, expected);
    let mut queue = app.world_mut().resource_mut::<DeleteQueue<Unique>>();
    assert_eq!(
        queue.drain().map(|deleted| deleted.snapshot.0).collect::<Vec<_>>(),
        [1, 2]
    );
    assert!(app.world().resource::<Messages<PostDelete<Unique>>>().is_empty());
}

#[test]
fn cloneable_snapshots_are_queued_before_the_systems_of_cleanup_run() {
    #[derive(Resource, Default)]
    struct Popped(Vec<u32>);

    let mut app = app(10);
    app.init_resource::<Popped>().add_systems(
        Cleanup,
        (|mut queue: ResMut<DeleteQueue<Number>>, mut popped: ResMut<Popped>| {
            popped.0.extend(queue.drain().map(|deleted| deleted.snapshot.0));
        })
        .before(PostDeleteSystems::Receive),
    );
    delete(&mut app, [1, 2]);
    app.update();
    assert_eq!(app.world().resource::<Popped>().0, [1, 2]);
}

/// A snapshot of a [`Number`]. The clone of number 2 panics.
struct PanicsOnClone(u32);

impl Snapshot for PanicsOnClone {
    type Component = Number;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        Some(Self(entity.get::<Number>()?.0))
    }

    fn try_clone(snapshot: &Self) -> Option<Self> {
        assert_ne!(snapshot.0, 2, "on purpose");
        Some(Self(snapshot.0))
    }
}

#[test]
fn a_snapshot_whose_clone_panics_counts_as_dropped() {
    let mut app = App::new();
    app.set_error_handler(bevy_ecs::error::ignore)
        .add_plugins(DeleteQueuePlugin::<PanicsOnClone>::with_capacity(10));
    delete(&mut app, [1, 2, 3]);
    app.update();
    app.update();
    let mut queue = app.world_mut().resource_mut::<DeleteQueue<PanicsOnClone>>();
    assert_eq!(queue.dropped(), 1);
    assert_eq!(
        queue.drain().map(|deleted| deleted.snapshot.0).collect::<Vec<_>>(),
        [1, 3]
    );
}

#[test]
fn messages_are_taken_from_both_ends_and_by_condition() {
    let mut app = App::new();
    app.add_plugins(DeleteQueuePlugin::<Number>::unbounded());
    delete(&mut app, 0..6);
    app.update();
    assert_eq!(queue(&mut app).capacity(), usize::MAX);
    assert_eq!(queue(&mut app).pop_latest().unwrap().snapshot.0, 5);
    assert_eq!(queue(&mut app).pop().unwrap().snapshot.0, 0);
    let even: Vec<_> = queue(&mut app)
        .extract_if(|deleted| deleted.snapshot.0 % 2 == 0)
        .map(|deleted| deleted.snapshot.0)
        .collect();
    assert_eq!(even, [2, 4]);
    let first = queue(&mut app).pop().unwrap();
    queue(&mut app).requeue_back(first);
    assert_eq!(drain_numbers(&mut app), [3, 1]);
    assert_eq!(queue(&mut app).dropped(), 0);
}

#[test]
fn messages_published_in_cleanup_are_cloned_and_stay_for_other_readers() {
    let mut app = app(10);
    app.init_resource::<Recorded>()
        .add_systems(
            Cleanup,
            (
                |mut commands: Commands| {
                    commands.spawn((Number(1), Name("late"))).delete();
                },
                publish_deletes,
            )
                .chain(),
        )
        .add_plugins(PostDeletePlugin::<Name>::default())
        .add_plugins(DeleteQueuePlugin::<Name>::with_capacity(10))
        .add_systems(Last, record_names);
    app.update();
    assert_eq!(drain_numbers(&mut app), [1]);
    assert_eq!(take_recorded(&mut app), ["late"]);
}

#[test]
fn a_clone_that_panics_takes_no_message_from_other_readers() {
    #[derive(Resource, Default)]
    struct Read(Vec<u32>);

    let mut app = App::new();
    app.set_error_handler(bevy_ecs::error::ignore)
        .add_plugins(DeleteQueuePlugin::<PanicsOnClone>::with_capacity(10))
        .init_resource::<Read>()
        .add_systems(
            Last,
            |mut deleted: MessageReader<PostDelete<PanicsOnClone>>, mut read: ResMut<Read>| {
                read.0.extend(deleted.read().map(|deleted| deleted.snapshot.0));
            },
        );
    delete(&mut app, [1, 2, 3]);
    app.update();
    assert_eq!(app.world().resource::<Read>().0, [1, 2, 3]);
    let queue = app.world().resource::<DeleteQueue<PanicsOnClone>>();
    assert_eq!((queue.len(), queue.dropped()), (2, 1));
}

#[test]
fn values_that_an_extracting_iterator_does_not_reach_stay_in_order() {
    let mut app = App::new();
    app.add_plugins(DeleteQueuePlugin::<Number>::unbounded());
    delete(&mut app, 0..6);
    app.update();
    let taken: Vec<_> = queue(&mut app)
        .extract_if(|deleted| deleted.snapshot.0 % 2 == 1)
        .take(2)
        .map(|deleted| deleted.snapshot.0)
        .collect();
    assert_eq!(taken, [1, 3]);
    drop(queue(&mut app).extract_if(|_| true));
    assert_eq!(drain_numbers(&mut app), [0, 2, 4, 5]);
}

#[test]
fn a_value_in_front_is_kept_until_it_is_extracted() {
    let mut app = app(1);
    delete(&mut app, [1]);
    app.update();
    let first = queue(&mut app).pop().unwrap();
    queue(&mut app).requeue_front(first);
    assert_eq!(queue(&mut app).extract_if(|deleted| deleted.snapshot.0 == 7).count(), 0);
    delete(&mut app, [2]);
    app.update();
    assert_eq!(queue(&mut app).extract_if(|deleted| deleted.snapshot.0 == 1).count(), 1);
    delete(&mut app, [3, 4]);
    app.update();
    assert_eq!(drain_numbers(&mut app), [4]);
}

#[test]
fn the_queue_is_filled_if_the_main_schedules_are_added_after_its_plugin() {
    let mut app = App::empty();
    app.add_plugins((DeleteQueuePlugin::<Number>::unbounded(), MainSchedulePlugin));
    app.main_mut().update_schedule = Some(Main.intern());
    app.finish();
    app.cleanup();
    delete(&mut app, [1]);
    app.update();
    assert_eq!(drain_numbers(&mut app), [1]);
}

#[test]
fn adding_the_plugin_again_tracks_the_type_again() {
    let mut app = app(10);
    app.world_mut().untrack_deletes::<Number>();
    app.add_plugins(DeleteQueuePlugin::<Number>::with_capacity(10));
    delete(&mut app, [1]);
    app.update();
    assert_eq!(drain_numbers(&mut app), [1]);
}

/// Without `std`, the first panic ends the function.
#[cfg(feature = "std")]
#[test]
fn the_queue_keeps_its_capacity_even_if_dropping_a_snapshot_panics() {
    #[derive(Debug)]
    struct PanicsOnDrop;

    impl Drop for PanicsOnDrop {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                panic!("on purpose");
            }
        }
    }

    impl Snapshot for PanicsOnDrop {
        type Component = Number;

        fn capture(_: EntityMut<'_>) -> Option<Self> {
            Some(Self)
        }

        fn try_clone(_: &Self) -> Option<Self> {
            Some(Self)
        }
    }

    let mut app = App::new();
    app.set_error_handler(bevy_ecs::error::ignore)
        .add_plugins(DeleteQueuePlugin::<PanicsOnDrop>::with_capacity(1));
    for frames in 1..5 {
        delete(&mut app, 0..10);
        // The drop of the messages panics, too.
        _ = catch_unwind(AssertUnwindSafe(|| app.update()));
        let queue = app.world().resource::<DeleteQueue<PanicsOnDrop>>();
        assert_eq!((queue.len(), queue.dropped()), (1, 10 * frames - 1));
    }
    // The queue and the messages are not dropped.
    core::mem::forget(app);
}

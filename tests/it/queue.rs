//! The durable queue: nothing is lost between frames, and nothing grows without end.

use bevy_app::{FixedMain, prelude::*};
use bevy_ecs::{message::Messages, prelude::*, world::EntityMut};
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number, Seen, see, seen};

fn queue(app: &mut App) -> Mut<'_, DeleteQueue<Number>> {
    app.world_mut().resource_mut()
}

fn taken(app: &mut App) -> Vec<u32> {
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
fn what_nobody_takes_is_kept_across_frames() {
    let mut app = app(100);
    for frame in 0..5 {
        delete(&mut app, [2 * frame, 2 * frame + 1]);
        app.update();
    }
    for _ in 0..10 {
        app.update();
    }
    assert_eq!(queue(&mut app).len(), 10);
    assert_eq!(taken(&mut app), (0..10).collect::<Vec<_>>());
    assert!(queue(&mut app).is_empty());
    assert_eq!(queue(&mut app).dropped(), 0);
}

#[test]
fn values_are_owned_and_come_in_order() {
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
    assert_eq!(taken(&mut app), [2, 3]);
    assert!(queue(&mut app).pop().is_none());
}

#[test]
fn beyond_its_capacity_the_oldest_are_dropped_and_counted() {
    let mut app = app(3);
    delete(&mut app, 0..5);
    app.update();
    assert_eq!((queue(&mut app).len(), queue(&mut app).dropped()), (3, 2));
    delete(&mut app, [5]);
    app.update();
    assert_eq!(queue(&mut app).dropped(), 3);
    assert_eq!(queue(&mut app).capacity(), 3);
    assert_eq!(taken(&mut app), [3, 4, 5]);
}

#[test]
fn a_queue_of_nothing_counts_all() {
    let mut app = app(0);
    delete(&mut app, 0..3);
    app.update();
    assert!(queue(&mut app).is_empty());
    assert_eq!(queue(&mut app).dropped(), 3);
}

#[test]
fn what_failed_is_put_back_in_front() {
    let mut app = app(3);
    delete(&mut app, [1, 2, 3]);
    app.update();
    let failed = queue(&mut app).pop().unwrap();
    queue(&mut app).requeue_front(failed);
    assert_eq!(taken(&mut app), [1, 2, 3]);
    assert_eq!(queue(&mut app).dropped(), 0);
}

#[test]
fn a_value_that_was_put_back_in_front_is_not_dropped_when_the_queue_is_full() {
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
    assert_eq!(taken(&mut app), [1, 4]);

    let mut app = self::app(0);
    let never_kept = PostDelete::new(Entity::PLACEHOLDER, Number(1));
    queue(&mut app).requeue_back(never_kept.clone());
    assert!(queue(&mut app).is_empty());
    queue(&mut app).requeue_front(never_kept);
    assert_eq!(taken(&mut app), [1], "it is kept until it is taken");
}

#[test]
fn everybody_else_is_told_of_components_as_well() {
    let mut app = App::new();
    app.add_plugins(DeleteQueuePlugin::<Name>::with_capacity(10))
        .init_resource::<Seen>()
        .count_deletes::<Name>()
        .add_systems(Update, see);
    app.world_mut().spawn(Name("a")).delete().unwrap();
    app.update();
    app.update();
    assert_eq!(seen(&mut app), ["a"], "a system that reads in the next frame");
    assert_eq!(app.world().resource::<DeleteCounts<Name>>().total(), 1);
    assert_eq!(app.world().resource::<DeleteQueue<Name>>().len(), 1);
}

#[test]
fn adding_it_twice_queues_once_with_the_larger_capacity() {
    let mut app = app(2);
    app.add_plugins((
        DeleteQueuePlugin::<Number>::with_capacity(4),
        DeleteQueuePlugin::<Number>::with_capacity(1),
    ));
    delete(&mut app, 0..4);
    app.update();
    assert_eq!(taken(&mut app), [0, 1, 2, 3]);
}

/// Something that there is only one of.
#[derive(Component, Default)]
struct Buffer(Option<Box<u32>>);

/// What was in it. Not `Clone`.
struct Moved(Box<u32>);

impl Snapshot for Moved {
    type Component = Buffer;

    fn capture(mut entity: EntityMut<'_>) -> Option<Self> {
        entity.get_mut::<Buffer>()?.0.take().map(Self)
    }
}

#[test]
fn what_cannot_be_cloned_is_moved_in() {
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
        "observers come before the queue"
    );
    assert_eq!(
        app.world().resource::<DeleteCounts<Moved>>().total(),
        8,
        "as do the other receivers"
    );
}

/// A projection that can be copied, and one value of which cannot.
struct Copied(u32);

impl Snapshot for Copied {
    type Component = Number;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        entity.get::<Number>().map(|number| Self(number.0))
    }

    fn try_clone(snapshot: &Self) -> Option<Self> {
        (snapshot.0 != 13).then_some(Self(snapshot.0))
    }
}

#[test]
fn a_projection_that_says_so_is_copied() {
    #[derive(Resource, Default)]
    struct Read(Vec<u32>);

    let mut app = App::new();
    app.add_plugins(DeleteQueuePlugin::<Copied>::with_capacity(10))
        .init_resource::<Read>()
        .add_systems(
            Update,
            |mut deleted: MessageReader<PostDelete<Copied>>, mut read: ResMut<Read>| {
                read.0.extend(deleted.read().map(|deleted| deleted.snapshot.0));
            },
        );
    delete(&mut app, [1, 2]);
    app.update();
    app.update();
    assert_eq!(app.world().resource::<Read>().0, [1, 2]);

    // One that cannot be copied is moved with those that came after it; none is queued twice.
    delete(&mut app, [3, 13, 4]);
    app.update();
    delete(&mut app, [5]);
    app.update();
    let mut queue = app.world_mut().resource_mut::<DeleteQueue<Copied>>();
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
fn every_system_in_the_cleanup_schedules_reads_a_snapshot_that_is_then_moved() {
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
fn a_component_is_in_the_queue_when_the_systems_of_cleanup_run() {
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

#[test]
fn a_clone_that_panics_counts_as_dropped_and_costs_no_other_value() {
    struct Brittle(u32);

    impl Snapshot for Brittle {
        type Component = Number;

        fn capture(entity: EntityMut<'_>) -> Option<Self> {
            Some(Self(entity.get::<Number>()?.0))
        }

        fn try_clone(brittle: &Self) -> Option<Self> {
            assert_ne!(brittle.0, 2, "on purpose");
            Some(Self(brittle.0))
        }
    }

    let mut app = App::new();
    app.set_error_handler(bevy_ecs::error::ignore)
        .add_plugins(DeleteQueuePlugin::<Brittle>::with_capacity(10));
    delete(&mut app, [1, 2, 3]);
    app.update();
    app.update();
    let mut queue = app.world_mut().resource_mut::<DeleteQueue<Brittle>>();
    assert_eq!(queue.dropped(), 1);
    assert_eq!(
        queue.drain().map(|deleted| deleted.snapshot.0).collect::<Vec<_>>(),
        [1, 3]
    );
}

#[test]
fn values_are_taken_from_both_ends_and_by_a_condition() {
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
    assert_eq!(taken(&mut app), [3, 1]);
    assert_eq!(queue(&mut app).dropped(), 0);
}

//! The receivers of a world: observers, systems in `Cleanup` and `FixedCleanup`, a counter, a queue, and a reader that
//! runs after each step.

use std::collections::VecDeque;

use bevy_app::prelude::*;
use bevy_ecs::{entity::Entities, message::Messages, prelude::*};
use bevy_post_delete::{prelude::*, receivers::DeleteQueuePlugin};

use super::{
    components::{Marked, OfType, Sparse, Tabled, of_type},
    faults::{self, Place, reach, reach_with},
    program::{Step, Type},
    state::{Message, RECEIVED},
    truth::record_observed,
};

/// A published message, with the serial number of the captured value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Published {
    pub(crate) message: Message<Entity>,
    pub(crate) serial: u64,
}

#[derive(Resource, Default)]
struct Received {
    by_observers: Vec<Published>,
    by_systems: Vec<Published>,
    by_counter: usize,
}

/// Each observed `PostDelete<Marked>` deletes one of these entities, as long as there are any.
#[derive(Resource, Default)]
pub(super) struct DeletedOnPublish(pub(super) VecDeque<Entity>);

/// Adds receivers of all snapshot types, tracked or not.
pub(super) fn add_receivers(app: &mut App) {
    app.init_resource::<Received>().init_resource::<DeletedOnPublish>();
    for snapshot in Type::ALL {
        of_type!(snapshot, S => _ = app
            .add_message::<PostDelete<S>>()
            .add_observer(observe::<S>)
            .add_systems(Cleanup, read::<S>)
            .add_systems(FixedCleanup, read::<S>));
    }
    app.add_observer(delete_on_publish)
        .count_deletes_by::<Tabled, bool>(is_even)
        .add_plugins(DeleteQueuePlugin::<Sparse>::unbounded());
}

fn is_even(deleted: &PostDelete<Tabled>) -> bool {
    reach(Place::Key);
    deleted.snapshot.captured_value().is_multiple_of(2)
}

fn observe<S: OfType>(
    on: On<PostDelete<S>>,
    mut received: ResMut<Received>,
    entities: &Entities,
    mut commands: Commands,
) {
    let published = Published::new(on.event(), entities);
    record_observed(published.clone());
    received.by_observers.push(published);
    reach_with(Place::PostDeleteObserver, &mut commands);
}

fn read<S: OfType>(
    mut deleted: MessageReader<PostDelete<S>>,
    mut received: ResMut<Received>,
    entities: &Entities,
    mut commands: Commands,
) {
    let published = deleted.read().map(|deleted| Published::new(deleted, entities));
    received.by_systems.extend(published);
    reach_with(Place::Receiver, &mut commands);
}

fn delete_on_publish(on: On<PostDelete<Marked>>, mut deleted: ResMut<DeletedOnPublish>, mut commands: Commands) {
    if let Some(entity) = deleted.0.pop_front() {
        let cause = DeleteReason::new(RECEIVED).by(on.entity);
        commands.entity(entity).delete_with(cause);
    }
}

/// Takes the messages that were published since the last time, type by type. All receivers must have received the same.
///
/// `step`: the step that has published them.
pub(super) fn take_published(world: &mut World, step: &Step) -> Vec<Published> {
    let mut published = Vec::new();
    for snapshot in Type::ALL {
        of_type!(snapshot, S => {
            let messages: Vec<_> = world.resource_mut::<Messages<PostDelete<S>>>().drain().collect();
            let entities = world.entities();
            published.extend(messages.iter().map(|deleted| Published::new(deleted, entities)));
        });
    }
    let queued = world.resource_mut::<DeleteQueue<Sparse>>().drain().len();
    let counted = world.resource::<DeleteCounts<Tabled, bool>>().total();
    let mut received = std::mem::take(&mut *world.resource_mut::<Received>());
    world.resource_mut::<Received>().by_counter = counted;
    received
        .by_observers
        .sort_by_key(|published| published.message.snapshot);
    received.by_systems.sort_by_key(|published| published.message.snapshot);
    // After a fault, some messages are dropped, and some receivers have not run.
    if !faults::has_fired() {
        assert_eq!(
            received.by_observers, published,
            "observers receive the messages that systems read"
        );
        if step.runs_cleanup() {
            assert_eq!(
                received.by_systems, published,
                "systems receive the messages that observers receive"
            );
        }
        // The counter and the queue run in `Cleanup`, and not in `FixedCleanup`.
        if matches!(step, Step::Frame(_)) {
            let count = |snapshot| {
                published
                    .iter()
                    .filter(|published| published.message.snapshot == snapshot)
                    .count()
            };
            assert_eq!(
                counted - received.by_counter,
                count(Type::Tabled),
                "the counter counts all messages"
            );
            assert_eq!(queued, count(Type::Sparse), "the queue contains all messages");
        }
    }
    published
}

impl Published {
    /// Whenever a receiver runs, the entity is already despawned.
    fn new<S: OfType>(deleted: &PostDelete<S>, entities: &Entities) -> Self {
        let message = Message {
            snapshot: S::TYPE,
            entity: deleted.entity,
            value: deleted.snapshot.captured_value(),
            target: deleted.snapshot.captured_target(),
            kind: deleted.origin.kind,
            root: deleted.origin.root,
            reason: deleted.origin.reason.map(|reason| reason.as_str()),
            instigator: deleted.origin.instigator,
            operation: deleted.origin.operation,
        };
        let is_alive = entities.contains_spawned(message.entity);
        assert!(!message.is_despawn() || !is_alive, "the entity is alive: {message:?}");
        let serial = deleted.snapshot.captured_serial();
        Self { message, serial }
    }
}

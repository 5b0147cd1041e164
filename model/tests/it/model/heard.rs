//! What receivers hear: observers, systems in the stages, and whoever reads afterwards.

use std::collections::VecDeque;

use bevy_app::prelude::*;
use bevy_ecs::{entity::Entities, message::Messages, prelude::*};
use bevy_post_delete::prelude::*;

use super::{
    components::{Marked, OfType, of_type},
    picture::{AVENGED, Message},
    program::Type,
};

#[derive(Resource, Default)]
struct Heard {
    by_observers: Vec<Message<Entity>>,
    in_stage: Vec<Message<Entity>>,
}

/// Each deletes one of these for a `PostDelete<Marked>`, as long as there are any.
#[derive(Resource, Default)]
pub(super) struct Avengers(pub(super) VecDeque<Entity>);

/// Adds observers and systems for all snapshot types, tracked or not.
pub(super) fn add_receivers(app: &mut App) {
    app.init_resource::<Heard>().init_resource::<Avengers>();
    for snapshot in Type::ALL {
        of_type!(snapshot, S => _ = app
            .add_message::<PostDelete<S>>()
            .add_observer(observe::<S>)
            .add_systems(Cleanup, read::<S>)
            .add_systems(FixedCleanup, read::<S>));
    }
    app.add_observer(avenge);
}

fn observe<S: OfType>(on: On<PostDelete<S>>, mut heard: ResMut<Heard>, entities: &Entities) {
    heard.by_observers.push(gone(on.event(), entities));
}

fn read<S: OfType>(mut deleted: MessageReader<PostDelete<S>>, mut heard: ResMut<Heard>, entities: &Entities) {
    heard
        .in_stage
        .extend(deleted.read().map(|deleted| gone(deleted, entities)));
}

/// Whoever hears of it, the entity is gone by then.
fn gone<S: OfType>(deleted: &PostDelete<S>, entities: &Entities) -> Message<Entity> {
    let message = Message::of(deleted);
    let lives = entities.contains_spawned(message.entity);
    assert!(!message.ends_entity() || !lives, "it lives: {message:?}");
    message
}

fn avenge(_: On<PostDelete<Marked>>, mut avengers: ResMut<Avengers>, mut commands: Commands) {
    if let Some(avenged) = avengers.0.pop_front() {
        commands.entity(avenged).delete_with(DeleteReason::new(AVENGED));
    }
}

/// Takes what was told since the last time, type by type, which all receivers must have heard alike.
///
/// `had_stage`: systems in a stage had an occasion to hear it.
pub(super) fn take_told(world: &mut World, had_stage: bool) -> Vec<Message<Entity>> {
    let mut told = Vec::new();
    for snapshot in Type::ALL {
        of_type!(snapshot, S => {
            let mut messages = world.resource_mut::<Messages<PostDelete<S>>>();
            told.extend(messages.drain().map(|deleted| Message::of(&deleted)));
        });
    }
    let mut heard = std::mem::take(&mut *world.resource_mut::<Heard>());
    heard.by_observers.sort_by_key(|message| message.snapshot);
    heard.in_stage.sort_by_key(|message| message.snapshot);
    assert_eq!(heard.by_observers, told, "observers hear what there is to read");
    if had_stage {
        assert_eq!(heard.in_stage, told, "systems in the stage hear what there is to read");
    }
    told
}

impl Message<Entity> {
    fn of<S: OfType>(deleted: &PostDelete<S>) -> Self {
        Self {
            snapshot: S::TYPE,
            entity: deleted.entity,
            value: deleted.snapshot.remembered(),
            kind: deleted.origin.kind,
            root: deleted.origin.root,
            reason: deleted.origin.reason.map(|reason| reason.as_str()),
            operation: deleted.origin.operation,
        }
    }
}

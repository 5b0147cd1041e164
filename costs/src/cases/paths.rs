//! The paths by which entities are deleted or despawned, and the readers of the messages.

use bevy_ecs::{
    lifecycle::Despawn,
    message::{Message, MessageCursor, Messages},
    prelude::*,
    system::SystemState,
};
use bevy_post_delete::prelude::*;

use super::entities::Tracked;

pub(super) fn despawn_by_commands(world: &mut World, entities: &[Entity]) {
    let mut commands = world.commands();
    for entity in entities {
        commands.entity(*entity).despawn();
    }
    world.flush();
}

pub(super) fn delete_by_commands(world: &mut World, entities: &[Entity]) {
    let mut commands = world.commands();
    for entity in entities {
        commands.entity(*entity).delete();
    }
    world.flush();
}

/// The message of the handwritten alternatives.
#[derive(Message)]
pub(super) struct Lost {
    entity: Entity,
    value: Tracked,
}

/// A reader that is kept between frames, like the reader of a system.
#[derive(Resource)]
struct Reader<M: Message>(MessageCursor<M>);

impl<M: Message> Default for Reader<M> {
    fn default() -> Self {
        Self(MessageCursor::default())
    }
}

/// Reads all messages, then updates the message buffers as at the start of a frame.
fn read<M: Message>(world: &mut World, number: impl Fn(&M) -> u64) -> u64 {
    world.init_resource::<Reader<M>>();
    world.resource_scope(|world, mut reader: Mut<Reader<M>>| {
        let mut messages = world.resource_mut::<Messages<M>>();
        let sum = reader.0.read(&messages).map(number).fold(0, u64::wrapping_add);
        messages.update();
        sum
    })
}

pub(super) fn read_lost(world: &mut World) -> u64 {
    read(world, |lost: &Lost| lost.entity.to_bits() ^ lost.value.0)
}

/// Publishes the pending deletions, and reads the messages.
pub(super) fn publish_and_read<S: Snapshot>(world: &mut World) -> u64 {
    world.publish_deletes();
    read(world, |deleted: &PostDelete<S>| deleted.entity.to_bits())
}

/// A world in which nothing is tracked.
pub(super) fn plain() -> World {
    World::new()
}

pub(super) fn tracking<S: Snapshot>() -> World {
    let mut world = World::new();
    world.track_deletes::<S>();
    world
}

/// A world with the minimal hook: the least code that misses no despawn.
pub(super) fn hooked() -> World {
    let mut world = World::new();
    world.init_resource::<Messages<Lost>>();
    world
        .register_component_hooks::<Tracked>()
        .on_despawn(|mut world, context| {
            let entity = context.entity;
            if let Some(value) = world.get::<Tracked>(entity).copied() {
                world.resource_mut::<Messages<Lost>>().write(Lost { entity, value });
            }
        });
    world
}

/// A world with a handwritten observer.
pub(super) fn observing() -> World {
    let mut world = World::new();
    world.init_resource::<Messages<Lost>>();
    world.add_observer(
        |on: On<Despawn<Tracked>>, tracked: Query<&Tracked>, mut lost: MessageWriter<Lost>| {
            if let Ok(value) = tracked.get(on.entity) {
                let (entity, value) = (on.entity, *value);
                lost.write(Lost { entity, value });
            }
        },
    );
    world
}

type System = SystemState<(
    Query<'static, 'static, &'static Tracked>,
    MessageWriter<'static, Lost>,
    Commands<'static, 'static>,
)>;

/// The state of a handwritten system, kept between frames as in a schedule.
#[derive(Resource)]
struct ByHand(System);

/// A world with a handwritten system.
pub(super) fn by_hand() -> World {
    let mut world = World::new();
    world.init_resource::<Messages<Lost>>();
    let system = SystemState::new(&mut world);
    world.insert_resource(ByHand(system));
    world
}

/// Runs the handwritten system: clones the value, writes the message, queues the despawn, and applies the commands.
pub(super) fn write_and_despawn(world: &mut World, entities: &[Entity]) {
    world.resource_scope(|world, mut system: Mut<ByHand>| {
        if let Ok((tracked, mut lost, mut commands)) = system.0.get_mut(world) {
            for entity in entities {
                if let Ok(value) = tracked.get(*entity) {
                    let (entity, value) = (*entity, *value);
                    lost.write(Lost { entity, value });
                    commands.entity(entity).despawn();
                }
            }
        }
        system.0.apply(world);
    });
    world.flush();
}

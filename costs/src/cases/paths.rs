//! How entities go, and how it is told.

use bevy_ecs::{
    lifecycle::Despawn,
    message::{Message, MessageCursor, Messages},
    prelude::*,
    system::SystemState,
};
use bevy_post_delete::prelude::*;

use super::entities::Tracked;

pub(crate) fn despawn_by_commands(world: &mut World, entities: &[Entity]) {
    let mut commands = world.commands();
    for entity in entities {
        commands.entity(*entity).despawn();
    }
    world.flush();
}

pub(crate) fn delete_by_commands(world: &mut World, entities: &[Entity]) {
    let mut commands = world.commands();
    for entity in entities {
        commands.entity(*entity).delete();
    }
    world.flush();
}

/// A message as one writes it by hand.
#[derive(Message)]
pub(crate) struct Gone {
    entity: Entity,
    value: Tracked,
}

/// A reader that lives in the world, as that of a system does.
#[derive(Resource)]
struct Reader<M: Message>(MessageCursor<M>);

impl<M: Message> Default for Reader<M> {
    fn default() -> Self {
        Self(MessageCursor::default())
    }
}

/// Reads all messages, and ends their frame.
fn read<M: Message>(world: &mut World, number: impl Fn(&M) -> u64) -> u64 {
    world.init_resource::<Reader<M>>();
    world.resource_scope(|world, mut reader: Mut<Reader<M>>| {
        let mut messages = world.resource_mut::<Messages<M>>();
        let sum = reader.0.read(&messages).map(number).fold(0, u64::wrapping_add);
        messages.update();
        sum
    })
}

pub(crate) fn read_gone(world: &mut World) -> u64 {
    read(world, |gone: &Gone| gone.entity.to_bits() ^ gone.value.0)
}

/// The stage, and a reader in it.
pub(crate) fn stage_and_read<S: Snapshot>(world: &mut World) -> u64 {
    world.publish_deletes();
    read(world, |deleted: &PostDelete<S>| deleted.entity.to_bits())
}

/// A world in which nobody wants to hear of anything.
pub(crate) fn plain() -> World {
    World::new()
}

pub(crate) fn tracking<S: Snapshot>() -> World {
    let mut world = World::new();
    world.track_deletes::<S>();
    world
}

/// A world with an observer written by hand.
pub(crate) fn observing() -> World {
    let mut world = World::new();
    world.init_resource::<Messages<Gone>>();
    world.add_observer(
        |on: On<Despawn<Tracked>>, tracked: Query<&Tracked>, mut gone: MessageWriter<Gone>| {
            if let Ok(value) = tracked.get(on.entity) {
                let (entity, value) = (on.entity, *value);
                gone.write(Gone { entity, value });
            }
        },
    );
    world
}

type System = SystemState<(
    Query<'static, 'static, &'static Tracked>,
    MessageWriter<'static, Gone>,
    Commands<'static, 'static>,
)>;

/// The state of a system written by hand, kept from frame to frame as a schedule keeps it.
#[derive(Resource)]
struct ByHand(System);

/// A world with a system written by hand.
pub(crate) fn by_hand() -> World {
    let mut world = World::new();
    world.init_resource::<Messages<Gone>>();
    let system = SystemState::new(&mut world);
    world.insert_resource(ByHand(system));
    world
}

/// Clones the value, writes the message, queues the despawn, and applies what is queued.
pub(crate) fn write_and_despawn(world: &mut World, entities: &[Entity]) {
    world.resource_scope(|world, mut system: Mut<ByHand>| {
        if let Ok((tracked, mut gone, mut commands)) = system.0.get_mut(world) {
            for entity in entities {
                if let Ok(value) = tracked.get(*entity) {
                    let (entity, value) = (*entity, *value);
                    gone.write(Gone { entity, value });
                    commands.entity(entity).despawn();
                }
            }
        }
        system.0.apply(world);
    });
    world.flush();
}

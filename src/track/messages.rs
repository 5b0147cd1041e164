//! The registration of the messages with Bevy, which updates them.

use core::mem;

use bevy_ecs::{
    message::{MessageRegistry, Messages},
    world::World,
};

use crate::{message::PostDelete, snapshot::Snapshot};

/// Registers [`Messages<PostDelete<S>>`] with Bevy exactly once, and keeps the messages that are there.
///
/// The resource alone does not show whether it is registered: `init_resource` creates it without, and `remove_resource`
/// leaves the registration. An unregistered buffer grows without bound, and one that is registered twice is updated
/// twice.
pub(crate) fn register_messages<S: Snapshot>(world: &mut World) {
    let messages = world.get_resource_mut::<Messages<PostDelete<S>>>();
    let messages = messages.map(|mut messages| mem::take(&mut *messages));
    MessageRegistry::deregister_messages::<PostDelete<S>>(world);
    MessageRegistry::register_message::<PostDelete<S>>(world);
    if let Some(messages) = messages {
        *world.resource_mut() = messages;
    }
}

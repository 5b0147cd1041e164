//! Code that the tests share.

use std::time::Duration;

use bevy_app::prelude::*;
use bevy_ecs::{message::Messages, prelude::*};
use bevy_post_delete::prelude::*;
use bevy_time::{TimePlugin, TimeUpdateStrategy, prelude::*};

/// A tracked component with a number.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Number(pub(crate) u32);

/// Publishes the pending messages, and takes them.
pub(crate) fn published<S: Snapshot>(world: &mut World) -> Vec<PostDelete<S>> {
    world.publish_deletes();
    world.resource_mut::<Messages<PostDelete<S>>>().drain().collect()
}

/// Adds the time plugin, with a fixed step of 10 milliseconds.
pub(crate) fn add_time(app: &mut App) {
    app.add_plugins(TimePlugin)
        .insert_resource(Time::<Fixed>::from_duration(Duration::from_millis(10)));
}

/// Runs a frame of this length. In the first frame of an app, no time passes.
pub(crate) fn run_frame(app: &mut App, milliseconds: u64) {
    let duration = Duration::from_millis(milliseconds);
    app.insert_resource(TimeUpdateStrategy::ManualDuration(duration));
    app.update();
}

/// Bevy's virtual time, which can be paused.
pub(crate) fn virtual_time(app: &mut App) -> Mut<'_, Time<Virtual>> {
    app.world_mut().resource_mut()
}

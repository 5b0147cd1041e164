//! The part that the server and the clients share.

use std::time::Duration;

use bevy::{app::ScheduleRunnerPlugin, prelude::*, state::app::StatesPlugin};
use bevy_post_delete::prelude::*;
use bevy_post_delete_replicon::prelude::*;
use bevy_replicon::prelude::*;
use bevy_replicon_example_backend::RepliconExampleBackendPlugins;
use serde::{Deserialize, Serialize};

pub(crate) const KILLED: DeleteReason = DeleteReason::new("killed");
pub(crate) const ARENA_CLOSED: DeleteReason = DeleteReason::new("arena closed");

/// The lines that each client should show, by player, for each act.
pub(crate) const FEEDS: [(&str, [&[&str]; 3]); 2] = [
    (
        "Alice",
        [
            &[],
            &["Bob's shield broke: Alice killed its owner", "Alice killed Bob"],
            &["Raven left: arena closed", "Alice left: arena closed"],
        ],
    ),
    (
        "Bob",
        [
            &["Raven is out of sight"],
            &["Bob's shield broke: Alice killed its owner", "Alice killed Bob"],
            &["Alice left: arena closed"],
        ],
    ),
];

/// Every process gives up after this time.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(120);

#[derive(Component, Clone, Serialize, Deserialize)]
pub(crate) struct Character(pub(crate) String);

/// A client sees all characters, and has shown this number of lines since.
#[derive(Event, Serialize, Deserialize)]
pub(crate) struct Shown {
    pub(crate) player: String,
    pub(crate) lines: usize,
}

/// Only the client of this player sees the entity.
#[derive(Component, PartialEq)]
#[component(immutable)]
pub(crate) struct SeenOnlyBy(pub(crate) String);

impl VisibilityFilter for SeenOnlyBy {
    type ClientComponent = Self;
    type Scope = Entity;

    fn is_visible(&self, _: Entity, client: Option<&Self>) -> bool {
        client == Some(self)
    }
}

pub(crate) fn new_app() -> App {
    let mut app = App::new();
    app.add_plugins((
        MinimalPlugins.set(ScheduleRunnerPlugin::run_loop(Duration::from_millis(5))),
        StatesPlugin,
        RepliconPlugins.set(ServerPlugin::new(PostUpdate)),
        RepliconExampleBackendPlugins,
        ReplicateDeletesPlugin,
        PostDeletePlugin::<Character>::default(),
    ))
    .replicate::<Character>()
    .replicate::<ChildOf>()
    .add_visibility_filter::<SeenOnlyBy>()
    .add_client_event::<Shown>(Channel::Ordered)
    .replicate_delete_reason(KILLED)
    .replicate_delete_reason(ARENA_CLOSED)
    .add_systems(Last, give_up);
    app
}

fn give_up(time: Res<Time<Real>>, mut exit: MessageWriter<AppExit>) {
    if time.elapsed() > TIMEOUT {
        exit.write(AppExit::error());
    }
}

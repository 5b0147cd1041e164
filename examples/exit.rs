//! Closes all connections when the app exits.
//!
//! Look at `DeleteAtExitPlugin`: without it, Bevy drops the world at exit, and no hook, observer or system runs for its
//! entities. With it, they are deleted in the last frame, children first, and `Cleanup` runs once more.
//!
//! ```text
//! cargo run --example exit
//! ```
use std::sync::mpsc::{self, Sender};

use bevy_app::{ScheduleRunnerPlugin, prelude::*};
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone)]
struct Connection(&'static str);

/// Sends the name of each closed connection to `main`, because no resource exists after the app has exited.
#[derive(Resource)]
struct Closed(Sender<&'static str>);

fn main() {
    let (sender, closed) = mpsc::channel();

    let exit = App::new()
        .add_plugins((
            // Runs frame after frame until the app exits, as in a game with a window.
            ScheduleRunnerPlugin::default(),
            PostDeletePlugin::<Connection>::default(),
            DeleteAtExitPlugin,
        ))
        .insert_resource(Closed(sender))
        .add_systems(Startup, connect)
        .add_systems(Update, quit)
        .add_systems(Cleanup, close)
        .run();

    assert!(exit.is_success());
    let closed: Vec<_> = closed.iter().collect();
    assert_eq!(closed, ["voice chat", "match", "lobby"]);
}

fn connect(mut commands: Commands) {
    // The lobby must be left last.
    let session = (Connection("match"), children![Connection("voice chat")]);
    commands.spawn((Connection("lobby"), children![session]));
}

fn quit(mut frame: Local<u32>, mut exit: MessageWriter<AppExit>) {
    *frame += 1;
    if *frame == 3 {
        exit.write(AppExit::Success);
    }
}

fn close(mut deleted: MessageReader<PostDelete<Connection>>, closed: Res<Closed>) {
    for PostDelete { snapshot, origin, .. } in deleted.read() {
        assert!(origin.has_reason(DeleteReason::APP_EXIT));
        println!("closed: {}", snapshot.0);
        closed.0.send(snapshot.0).unwrap();
    }
}

//! Starts the game, and records it on request. README.md describes the option.

use bevy::render::view::screenshot::{Screenshot, save_to_disk};
use bevy::{prelude::*, render::RenderPlugin, time::TimeUpdateStrategy};
use bricks::{BricksPlugin, LevelAssets, WINDOW};

fn main() -> AppExit {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let recording = match arguments.as_slice() {
        [] => None,
        [option, directory] if option == "--record" => Some(Recording(directory.clone())),
        _ => {
            eprintln!("usage: bricks [--record DIRECTORY]");
            return AppExit::from_code(2);
        }
    };
    let window = Window {
        title: "Bricks".to_string(),
        resolution: WINDOW.into(),
        ..default()
    };
    let plugins = DefaultPlugins
        .set(WindowPlugin {
            primary_window: Some(window),
            ..default()
        })
        // Otherwise the first pictures of a recording would lack everything whose pipeline is still being compiled.
        .set(RenderPlugin {
            synchronous_pipeline_compilation: true,
            ..default()
        });
    let mut app = App::new();
    app.add_plugins((plugins, BricksPlugin));
    if let Some(recording) = recording {
        // The game has 60 fixed steps per second, so this makes 20 pictures per second.
        app.insert_resource(TimeUpdateStrategy::FixedTimesteps(3))
            .insert_resource(recording)
            .add_systems(Update, record);
    }
    app.run()
}

/// The directory in which a picture of each frame is saved, as `0000.png` and so on.
#[derive(Resource)]
struct Recording(String);

/// Exits one second after all assets of the level were released.
fn record(
    recording: Res<Recording>,
    assets: Res<LevelAssets>,
    unsaved: Query<(), With<Screenshot>>,
    mut pictures: Local<usize>,
    mut pictures_after_end: Local<usize>,
    mut commands: Commands,
) {
    if *pictures_after_end < 20 {
        let path = format!("{}/{:04}.png", recording.0, *pictures);
        commands.spawn(Screenshot::primary_window()).observe(save_to_disk(path));
        *pictures += 1;
        *pictures_after_end += usize::from(assets.is_empty());
    } else if unsaved.is_empty() {
        commands.write_message(AppExit::Success);
    }
}

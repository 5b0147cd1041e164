//! A brick breaker in which every reaction to a deletion uses `bevy_post_delete`.
//!
//! The code that deletes a brick, a ball or a gem gives a reason, and does nothing else. Points, counters, particles,
//! gems, extra balls, the end of the game and the release of assets are left to observers of `PostDelete` and to
//! systems in `Cleanup`. The rules of the game are observers, because these are triggered in the fixed step of the
//! deletion.

mod assets;
mod ball;
mod board;
mod effects;
mod score;

use bevy::{input::common_conditions::input_just_pressed, prelude::*};
use bevy_post_delete::prelude::*;

pub use assets::LevelAssets;
pub use ball::{Ball, DeadGem, Gem};
pub use board::{Brick, DeadBrick};
pub use score::Score;

/// A ball hit the brick. The instigator is the ball.
pub const HIT: DeleteReason = DeleteReason::new("hit");
/// The paddle caught the gem. The instigator is the paddle.
pub const CAUGHT: DeleteReason = DeleteReason::new("caught");
/// The ball or the gem fell out of the field.
pub const LOST: DeleteReason = DeleteReason::new("lost");

/// The size of the window in logical pixels: the field on the left, and the panel on the right.
pub const WINDOW: UVec2 = UVec2::new(960, 600);
/// The distance of the walls from the center of the field, which is at the origin.
const FIELD: Vec2 = Vec2::new(340.0, 290.0);

/// The entities of the level have `DespawnOnExit(Screen::Playing)`.
#[derive(States, Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Screen {
    #[default]
    Playing,
    Won,
    Lost,
}

/// The source of all random numbers. Its seed is fixed, so two games with the same input are the same.
#[derive(Resource, Deref, DerefMut)]
struct Random(fastrand::Rng);

/// The game. Add it after `DefaultPlugins`. Without a window, it needs the plugins of time, states, assets and
/// transforms.
pub struct BricksPlugin;

impl Plugin for BricksPlugin {
    fn build(&self, app: &mut App) {
        let start_again = |mut commands: Commands| commands.set_state(Screen::Playing);
        app.init_state::<Screen>()
            .insert_resource(Random(fastrand::Rng::with_seed(3)))
            .insert_resource(Time::<Fixed>::from_hz(60.0))
            .insert_resource(ClearColor(Color::srgb_u8(11, 13, 24)))
            .init_resource::<ButtonInput<KeyCode>>()
            .add_plugins((assets::plugin, board::plugin, ball::plugin))
            .add_plugins((effects::plugin, score::plugin, DeleteAtExitPlugin))
            .add_systems(Startup, spawn_scene)
            .add_systems(OnEnter(Screen::Won), show_result)
            .add_systems(OnEnter(Screen::Lost), show_result)
            .add_systems(Update, start_again.run_if(input_just_pressed(KeyCode::KeyR)));
    }
}

fn spawn_scene(mut commands: Commands) {
    let background = Sprite::from_color(Color::srgb_u8(19, 23, 41), FIELD * 2.0);
    let border = Sprite::from_color(Color::srgb_u8(50, 58, 96), FIELD * 2.0 + 4.0);
    let center = WINDOW.x as f32 / 2.0 - FIELD.x - 20.0;
    commands.spawn((Camera2d, Transform::from_xyz(center, 0.0, 0.0)));
    commands.spawn((background, Transform::from_xyz(0.0, 0.0, -10.0)));
    commands.spawn((border, Transform::from_xyz(0.0, 0.0, -11.0)));
}

fn show_result(screen: Res<State<Screen>>, mut commands: Commands) {
    let is_won = *screen.get() == Screen::Won;
    let text = Text2d::new(if is_won { "CLEARED" } else { "GAME OVER" });
    let font = TextFont::from_font_size(60.0);
    commands.spawn((text, font, DespawnOnExit(*screen.get())));
    commands.delayed().secs(3.0).set_state(Screen::Playing);
}

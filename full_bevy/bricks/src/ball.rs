//! The balls, the paddle, and the gems that crates drop. Each gem that the paddle catches becomes a ball.

use bevy::prelude::*;
use bevy::shape::{Aabb2d, BoundingCircle, IntersectsVolume};
use bevy_post_delete::prelude::*;

use crate::board::{BRICK_SIZE, spawn_bricks};
use crate::{Brick, CAUGHT, DeadBrick, FIELD, HIT, LOST, LevelAssets, Random, Screen};

const RADIUS: f32 = 9.0;
const SPEED: f32 = 500.0;
/// The greatest angle between straight up and the path of a ball that leaves the paddle.
const MAX_ANGLE: f32 = std::f32::consts::FRAC_PI_3;
const PADDLE_SIZE: Vec2 = Vec2::new(108.0, 16.0);
const PADDLE_Y: f32 = -262.0;
const PADDLE_SPEED: f32 = 700.0;
const GEM_SPEED: f32 = 150.0;

pub fn plugin(app: &mut App) {
    app.add_plugins(PostDeletePlugin::<Ball>::default())
        .add_plugins(PostDeletePlugin::<DeadGem>::default())
        .add_systems(OnEnter(Screen::Playing), start.after(spawn_bricks))
        .add_systems(FixedUpdate, (steer, move_balls, fall).chain())
        .add_observer(lose)
        .add_observer(drop_gem)
        .add_observer(add_ball);
}

#[derive(Component, Clone)]
#[require(DespawnOnExit<Screen> = DespawnOnExit(Screen::Playing))]
pub struct Ball {
    velocity: Vec2,
    pub number: usize,
}

impl Ball {
    pub const COLORS: [Color; 3] = [Color::WHITE, Color::srgb(0.5, 0.9, 1.0), Color::srgb(1.0, 0.6, 0.85)];
}

#[derive(Component)]
#[require(DespawnOnExit<Screen> = DespawnOnExit(Screen::Playing))]
pub struct Paddle;

#[derive(Component)]
#[require(DespawnOnExit<Screen> = DespawnOnExit(Screen::Playing))]
pub struct Gem;

/// The receivers need to know where a gem was when it was deleted. `Gem` itself is not `Clone`.
#[derive(Snapshot)]
#[snapshot(component = Gem)]
pub struct DeadGem(Transform);

fn start(assets: Res<LevelAssets>, mut random: ResMut<Random>, mut commands: Commands) {
    let paddle = assets.sprite("paddle", PADDLE_SIZE, Color::WHITE);
    let at = Transform::from_xyz(0.0, PADDLE_Y, 1.0);
    commands.spawn((Paddle, paddle, at));
    commands.spawn(new_ball(0, 0.0, &assets, &mut random));
}

fn new_ball(number: usize, x: f32, assets: &LevelAssets, random: &mut Random) -> impl Bundle {
    let velocity = up((random.f32() - 0.5) * MAX_ANGLE);
    let sprite = assets.sprite("ball", Vec2::splat(2.0 * RADIUS + 2.0), Ball::COLORS[number]);
    let at = Transform::from_xyz(x, PADDLE_Y + 20.0, 2.0);
    (Ball { velocity, number }, sprite, at)
}

/// The velocity of a ball that flies up at this angle.
fn up(angle: f32) -> Vec2 {
    Vec2::new(angle.sin(), angle.cos()) * SPEED
}

fn move_balls(
    time: Res<Time>,
    mut balls: Query<(Entity, &mut Ball, &mut Transform)>,
    paddle: Single<&Transform, (With<Paddle>, Without<Ball>)>,
    bricks: Query<(Entity, &Transform), (With<Brick>, Without<Ball>)>,
    mut commands: Commands,
) {
    for (entity, mut ball, mut transform) in &mut balls {
        let limit = FIELD - RADIUS;
        let at = transform.translation.xy() + ball.velocity * time.delta_secs();
        if at.y < -FIELD.y - RADIUS {
            commands.entity(entity).delete_with(LOST);
            continue;
        }
        if at.x.abs() > limit.x {
            ball.velocity.x = -ball.velocity.x.abs() * at.x.signum();
        }
        if at.y > limit.y {
            ball.velocity.y = -ball.velocity.y.abs();
        }
        let at = Vec2::new(at.x.clamp(-limit.x, limit.x), at.y.min(limit.y));
        transform.translation = at.extend(transform.translation.z);

        let circle = BoundingCircle::new(at, RADIUS);
        let touches = |other: &Transform, size| circle.intersects(&Aabb2d::new(other.translation.xy(), size));
        if ball.velocity.y < 0.0 && touches(&paddle, PADDLE_SIZE / 2.0) {
            let side = (at.x - paddle.translation.x) / PADDLE_SIZE.x * 2.0;
            ball.velocity = up(side.clamp(-1.0, 1.0) * MAX_ANGLE);
        }
        let hits = bricks.iter().filter(|(_, brick)| touches(brick, BRICK_SIZE / 2.0));
        let offsets = hits.map(|(brick, place)| (brick, at - place.translation.xy()));
        if let Some((brick, offset)) = offsets.min_by(|(_, a), (_, b)| a.length().total_cmp(&b.length())) {
            let depth = BRICK_SIZE / 2.0 + RADIUS - offset.abs();
            if depth.x < depth.y {
                ball.velocity.x = ball.velocity.x.abs() * offset.x.signum();
            } else {
                ball.velocity.y = ball.velocity.y.abs() * offset.y.signum();
            }
            // A brick may be protected, or another ball may have hit it in this step. A command would log both as a
            // warning. A delete on the world returns them as errors, which are expected here.
            commands.queue(move |world: &mut World| _ = world.because(HIT.by(entity)).delete(brick));
        }
    }
}

/// Ends the game when the last ball is lost. A ball that is despawned with the level has no reason.
fn lose(on: On<PostDelete<Ball>>, balls: Query<(), With<Ball>>, mut next: ResMut<NextState<Screen>>) {
    if on.origin.has_reason(LOST) && balls.is_empty() {
        next.set(Screen::Lost);
    }
}

pub fn fall(
    time: Res<Time>,
    mut gems: Query<(Entity, &mut Transform), With<Gem>>,
    paddle: Single<(Entity, &Transform), (With<Paddle>, Without<Gem>)>,
    mut commands: Commands,
) {
    let (paddle, paddle_at) = *paddle;
    for (gem, mut at) in &mut gems {
        at.translation.y -= GEM_SPEED * time.delta_secs();
        let distance = (at.translation.xy() - paddle_at.translation.xy()).abs();
        if distance.cmplt(PADDLE_SIZE / 2.0 + 8.0).all() {
            commands.entity(gem).delete_with(CAUGHT.by(paddle));
        } else if at.translation.y < -FIELD.y - 10.0 {
            commands.entity(gem).delete_with(LOST);
        }
    }
}

/// Uses the image of the crate again, before it would be released with the last crate.
fn drop_gem(on: On<PostDelete<DeadBrick>>, assets: Res<LevelAssets>, mut commands: Commands) {
    let PostDelete { snapshot, origin, .. } = on.event();
    if snapshot.brick == Brick::CRATE && origin.has_reason(HIT) {
        let sprite = assets.sprite("gem", Vec2::splat(26.0), Color::WHITE);
        commands.spawn((Gem, sprite, snapshot.at));
    }
}

fn add_ball(
    on: On<PostDelete<DeadGem>>,
    balls: Query<&Ball>,
    assets: Res<LevelAssets>,
    mut random: ResMut<Random>,
    mut commands: Commands,
) {
    let free = (0..Ball::COLORS.len()).find(|number| balls.iter().all(|ball| ball.number != *number));
    if let (true, Some(number)) = (on.origin.has_reason(CAUGHT), free) {
        commands.spawn(new_ball(number, on.snapshot.0.translation.x, &assets, &mut random));
    }
}

type Targets<'w, 's> = Query<'w, 's, &'static Transform, (With<Brick>, Without<Protected>, Without<Paddle>)>;

/// Plays by itself until an arrow key is pressed.
fn steer(
    time: Res<Time>,
    keys: Res<ButtonInput<KeyCode>>,
    mut is_played: Local<bool>,
    mut paddle: Single<&mut Transform, With<Paddle>>,
    balls: Query<(&Ball, &Transform), Without<Paddle>>,
    gems: Query<&Transform, (With<Gem>, Without<Paddle>)>,
    bricks: Targets,
) {
    let x = paddle.translation.x;
    let step = PADDLE_SPEED * time.delta_secs();
    let direction = i8::from(keys.pressed(KeyCode::ArrowRight)) - i8::from(keys.pressed(KeyCode::ArrowLeft));
    *is_played |= direction != 0;
    let wanted = if *is_played {
        x + f32::from(direction) * step
    } else {
        let time = |at: &Transform, speed: f32| (at.translation.y - PADDLE_Y) / speed;
        let falling = balls.iter().filter(|(ball, _)| ball.velocity.y < 0.0);
        let balls = falling.map(|(ball, at)| (time(at, -ball.velocity.y), at));
        // A gem is less important than a ball that lands a little later.
        let targets = balls.chain(gems.iter().map(|at| (time(at, GEM_SPEED) + 0.4, at)));
        let next = targets.min_by(|(a, _), (b, _)| a.total_cmp(b));
        next.map_or(x, |(_, at)| at.translation.x - aim(at.translation.x, &bricks))
    };
    let limit = FIELD.x - PADDLE_SIZE.x / 2.0;
    paddle.translation.x = wanted.clamp(x - step, x + step).clamp(-limit, limit);
}

/// How far from the center of the paddle a ball must land to fly to the nearest brick.
fn aim(x: f32, bricks: &Targets) -> f32 {
    let start = Vec2::new(x, PADDLE_Y);
    let paths = bricks.iter().map(|brick| brick.translation.xy() - start);
    let nearest = paths.min_by(|a, b| a.length().total_cmp(&b.length()));
    let angle = nearest.map_or(0.0, |path| path.x.atan2(path.y));
    (angle / MAX_ANGLE).clamp(-0.85, 0.85) * PADDLE_SIZE.x / 2.0
}

//! Particles where a brick was destroyed.

use bevy::prelude::*;
use bevy_post_delete::prelude::*;

use crate::{Ball, Brick, DeadBrick, FIELD, HIT, LevelAssets, Random, ball::fall};

/// The speed at which a blast spreads, in pixels per second.
const BLAST_SPEED: f32 = 500.0;

pub fn plugin(app: &mut App) {
    app.add_systems(FixedUpdate, leave_trail.after(fall))
        .add_systems(Update, animate)
        .add_observer(shatter);
}

#[derive(Component, Default)]
struct Particle {
    velocity: Vec2,
    gravity: f32,
    spin: f32,
    /// The scale at the start and at the end.
    scale: [f32; 2],
    /// The particle is invisible as long as its age is negative.
    age: f32,
    life: f32,
}

fn particle(scale: [f32; 2], delay: f32, life: f32) -> Particle {
    let age = -delay;
    Particle {
        scale,
        age,
        life,
        ..default()
    }
}

/// Breaks a brick that was hit, but not one that was despawned with the level.
///
/// The blast of a bomb deletes all its bricks in the same call. Here it spreads from the instigator, and each brick
/// stays visible until the blast reaches it. The material of the brick is in the snapshot, and is not released before
/// its last shard is despawned.
fn shatter(
    on: On<PostDelete<DeadBrick>>,
    balls: Query<&Transform, With<Ball>>,
    assets: Res<LevelAssets>,
    mut random: ResMut<Random>,
    mut commands: Commands,
) {
    let PostDelete { snapshot, origin, .. } = on.event();
    if !origin.has_reason(HIT) {
        return;
    }
    let center = snapshot.at.translation;
    let ball = origin.instigator.and_then(|ball| balls.get(ball).ok());
    let delay = match (origin.kind, ball) {
        (DeleteKind::Cascade, Some(ball)) => ball.translation.distance(center) / BLAST_SPEED,
        _ => 0.0,
    };
    let brick = (Mesh2d(assets.used("brick")), snapshot.material.clone());
    commands.spawn((particle([1.0, 1.0], 0.0, delay), brick.clone(), snapshot.at));
    for _ in 0..14 {
        let offset = Vec2::new(random.f32() - 0.5, random.f32() - 0.5) * Vec2::new(48.0, 18.0);
        let mut shard = particle([0.2 + random.f32() * 0.25, 0.0], delay, 0.5 + random.f32() * 0.5);
        shard.velocity = offset * 5.0 + Vec2::from_angle(random.f32() * std::f32::consts::TAU) * 90.0 * random.f32();
        shard.gravity = 420.0;
        shard.spin = (random.f32() - 0.5) * 16.0;
        let at = Transform::from_translation(center + offset.extend(3.0));
        commands.spawn((shard, brick.clone(), at));
    }
    let mut flash = |image: &str, size: f32, scale: [f32; 2]| {
        let sprite = assets.sprite(image, Vec2::splat(size), snapshot.brick.color);
        let at = Transform::from_translation(center.with_z(4.0));
        commands.spawn((particle(scale, delay, 0.4), sprite, at));
    };
    if snapshot.brick == Brick::BOMB {
        flash("glow", 200.0, [1.0, 0.6]);
        flash("ring", 280.0, [0.1, 1.0]);
    } else {
        flash("glow", 90.0, [1.0, 0.6]);
    }
}

fn leave_trail(balls: Query<(&Ball, &Transform)>, assets: Res<LevelAssets>, mut commands: Commands) {
    for (ball, at) in &balls {
        let glow = assets.sprite("glow", Vec2::splat(28.0), Ball::COLORS[ball.number]);
        let at = Transform::from_translation(at.translation.with_z(1.5));
        commands.spawn((particle([1.0, 0.2], 0.0, 0.3), glow, at));
    }
}

/// Moves the particles, and despawns those whose time is over. Their assets are released, although it is a plain
/// despawn.
fn animate(
    time: Res<Time>,
    mut particles: Query<(Entity, &mut Particle, &mut Transform, Option<&mut Sprite>)>,
    mut commands: Commands,
) {
    let delta = time.delta_secs();
    for (entity, mut particle, mut at, sprite) in &mut particles {
        particle.age += delta;
        if particle.age < 0.0 {
            at.scale = Vec3::ZERO;
            continue;
        }
        let progress = (particle.age / particle.life).min(1.0);
        if progress == 1.0 {
            commands.entity(entity).despawn();
        }
        particle.velocity.y -= particle.gravity * delta;
        at.translation += (particle.velocity * delta).extend(0.0);
        at.translation.x = at.translation.x.clamp(-FIELD.x, FIELD.x);
        at.rotate_z(particle.spin * delta);
        at.scale = Vec3::splat(particle.scale[0].lerp(particle.scale[1], progress));
        if let Some(mut sprite) = sprite {
            sprite.color.set_alpha(0.7 * (1.0 - progress));
        }
    }
}

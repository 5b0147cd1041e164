//! Points and counters, and the panel that shows them.

use bevy::{asset::UntypedAssetId, prelude::*, sprite::Anchor};
use bevy_post_delete::prelude::*;

use crate::{Ball, Brick, CAUGHT, DeadBrick, DeadGem, FIELD, HIT, LOST, LevelAssets, Screen};

pub fn plugin(app: &mut App) {
    app.init_resource::<Score>()
        .count_deletes_by::<DeadBrick, ReasonAndKind>(|brick| (brick.origin.reason, brick.origin.kind))
        .count_deletes_by::<DeadBrick, Option<Entity>>(|brick| brick.origin.instigator)
        .count_deletes_by::<DeadGem, Option<DeleteReason>>(|gem| gem.origin.reason)
        .add_systems(Startup, spawn_panel)
        .add_systems(OnEnter(Screen::Playing), |mut score: ResMut<Score>| *score = default())
        .add_systems(Cleanup, score)
        .add_systems(Update, update_panel);
}

type ReasonAndKind = (Option<DeleteReason>, DeleteKind);

#[derive(Resource, Default)]
pub struct Score {
    pub points: u32,
    /// The latest ball with each number. After the ball was deleted, it is still a key.
    balls: [Option<Entity>; Ball::COLORS.len()],
}

/// Bricks that are despawned with the level score nothing, because their messages have no reason.
fn score(mut deleted: MessageReader<PostDelete<DeadBrick>>, balls: Query<(Entity, &Ball)>, mut score: ResMut<Score>) {
    let hit = deleted.read().filter(|deleted| deleted.origin.has_reason(HIT));
    score.points += hit.map(|deleted| deleted.snapshot.brick.points).sum::<u32>();
    for (entity, ball) in &balls {
        score.balls[ball.number] = Some(entity);
    }
}

/// A line of the panel, counted from its top.
#[derive(Component)]
struct Line(usize);

fn spawn_panel(mut commands: Commands) {
    for line in 0..23 {
        let size = if line == 0 { 32.0 } else { 20.0 };
        let font = TextFont::from_font_size(size);
        let at = Transform::from_xyz(FIELD.x + 26.0, 248.0 + size * 0.7 - 24.0 * line as f32, 10.0);
        commands.spawn((Line(line), Text2d::default(), font, Anchor::CENTER_LEFT, at));
    }
}

fn update_panel(
    score: Res<Score>,
    bricks: Res<DeleteCounts<DeadBrick, ReasonAndKind>>,
    bricks_by: Res<DeleteCounts<DeadBrick, Option<Entity>>>,
    gems: Res<DeleteCounts<DeadGem, Option<DeleteReason>>>,
    assets: Res<LevelAssets>,
    uses: Res<AssetUses<UntypedAssetId>>,
    mut lines: Query<(&Line, &mut Text2d, &mut TextColor)>,
) {
    let hits = |kind| bricks.get(&(Some(HIT), kind));
    let (direct, cascade) = (hits(DeleteKind::Direct), hits(DeleteKind::Cascade));
    let by_ball = |number: usize| score.balls[number].map_or(0, |ball| bricks_by.get(&Some(ball)));
    let (bright, label) = (Color::srgb_u8(225, 231, 248), Color::srgb_u8(128, 139, 178));
    let mut values = vec![
        ("SCORE", score.points.to_string(), bright),
        ("BRICKS DELETED", String::new(), label),
        ("by a hit", direct.to_string(), bright),
        ("by a blast", cascade.to_string(), bright),
        ("with level", (bricks.total() - direct - cascade).to_string(), bright),
        ("by ball 1", by_ball(0).to_string(), Ball::COLORS[0]),
        ("by ball 2", by_ball(1).to_string(), Ball::COLORS[1]),
        ("by ball 3", by_ball(2).to_string(), Ball::COLORS[2]),
        ("gems caught", gems.get(&Some(CAUGHT)).to_string(), bright),
        ("gems lost", gems.get(&Some(LOST)).to_string(), bright),
        ("USERS OF ASSETS", String::new(), label),
    ];
    let materials = Brick::ALL.map(|brick| (brick.name, brick.color));
    let others = ["brick", "gem", "ball", "paddle"].map(|name| (name, bright));
    for (name, color) in materials.into_iter().chain(others) {
        values.push(match assets.get(name) {
            Some(asset) => (name, uses.count(&asset.id()).to_string(), color),
            None => (name, "released".to_string(), Color::srgb_u8(104, 222, 160)),
        });
    }
    for (line, mut text, mut color) in &mut lines {
        let (label, value, new_color) = &values[line.0];
        // The font is monospaced.
        let width = if line.0 == 0 { 11 } else { 18 } - label.len();
        let new = format!("{label}{value:>width$}");
        if text.0 != new {
            *text = new.into();
            color.0 = *new_color;
        }
    }
}

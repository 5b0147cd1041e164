//! Plays games without a window, a display or a driver.

use std::collections::HashMap;

use bevy::{asset::UntypedAssetId, prelude::*, state::app::StatesPlugin, time::TimeUpdateStrategy};
use bevy_post_delete::prelude::*;
use bricks::*;

#[test]
fn every_brick_is_published_once_and_scores_its_points() {
    let mut app = game();
    let bricks = bricks(&mut app);
    play(&mut app);
    assert_eq!(screen(&app), Screen::Won);

    let published = app.world().resource::<Published>();
    assert_eq!(published.bricks.len(), bricks.len());
    assert_eq!(
        published
            .bricks
            .iter()
            .map(|(entity, brick, _)| (*entity, *brick))
            .collect::<HashMap<_, _>>(),
        bricks
    );
    assert_eq!(
        app.world().resource::<Score>().points,
        bricks.values().map(|brick| brick.points).sum::<u32>()
    );

    let origins = || published.bricks.iter().map(|(.., origin)| origin);
    assert!(origins().all(|origin| origin.has_reason(HIT) && origin.instigator.is_some()));
    for kind in [DeleteKind::Direct, DeleteKind::Cascade] {
        assert!(origins().any(|origin| origin.kind == kind), "some bricks are {kind:?}");
    }
    let by_ball = app.world().resource::<DeleteCounts<DeadBrick, Option<Entity>>>();
    assert_eq!(by_ball.total(), bricks.len());
    assert!(by_ball.iter().count() > 1, "several balls hit bricks");
    let gems = app.world().resource::<DeleteCounts<DeadGem, Option<DeleteReason>>>();
    assert_eq!(
        gems.total(),
        bricks.values().filter(|brick| **brick == Brick::CRATE).count()
    );
    assert!(gems.get(&Some(CAUGHT)) > 0);
}

#[test]
fn nothing_is_alive_after_the_game_and_every_shared_asset_is_released_once() {
    let mut app = game();
    let assets = level_assets(&app);
    assert_eq!(assets.len(), 14, "a mesh, eight materials and five images");
    play(&mut app);
    update(&mut app, 120); // the last particles disappear

    assert_eq!(released(&app, &assets), vec![1; assets.len()]);
    assert!(level_assets(&app).is_empty());
    let world = app.world_mut();
    let mut alive = world.query_filtered::<(), Or<(With<Brick>, With<Ball>, With<Gem>, With<Mesh2d>)>>();
    assert_eq!(alive.iter(world).count(), 0);
    assert_eq!(world.resource::<Assets<ColorMaterial>>().len(), 0);
    assert_eq!(world.resource::<Assets<Mesh>>().len(), 0);
    assert_eq!(
        world.resource::<Assets<Image>>().len(),
        0,
        "also those of the materials"
    );
}

#[test]
fn two_games_are_the_same() {
    let [first, second] = [(); 2].map(|()| {
        let mut app = game();
        play(&mut app);
        app.world().resource::<Published>().clone()
    });
    assert!(first == second, "the same bricks, gems and assets in the same order");
}

#[test]
fn the_vault_is_protected_until_the_last_key_is_deleted() {
    let mut app = game();
    let (vault, _) = bricks(&mut app)
        .into_iter()
        .find(|(_, brick)| *brick == Brick::VAULT)
        .unwrap();
    assert!(matches!(
        app.world_mut().delete(vault),
        Err(DeleteError::Protected { .. })
    ));
    play(&mut app);

    let bricks = &app.world().resource::<Published>().bricks;
    let last_key = bricks.iter().rposition(|(_, brick, _)| *brick == Brick::KEY).unwrap();
    let opened = bricks.iter().position(|(entity, ..)| *entity == vault).unwrap();
    assert!(last_key < opened);
}

#[test]
fn a_restart_scores_nothing() {
    let mut app = game();
    app.add_observer(|_: On<Despawn<Protected>>| panic!("a protected entity was despawned"));
    let (old_bricks, old_assets) = (bricks(&mut app), level_assets(&app));
    update(&mut app, 300);
    let before = app.world().resource::<Published>().clone();
    assert!(!before.bricks.is_empty() && before.bricks.len() < old_bricks.len());

    app.world_mut()
        .resource_mut::<ButtonInput<KeyCode>>()
        .press(KeyCode::KeyR);
    app.update();
    app.world_mut().resource_mut::<ButtonInput<KeyCode>>().reset_all();
    app.update();

    let after = app.world().resource::<Published>().clone();
    let with_level = &after.bricks[before.bricks.len()..];
    assert_eq!(after.bricks.len(), old_bricks.len());
    assert!(
        with_level
            .iter()
            .all(|(.., origin)| origin.reason.is_none() && !origin.is_delete())
    );
    assert_eq!(app.world().resource::<Score>().points, 0);
    assert_eq!(bricks(&mut app).len(), old_bricks.len(), "the new level is complete");
    assert_eq!(
        app.world_mut().query::<&Gem>().iter(app.world()).count(),
        0,
        "the old crates drop no gems"
    );

    update(&mut app, 120);
    assert_eq!(released(&app, &old_assets), vec![1; old_assets.len()]);
    assert_eq!(level_assets(&app).len(), old_assets.len());
}

#[test]
fn the_game_is_lost_with_the_last_ball() {
    let mut app = game();
    let bricks = bricks(&mut app);
    let mut keys = app.world_mut().resource_mut::<ButtonInput<KeyCode>>();
    keys.press(KeyCode::ArrowLeft); // the paddle stays in the corner
    play(&mut app);
    assert_eq!(screen(&app), Screen::Lost);

    let published = app.world().resource::<Published>();
    let hit = published.bricks.iter().filter(|(.., origin)| origin.has_reason(HIT));
    let points: u32 = hit.map(|(_, brick, _)| brick.points).sum();
    assert!(points > 0);
    assert_eq!(app.world().resource::<Score>().points, points);
    assert_eq!(published.bricks.len(), bricks.len());
}

#[test]
fn nothing_is_alive_after_the_exit() {
    let mut app = game();
    let (bricks, assets) = (bricks(&mut app), level_assets(&app));
    update(&mut app, 300);
    let points = app.world().resource::<Score>().points;
    app.world_mut().write_message(AppExit::Success);
    app.update();

    let world = app.world_mut();
    let mut alive =
        world.query_filtered::<Entity, Or<(With<Brick>, With<Ball>, With<Gem>, With<Mesh2d>, With<Sprite>)>>();
    assert_eq!(alive.iter(world).count(), 0);
    let published = world.resource::<Published>();
    let at_exit = published
        .bricks
        .iter()
        .filter(|(.., origin)| origin.has_reason(DeleteReason::APP_EXIT));
    assert!(at_exit.count() > 0);
    assert_eq!(published.bricks.len(), bricks.len());
    assert_eq!(world.resource::<Score>().points, points);
    assert_eq!(released(&app, &assets), vec![1; assets.len()]);
}

/// Everything that was published, in order.
#[derive(Resource, Default, Debug, Clone, PartialEq)]
struct Published {
    bricks: Vec<(Entity, Brick, Origin)>,
    gems: Vec<(Entity, Origin)>,
    released: Vec<UntypedAssetId>,
}

fn collect(
    mut bricks: MessageReader<PostDelete<DeadBrick>>,
    mut gems: MessageReader<PostDelete<DeadGem>>,
    mut released: MessageReader<AssetReleased<UntypedAssetId>>,
    users: Query<(Option<&Mesh2d>, Option<&MeshMaterial2d<ColorMaterial>>, Option<&Sprite>)>,
    mut published: ResMut<Published>,
) {
    published.bricks.extend(
        bricks
            .read()
            .map(|deleted| (deleted.entity, deleted.snapshot.brick, deleted.origin)),
    );
    published
        .gems
        .extend(gems.read().map(|deleted| (deleted.entity, deleted.origin)));
    for AssetReleased { key, .. } in released.read() {
        let is_used = users.iter().any(|(mesh, material, sprite)| {
            mesh.is_some_and(|mesh| mesh.id().untyped() == *key)
                || material.is_some_and(|material| material.id().untyped() == *key)
                || sprite.is_some_and(|sprite| sprite.image.id().untyped() == *key)
        });
        assert!(!is_used, "{key} was released while it was used");
        published.released.push(*key);
    }
}

/// Starts a game in which each frame is one fixed step. The first frame spawns the level.
fn game() -> App {
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, TransformPlugin, StatesPlugin, AssetPlugin::default()))
        .init_asset::<Mesh>()
        .init_asset::<Image>()
        .init_asset::<ColorMaterial>()
        .insert_resource(TimeUpdateStrategy::FixedTimesteps(1))
        .add_plugins(BricksPlugin)
        .init_resource::<Published>()
        .add_systems(Cleanup, collect.after(PostDeleteSystems::Receive));
    app.update();
    app
}

/// Plays until the game is won or lost.
fn play(app: &mut App) {
    for _ in 0..20_000 {
        app.update();
        if screen(app) != Screen::Playing {
            return;
        }
    }
    panic!("the game does not end");
}

fn update(app: &mut App, frames: usize) {
    for _ in 0..frames {
        app.update();
    }
}

fn screen(app: &App) -> Screen {
    *app.world().resource::<State<Screen>>().get()
}

fn bricks(app: &mut App) -> HashMap<Entity, Brick> {
    let mut bricks = app.world_mut().query::<(Entity, &Brick)>();
    bricks
        .iter(app.world())
        .map(|(entity, brick)| (entity, *brick))
        .collect()
}

fn level_assets(app: &App) -> Vec<UntypedAssetId> {
    let assets = app.world().resource::<LevelAssets>();
    assets.values().map(|handle| handle.id()).collect()
}

/// How often each of these assets was released.
fn released(app: &App, assets: &[UntypedAssetId]) -> Vec<usize> {
    let released = &app.world().resource::<Published>().released;
    assets
        .iter()
        .map(|asset| released.iter().filter(|key| *key == asset).count())
        .collect()
}

//! Plays a game in a window, and checks on `DefaultPlugins` what a test without a window cannot: the order of the
//! schedules, the render world and the log.
//!
//! The window must belong to the main thread, so this test has a `main` function. A check that fails panics.

use std::{
    fmt::Debug,
    panic::catch_unwind,
    process::ExitCode,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use bevy::{
    core_pipeline::core_2d::Transparent2d,
    ecs::entity::EntityHashSet,
    log::{
        Level, LogPlugin,
        tracing::{Event, Subscriber, field::Field},
        tracing_subscriber::{Layer, layer::Context},
    },
    prelude::*,
    render::{
        Render, RenderApp, RenderPlugin, RenderSystems, render_phase::ViewSortedRenderPhases,
        renderer::initialize_renderer, settings::WgpuSettings, sync_world::MainEntity,
    },
    sprite_render::{RenderMaterial2dInstances, RenderMesh2dInstances},
    tasks::block_on,
    time::TimeUpdateStrategy,
    window::PresentMode,
};
use bevy_post_delete::prelude::*;
use bricks::{BricksPlugin, DeadBrick, HIT, LevelAssets, Score, Screen};

/// Whether the game was won, after all checks.
static PASSED: AtomicBool = AtomicBool::new(false);

fn main() -> ExitCode {
    if let Some(missing) = missing_driver() {
        println!("\n*** SKIPPED: this test needs {missing}, and this machine has none. Nothing was checked. ***\n");
        return ExitCode::SUCCESS;
    }
    let exit = game().run();
    if exit.is_error() || !PASSED.load(Ordering::Relaxed) {
        println!("\n*** FAILED: the app exited before all checks were done. ***\n");
        return ExitCode::FAILURE;
    }
    println!("\n*** PASSED: the order of the schedules, the render world and the log. ***\n");
    ExitCode::SUCCESS
}

/// Returns the part that the window needs and this machine does not have.
fn missing_driver() -> Option<&'static str> {
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some());
    if cfg!(target_os = "linux") && !has_display {
        return Some("a display");
    }
    // Without a driver, Bevy panics.
    let settings = WgpuSettings::default();
    let backends = settings.backends.expect("all platforms have a default");
    let renderer = catch_unwind(|| drop(block_on(initialize_renderer(backends, None, &settings))));
    renderer.is_err().then_some("a graphics driver")
}

fn game() -> App {
    let window = Window {
        present_mode: PresentMode::AutoNoVsync,
        ..default()
    };
    let plugins = DefaultPlugins
        .set(WindowPlugin {
            primary_window: Some(window),
            ..default()
        })
        // Otherwise nothing is drawn in the first frames.
        .set(RenderPlugin {
            synchronous_pipeline_compilation: true,
            ..default()
        })
        .set(LogPlugin {
            custom_layer: |_| Some(CountWarnings.boxed()),
            ..default()
        });
    let render_world = RenderWorld::default();
    let mut app = App::new();
    app.add_plugins((plugins, BricksPlugin))
        .insert_resource(TimeUpdateStrategy::FixedTimesteps(10))
        .init_resource::<Frame>()
        .add_systems(Startup, spawn_probe)
        .add_systems(Update, move_probe)
        .add_systems(Cleanup, check_probe)
        .add_systems(Last, check_frame)
        .insert_resource(render_world.clone())
        .add_plugins(PostDeletePlugin::<InCrowd>::default())
        .add_systems(Update, spawn_crowd.run_if(is_frame(10)))
        .add_systems(Update, delete_crowd.run_if(is_frame(20)))
        .add_systems(Cleanup, check_messages.run_if(is_frame(20)))
        .add_systems(Update, check_render_world.run_if(is_frame(25)))
        .init_resource::<Destroyed>()
        .add_systems(Cleanup, collect_destroyed)
        .add_systems(Update, check_end.run_if(in_state(Screen::Won)));
    app.sub_app_mut(RenderApp)
        .insert_resource(render_world)
        .add_systems(Render, count_crowd.in_set(RenderSystems::PostCleanup));
    app
}

// The order of the schedules.

/// The number of the current frame, and whether its `Cleanup` has run.
#[derive(Resource, Default)]
struct Frame {
    number: u32,
    is_cleaned_up: bool,
}

fn is_frame(number: u32) -> impl Fn(Res<Frame>) -> bool + Clone {
    move |frame: Res<Frame>| frame.number == number
}

/// An entity that moves, and appears or disappears, in every frame. Its child is drawn behind the field.
#[derive(Component)]
struct Probe;

fn spawn_probe(mut commands: Commands) {
    let child = (
        Sprite::from_color(Color::BLACK, Vec2::ONE),
        Transform::from_xyz(0.0, 0.0, -20.0),
    );
    commands.spawn((Probe, Transform::default(), Visibility::Hidden, children![child]));
}

fn move_probe(frame: Res<Frame>, probe: Single<(&mut Transform, &mut Visibility), With<Probe>>) {
    let (mut transform, mut visibility) = probe.into_inner();
    transform.translation.x = frame.number as f32 % 100.0;
    *visibility = if frame.number.is_multiple_of(2) {
        Visibility::Visible
    } else {
        Visibility::Hidden
    };
}

/// In `Cleanup`, the transform and the visibility of this frame have reached the child.
fn check_probe(
    mut frame: ResMut<Frame>,
    probe: Single<&Children, With<Probe>>,
    children: Query<(&GlobalTransform, &ViewVisibility)>,
) {
    let (transform, visibility) = children.get(probe[0]).expect("the probe has a child");
    assert_eq!(
        transform.translation().x,
        frame.number as f32 % 100.0,
        "transforms are propagated before `Cleanup`"
    );
    assert_eq!(
        visibility.get(),
        frame.number.is_multiple_of(2),
        "visibility is computed before `Cleanup`"
    );
    frame.is_cleaned_up = true;
}

fn check_frame(mut frame: ResMut<Frame>) {
    assert!(frame.is_cleaned_up, "`Cleanup` runs in every frame, before `Last`");
    assert!(frame.number < 2_000, "the game comes to its end");
    *frame = Frame {
        number: frame.number + 1,
        is_cleaned_up: false,
    };
}

// The render world.

const CROWD: usize = 6_000;
const CHECK: DeleteReason = DeleteReason::new("check");

#[derive(Component, Clone)]
struct InCrowd;

/// The part of the render world that belongs to the crowd. It is shared by both worlds, because they run in different
/// threads.
#[derive(Resource, Clone, Default)]
struct RenderWorld(Arc<Mutex<(EntityHashSet, Counts)>>);

impl RenderWorld {
    fn counts(&self) -> Counts {
        self.0.lock().unwrap().1
    }
}

#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct Counts {
    entities: usize,
    meshes: usize,
    materials: usize,
    draws: usize,
}

/// Half of the crowd are meshes, and half are sprites.
fn spawn_crowd(
    render_world: Res<RenderWorld>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<ColorMaterial>>,
    mut commands: Commands,
) {
    let mesh = Mesh2d(meshes.add(Circle::new(3.0)));
    let material = MeshMaterial2d(materials.add(ColorMaterial {
        color: Color::WHITE,
        ..default()
    }));
    let mut crowd = EntityHashSet::default();
    for index in 0..CROWD / 2 {
        let at = Transform::from_xyz(
            (index % 100) as f32 * 6.0 - 300.0,
            (index / 100) as f32 * 6.0 - 100.0,
            4.0,
        );
        crowd.insert(commands.spawn((InCrowd, mesh.clone(), material.clone(), at)).id());
        crowd.insert(
            commands
                .spawn((InCrowd, Sprite::from_color(Color::WHITE, Vec2::ONE), at))
                .id(),
        );
    }
    render_world.0.lock().unwrap().0 = crowd;
}

fn delete_crowd(render_world: Res<RenderWorld>, mut commands: Commands) {
    // Bevy draws sprites as meshes. Of the crowd, only they have entities in the render world.
    let drawn = Counts {
        entities: CROWD / 2,
        meshes: CROWD,
        materials: CROWD,
        draws: CROWD,
    };
    assert_eq!(render_world.counts(), drawn, "the crowd is drawn before it is deleted");
    commands.because(CHECK).delete_all::<With<InCrowd>>();
}

fn check_messages(mut deleted: MessageReader<PostDelete<InCrowd>>) {
    let deleted = deleted
        .read()
        .filter(|deleted| deleted.origin.has_reason(CHECK))
        .count();
    assert_eq!(
        deleted, CROWD,
        "the whole crowd is published in the frame of the delete"
    );
}

fn check_render_world(render_world: Res<RenderWorld>) {
    assert_eq!(
        render_world.counts(),
        Counts::default(),
        "nothing of the crowd is left in the render world"
    );
}

fn count_crowd(
    render_world: Res<RenderWorld>,
    entities: Query<&MainEntity>,
    meshes: Res<RenderMesh2dInstances>,
    materials: Res<RenderMaterial2dInstances>,
    phases: Res<ViewSortedRenderPhases<Transparent2d>>,
) {
    let (crowd, counts) = &mut *render_world.0.lock().unwrap();
    let is_in_crowd = |entity: &MainEntity| crowd.contains(&entity.id());
    *counts = Counts {
        entities: entities.iter().filter(|entity| is_in_crowd(entity)).count(),
        meshes: meshes.keys().filter(|entity| is_in_crowd(entity)).count(),
        materials: materials.keys().filter(|entity| is_in_crowd(entity)).count(),
        draws: phases
            .values()
            .flat_map(|phase| phase.items.keys())
            .filter(|(_, entity)| is_in_crowd(entity))
            .count(),
    };
}

// The log and the result of the game.

/// The number of warnings and errors that `bevy_post_delete` has logged.
static WARNINGS: AtomicUsize = AtomicUsize::new(0);

struct CountWarnings;

impl<S: Subscriber> Layer<S> for CountWarnings {
    fn on_event(&self, event: &Event, _: Context<S>) {
        // The crate uses `log`. In an event for `tracing`, the target is a field.
        event.record(&mut |field: &Field, value: &dyn Debug| {
            let is_ours = field.name() == "log.target" && format!("{value:?}").contains("bevy_post_delete");
            if is_ours && *event.metadata().level() <= Level::WARN {
                WARNINGS.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
}

/// The points of all bricks that were destroyed.
#[derive(Resource, Default)]
struct Destroyed(u32);

fn collect_destroyed(mut deleted: MessageReader<PostDelete<DeadBrick>>, mut destroyed: ResMut<Destroyed>) {
    let destroyed_now = deleted.read().filter(|deleted| deleted.origin.has_reason(HIT));
    destroyed.0 += destroyed_now.map(|deleted| deleted.snapshot.brick.points).sum::<u32>();
}

/// Ends the check when the last particles are gone, and with them the last users of assets.
fn check_end(world: &mut World) {
    if !world.resource::<LevelAssets>().is_empty() {
        return;
    }
    assert_eq!(world.resource::<Score>().points, world.resource::<Destroyed>().0);
    assert_eq!(
        WARNINGS.load(Ordering::Relaxed),
        0,
        "`bevy_post_delete` logs no warning"
    );
    world.spawn(Protected).despawn();
    assert_eq!(WARNINGS.load(Ordering::Relaxed), 1, "a warning would have been counted");
    PASSED.store(true, Ordering::Relaxed);
    world.write_message(AppExit::Success);
}

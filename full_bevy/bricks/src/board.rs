//! The bricks: the level, bombs that take other bricks with them, and a vault that is protected.

use bevy::prelude::*;
use bevy::state::state::{StateTransitionEvent, StateTransitionSystems};
use bevy_post_delete::prelude::*;

use crate::{LevelAssets, Screen, assets::load};

pub const BRICK_SIZE: Vec2 = Vec2::new(56.0, 24.0);
const GRID: Vec2 = Vec2::new(60.0, 28.0);
/// A bomb destroys bricks up to this distance.
const BLAST_RADIUS: f32 = 70.0;

/// Each symbol is the first letter of a brick's name.
const LEVEL: [&str; 7] = [
    "rrrkrvrkrrr",
    "rrrrrrrrrrr",
    "aabaacaabaa",
    "aaaaakaaaaa",
    "jjbjjbjjbjj",
    "jcjjjjjjjcj",
    "ssbsscssbss",
];

pub fn plugin(app: &mut App) {
    let end_protection = end_protection.run_if(on_message::<StateTransitionEvent<Screen>>);
    let before_exit = end_protection.after(StateTransitionSystems::DependentTransitions);
    app.add_plugins(PostDeletePlugin::<DeadBrick>::default())
        .add_systems(OnEnter(Screen::Playing), spawn_bricks.after(load))
        .add_systems(Cleanup, win.run_if(in_state(Screen::Playing)))
        .add_systems(
            StateTransition,
            before_exit.before(StateTransitionSystems::ExitSchedules),
        )
        .add_observer(open_vault);
}

#[derive(Component, Debug, Clone, Copy, PartialEq)]
#[require(DespawnOnExit<Screen> = DespawnOnExit(Screen::Playing))]
pub struct Brick {
    pub name: &'static str,
    pub points: u32,
    pub color: Color,
}

impl Brick {
    pub const BOMB: Self = Self::new("bomb", 50, Color::srgb_u8(255, 140, 60));
    pub const CRATE: Self = Self::new("crate", 50, Color::srgb_u8(178, 122, 245));
    pub const KEY: Self = Self::new("key", 100, Color::srgb_u8(255, 214, 82));
    pub const VAULT: Self = Self::new("vault", 500, Color::srgb_u8(150, 166, 196));
    pub const ALL: [Self; 8] = [
        Self::new("ruby", 40, Color::srgb_u8(247, 84, 108)),
        Self::new("amber", 30, Color::srgb_u8(255, 168, 76)),
        Self::new("jade", 20, Color::srgb_u8(78, 205, 140)),
        Self::new("sapphire", 10, Color::srgb_u8(76, 154, 255)),
        Self::BOMB,
        Self::CRATE,
        Self::KEY,
        Self::VAULT,
    ];

    const fn new(name: &'static str, points: u32, color: Color) -> Self {
        Self { name, points, color }
    }
}

/// A brick that was deleted: its points, position and look.
#[derive(Snapshot)]
pub struct DeadBrick {
    pub brick: Brick,
    pub at: Transform,
    pub material: MeshMaterial2d<ColorMaterial>,
}

/// Links a brick to a bomb. Because of `linked_spawn`, a delete of the bomb deletes its bricks, too, and their kind is
/// `Cascade`. A bomb can be linked to another bomb.
#[derive(Component)]
#[relationship(relationship_target = Blast)]
struct InBlastOf(Entity);

#[derive(Component)]
#[relationship_target(relationship = InBlastOf, linked_spawn)]
struct Blast(Vec<Entity>);

pub fn spawn_bricks(assets: Res<LevelAssets>, mut commands: Commands) {
    let mut bricks: Vec<(Entity, Brick, Vec3)> = Vec::new();
    for (row, line) in LEVEL.iter().enumerate() {
        for (column, symbol) in line.chars().enumerate() {
            let known = Brick::ALL.into_iter().find(|brick| brick.name.starts_with(symbol));
            let brick = known.expect("the level consists of known symbols");
            let at = (Vec2::new(column as f32 - 5.0, 8.0 - row as f32) * GRID).extend(0.0);
            let mesh = Mesh2d(assets.used("brick"));
            let material = MeshMaterial2d::<ColorMaterial>(assets.used(brick.name));
            let mut entity = commands.spawn((brick, mesh, material, Transform::from_translation(at)));
            let sprite = |image| assets.sprite(image, Vec2::splat(20.0), Color::WHITE);
            let in_front = Transform::from_xyz(0.0, 0.0, 0.1);
            match brick {
                Brick::BOMB => _ = entity.with_child((sprite("ring"), in_front)),
                Brick::CRATE => _ = entity.with_child((sprite("gem"), in_front)),
                Brick::VAULT => _ = entity.insert(Protected),
                _ => {}
            }
            bricks.push((entity.id(), brick, at));
        }
    }
    for (index, &(entity, brick, at)) in bricks.iter().enumerate() {
        // No two bombs are in the blast of each other, because a bomb is only in the blast of a later bomb. The vault
        // is far from all bombs, because a delete of a tree with a protected entity fails as a whole.
        let first = if brick == Brick::BOMB { index + 1 } else { 0 };
        let is_near = |other: &&(Entity, Brick, Vec3)| other.1 == Brick::BOMB && at.distance(other.2) < BLAST_RADIUS;
        if let Some((bomb, ..)) = bricks[first..].iter().find(is_near) {
            commands.entity(entity).insert(InBlastOf(*bomb));
        }
    }
}

/// Opens the vault when the last key was deleted. The vault takes over the material of the key, so this material is not
/// released yet. The material that the vault had is.
fn open_vault(
    on: On<PostDelete<DeadBrick>>,
    bricks: Query<&Brick>,
    vaults: Query<Entity, With<Protected>>,
    mut commands: Commands,
) {
    let is_key = |brick: &Brick| *brick == Brick::KEY;
    if is_key(&on.snapshot.brick) && !bricks.iter().any(is_key) {
        for vault in &vaults {
            let material = on.snapshot.material.clone();
            commands.entity(vault).remove::<Protected>().insert(material);
        }
    }
}

/// Runs before `DespawnOnExit` despawns the vault. `Protected` does not stop a plain despawn, but logs a warning.
fn end_protection(vaults: Query<Entity, With<Protected>>, mut commands: Commands) {
    for vault in &vaults {
        commands.entity(vault).remove::<Protected>();
    }
}

fn win(bricks: Query<(), With<Brick>>, mut next: ResMut<NextState<Screen>>) {
    if bricks.is_empty() {
        next.set(Screen::Won);
    }
}

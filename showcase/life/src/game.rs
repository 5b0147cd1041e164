//! The Bevy app: a system that spawns and deletes cells, and the systems that react to the deletions.

use std::collections::HashMap;

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

/// A position on the plane.
pub(crate) type Position = (i32, i32);

/// A living cell.
#[derive(Component, Clone, Copy, PartialEq, Eq, Hash)]
#[component(immutable)]
struct Cell(Position);

/// The counters of a pattern. Its initial cells are not counted as born.
#[derive(Resource, Clone, Default)]
pub(crate) struct Census {
    pub(crate) generations: u64,
    pub(crate) population: usize,
    pub(crate) born: u64,
    pub(crate) died: u64,
}

/// The living cells by position. A deleted cell is removed when its message is read.
#[derive(Resource, Default)]
struct Index(HashMap<Position, Entity>);

/// The positions of the cells that died in this generation.
#[derive(Resource, Default)]
struct Dead(Vec<Position>);

/// The number of living neighbors of each position. It is a resource, so that its allocation is reused.
#[derive(Resource, Default)]
struct Neighbors(HashMap<Position, u8>);

/// A pattern and its name.
pub(crate) struct Pattern {
    pub(crate) name: String,
    pub(crate) cells: Vec<Position>,
}

/// A running pattern.
pub(crate) struct Game {
    app: App,
    /// The number of initial cells.
    initial: usize,
}

impl Game {
    pub(crate) fn begin(pattern: &[Position]) -> Self {
        let mut app = App::new();
        app.add_plugins(PostDeletePlugin::<Cell>::default())
            .init_resource::<Census>()
            .init_resource::<Index>()
            .init_resource::<Dead>()
            .init_resource::<Neighbors>()
            .add_systems(Update, compute_generation)
            .add_systems(Cleanup, (remove_from_index, count_deaths));

        let world = app.world_mut();
        for &position in pattern {
            if !world.resource::<Index>().0.contains_key(&position) {
                let entity = world.spawn(Cell(position)).id();
                world.resource_mut::<Index>().0.insert(position, entity);
            }
        }
        let initial = world.resource::<Index>().0.len();
        Self { app, initial }
    }

    /// Computes the next generation.
    pub(crate) fn step(&mut self) {
        self.app.update();
    }

    /// Returns the counters. Fails if a message was missed or repeated, so that they do not match the living cells.
    pub(crate) fn census(&mut self) -> Result<Census, String> {
        let world = self.app.world_mut();
        let alive: HashMap<_, _> = world
            .query::<(Entity, &Cell)>()
            .iter(world)
            .map(|(entity, cell)| (cell.0, entity))
            .collect();
        if alive != world.resource::<Index>().0 {
            return Err("the index of positions differs from the living cells".to_owned());
        }
        let mut census = world.resource::<Census>().clone();
        census.population = alive.len();
        if self.initial as u64 + census.born - census.died != census.population as u64 {
            return Err("births and deaths do not add up to the population".to_owned());
        }
        Ok(census)
    }

    /// Returns the positions of the living cells, in no particular order.
    pub(crate) fn alive(&self) -> impl Iterator<Item = Position> {
        self.app.world().resource::<Index>().0.keys().copied()
    }

    /// Returns the positions of the cells that died in the last generation.
    pub(crate) fn dead(&self) -> &[Position] {
        &self.app.world().resource::<Dead>().0
    }
}

/// Runs a pattern for this number of generations. Returns its counters.
pub(crate) fn run(pattern: &[Position], generations: u64) -> Result<Census, String> {
    let mut game = Game::begin(pattern);
    for _ in 0..generations {
        game.step();
    }
    game.census()
}

/// Spawns cells with three neighbors, and deletes cells with fewer than two or more than three.
fn compute_generation(
    cells: Query<(Entity, &Cell)>,
    mut index: ResMut<Index>,
    mut neighbors: ResMut<Neighbors>,
    mut census: ResMut<Census>,
    mut commands: Commands,
) {
    let neighbors = &mut neighbors.0;
    neighbors.clear();
    for (_, cell) in &cells {
        for position in neighbors_of(cell.0) {
            *neighbors.entry(position).or_default() += 1;
        }
    }
    for (entity, cell) in &cells {
        if !matches!(neighbors.get(&cell.0), Some(2 | 3)) {
            commands.entity(entity).delete();
        }
    }
    for (&position, &count) in neighbors.iter() {
        if count == 3 && !index.0.contains_key(&position) {
            let entity = commands.spawn(Cell(position)).id();
            index.0.insert(position, entity);
            census.born += 1;
        }
    }
    census.generations += 1;
}

/// Returns the eight positions around a position.
fn neighbors_of((x, y): Position) -> impl Iterator<Item = Position> {
    let offsets = [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)];
    offsets.into_iter().map(move |(dx, dy)| (x + dx, y + dy))
}

/// Removes the deleted cells from the index. No other code removes a position.
fn remove_from_index(mut deleted: MessageReader<PostDelete<Cell>>, mut index: ResMut<Index>, mut dead: ResMut<Dead>) {
    dead.0.clear();
    for PostDelete { snapshot, .. } in deleted.read() {
        index.0.remove(&snapshot.0);
        dead.0.push(snapshot.0);
    }
}

fn count_deaths(mut deleted: MessageReader<PostDelete<Cell>>, mut census: ResMut<Census>) {
    census.died += deleted.read().count() as u64;
}

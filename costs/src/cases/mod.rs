//! The cases that are timed.
//!
//! A case has a world in its steady state. Each round spawns entities, which is not timed, and deletes or despawns
//! them, which is timed. The README's cost table uses the same letters.

pub mod details;
mod entities;
mod paths;
mod receivers;
mod shipyard;
pub mod table;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use bevy_ecs::prelude::*;

/// A piece of work that is timed in many rounds.
pub struct Case {
    /// The letter or words by which the case is looked up.
    pub name: &'static str,
    /// A short description of the timed work.
    pub what: &'static str,
    work: Box<dyn Work>,
}

/// The two parts of a round.
trait Work {
    /// Spawns this number of entities. Not timed.
    fn prepare(&mut self, count: usize);
    /// Does the timed work. Returns a number that depends on every value that was read, so that no read is optimized
    /// away.
    fn run(&mut self) -> u64;
}

impl Case {
    fn new(name: &'static str, what: &'static str, work: impl Work + 'static) -> Self {
        let work = Box::new(work);
        Self { name, what, work }
    }

    /// Runs a round with this number of entities. Returns the time of its timed part.
    pub fn round(&mut self, count: usize) -> Duration {
        self.work.prepare(count);
        let begin = Instant::now();
        black_box(self.work.run());
        begin.elapsed()
    }
}

/// A case in a Bevy world.
struct InBevy {
    world: World,
    entities: Vec<Entity>,
    spawn: fn(&mut World, usize) -> Vec<Entity>,
    run: fn(&mut World, &[Entity]) -> u64,
}

impl InBevy {
    fn new(world: World, spawn: fn(&mut World, usize) -> Vec<Entity>, run: fn(&mut World, &[Entity]) -> u64) -> Self {
        let entities = Vec::new();
        Self {
            world,
            entities,
            spawn,
            run,
        }
    }
}

impl Work for InBevy {
    fn prepare(&mut self, count: usize) {
        // Clears Bevy's list of removed components, as an app does at the end of every frame.
        self.world.clear_trackers();
        self.entities = (self.spawn)(&mut self.world, count);
    }

    fn run(&mut self) -> u64 {
        (self.run)(&mut self.world, &self.entities)
    }
}

//! What is timed, by the benches and by the example `cost` alike.
//!
//! A case is a world in its steady state: entities are spawned, which is not timed, and go, which is. The letters are
//! those of the table in the README.

#![allow(dead_code, reason = "each program that includes this times some of the cases")]

pub(crate) mod details;
pub(crate) mod ends;
pub(crate) mod entities;
mod receivers;
mod shipyard;
pub(crate) mod table;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use bevy_ecs::prelude::*;

/// Something that is timed over and over.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// What is timed, in a few words.
    pub(crate) what: &'static str,
    work: Box<dyn Work>,
}

/// The two halves of a round.
trait Work {
    /// Makes this many entities.
    fn prepare(&mut self, count: usize);
    /// Does what is timed, and returns a number that depends on all that it has read.
    fn run(&mut self) -> u64;
}

impl Case {
    fn new(name: &'static str, what: &'static str, work: impl Work + 'static) -> Self {
        let work = Box::new(work);
        Self { name, what, work }
    }

    /// How long a round takes with this many entities.
    pub(crate) fn round(&mut self, count: usize) -> Duration {
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
        // As an app does at the end of every frame. Bevy remembers all that was removed until then.
        self.world.clear_trackers();
        self.entities = (self.spawn)(&mut self.world, count);
    }

    fn run(&mut self) -> u64 {
        (self.run)(&mut self.world, &self.entities)
    }
}

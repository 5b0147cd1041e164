//! The rows of the cost table.

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use super::{
    Case, InBevy,
    entities::{self, Tracked},
    paths, shipyard,
};

/// The cost of one case as a multiple of another.
pub struct Ratio {
    /// The name of the row.
    pub name: &'static str,
    /// The name of the case in the numerator.
    pub of: &'static str,
    /// The name of the case in the denominator.
    pub to: &'static str,
    /// The limit, if there is one.
    pub must: Option<f64>,
    /// The goal, if there is one.
    pub aim: Option<f64>,
}

const fn ratio(name: &'static str, of: &'static str, to: &'static str, must: f64, aim: f64) -> Ratio {
    Ratio {
        name,
        of,
        to,
        must: Some(must),
        aim: Some(aim),
    }
}

/// The rows of the table.
pub const RATIOS: [Ratio; 13] = [
    ratio("E/C", "E", "C", 1.00, 0.65),
    ratio("F/D", "F", "D", 0.85, 0.46),
    ratio("F/B", "F", "B", 1.90, 1.15),
    ratio("E/I", "E", "I", 1.80, 1.20),
    ratio("G/C", "G", "C", 0.90, 0.75),
    ratio("H/A", "H", "A", 1.30, 1.05),
    ratio("spawn", "spawn tracked", "spawn", 1.05, 1.00),
    ratio("deep tree", "delete deep", "despawn deep", 1.20, 1.00),
    ratio("wide tree", "delete wide", "despawn wide", 1.20, 1.00),
    // The cost of tracking, as a multiple of an untracked despawn: in this crate, by hand, and in shipyard.
    Ratio {
        name: "E/A",
        of: "E",
        to: "A",
        must: None,
        aim: Some(1.25),
    },
    Ratio {
        name: "C/A",
        of: "C",
        to: "A",
        must: None,
        aim: None,
    },
    Ratio {
        name: "I/A",
        of: "I",
        to: "A",
        must: None,
        aim: None,
    },
    Ratio {
        name: "shipyard",
        of: "shipyard tracked",
        to: "shipyard",
        must: None,
        aim: None,
    },
];

/// A case of flat entities.
fn flat(name: &'static str, what: &'static str, world: World, run: fn(&mut World, &[Entity]) -> u64) -> Case {
    Case::new(name, what, InBevy::new(world, entities::flat, run))
}

fn despawn_and_read(world: &mut World, entities: &[Entity]) -> u64 {
    paths::despawn_by_commands(world, entities);
    paths::publish_and_read::<Tracked>(world)
}

fn delete_and_read(world: &mut World, entities: &[Entity]) -> u64 {
    paths::delete_by_commands(world, entities);
    paths::publish_and_read::<Tracked>(world)
}

/// Times the spawns, and not the despawns of the previous round.
struct Spawn {
    world: World,
    count: usize,
}

impl super::Work for Spawn {
    fn prepare(&mut self, count: usize) {
        self.world.despawn_all::<With<Tracked>>();
        self.world.clear_trackers();
        if self.world.is_tracking_deletes::<Tracked>() {
            paths::publish_and_read::<Tracked>(&mut self.world);
        }
        self.count = count;
    }

    fn run(&mut self) -> u64 {
        entities::flat(&mut self.world, self.count).len() as u64
    }
}

/// All cases that [`RATIOS`] names.
pub fn cases() -> Vec<Case> {
    let tracking = paths::tracking::<Tracked>;
    vec![
        flat(
            "A",
            "commands.entity(e).despawn(), untracked",
            paths::plain(),
            |world, entities| {
                paths::despawn_by_commands(world, entities);
                0
            },
        ),
        flat("B", "despawn_all, untracked", paths::plain(), |world, _| {
            world.despawn_all::<With<Tracked>>();
            0
        }),
        flat(
            "C",
            "an observer by hand, and A",
            paths::observing(),
            |world, entities| {
                paths::despawn_by_commands(world, entities);
                paths::read_lost(world)
            },
        ),
        flat("D", "an observer by hand, and B", paths::observing(), |world, _| {
            world.despawn_all::<With<Tracked>>();
            paths::read_lost(world)
        }),
        flat("E", "commands.entity(e).delete()", tracking(), delete_and_read),
        flat("F", "delete_all", tracking(), |world, _| {
            world.delete_all::<With<Tracked>>();
            paths::publish_and_read::<Tracked>(world)
        }),
        flat("G", "A, captured", tracking(), despawn_and_read),
        flat(
            "H",
            "commands.entity(e).delete(), untracked",
            paths::plain(),
            |world, entities| {
                paths::delete_by_commands(world, entities);
                0
            },
        ),
        flat("I", "a system by hand, and A", paths::by_hand(), |world, entities| {
            paths::write_and_despawn(world, entities);
            paths::read_lost(world)
        }),
        Case::new(
            "spawn",
            "spawn_batch, untracked",
            Spawn {
                world: paths::plain(),
                count: 0,
            },
        ),
        Case::new(
            "spawn tracked",
            "spawn_batch",
            Spawn {
                world: tracking(),
                count: 0,
            },
        ),
        Case::new(
            "despawn deep",
            "chains of 100, captured",
            InBevy::new(tracking(), entities::deep, despawn_and_read),
        ),
        Case::new(
            "delete deep",
            "chains of 100, deleted",
            InBevy::new(tracking(), entities::deep, delete_and_read),
        ),
        Case::new(
            "despawn wide",
            "one parent, captured",
            InBevy::new(tracking(), entities::wide, despawn_and_read),
        ),
        Case::new(
            "delete wide",
            "one parent, deleted",
            InBevy::new(tracking(), entities::wide, delete_and_read),
        ),
        shipyard::plain(),
        shipyard::tracked(),
    ]
}

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
    /// The row in words.
    pub words: &'static str,
    /// The name of the case in the numerator.
    pub of: &'static str,
    /// The name of the case in the denominator.
    pub to: &'static str,
    /// The limit, if there is one.
    pub must: Option<f64>,
    /// The goal, if there is one.
    pub aim: Option<f64>,
}

/// A row with a limit and a goal.
const fn limited(
    name: &'static str,
    words: &'static str,
    of: &'static str,
    to: &'static str,
    must: f64,
    aim: f64,
) -> Ratio {
    Ratio {
        must: Some(must),
        aim: Some(aim),
        ..compared(name, words, of, to)
    }
}

/// A row for comparison only.
const fn compared(name: &'static str, words: &'static str, of: &'static str, to: &'static str) -> Ratio {
    Ratio {
        name,
        words,
        of,
        to,
        must: None,
        aim: None,
    }
}

/// The rows of the table. "Hook" is the minimal hook and a despawn.
pub const RATIOS: [Ratio; 27] = [
    limited("E/J", "delete one entity : hook", "E", "J", 1.32, 1.10),
    limited("G/J", "despawn one entity, captured : hook", "G", "J", 1.22, 1.05),
    limited("F/K", "delete_all : hook, despawn_all", "F", "K", 1.15, 0.90),
    limited("F/B", "delete_all : despawn_all, unobserved", "F", "B", 1.85, 1.40),
    limited("E/C", "delete one entity : observer by hand", "E", "C", 1.00, 0.75),
    limited("H/A", "delete one entity, untracked : despawn", "H", "A", 1.10, 1.00),
    limited(
        "spawn",
        "spawn, tracked : untracked",
        "spawn tracked",
        "spawn",
        1.05,
        1.00,
    ),
    limited(
        "root + 1",
        "delete a root with 1 child : hook",
        "root 1",
        "hook 1",
        1.40,
        1.00,
    ),
    limited(
        "root + 2",
        "delete a root with 2 children : hook",
        "root 2",
        "hook 2",
        1.25,
        1.00,
    ),
    limited(
        "root + 4",
        "delete a root with 4 children : hook",
        "root 4",
        "hook 4",
        1.15,
        1.00,
    ),
    limited(
        "root + 15",
        "delete a root with 15 children : hook",
        "root 15",
        "hook 15",
        1.05,
        1.00,
    ),
    limited(
        "untracked 1",
        "delete a root with 1 child, untracked : despawn",
        "none 1",
        "bare 1",
        1.30,
        1.00,
    ),
    limited(
        "untracked 2",
        "delete a root with 2 children, untracked : despawn",
        "none 2",
        "bare 2",
        1.15,
        1.00,
    ),
    limited(
        "untracked 4",
        "delete a root with 4 children, untracked : despawn",
        "none 4",
        "bare 4",
        1.10,
        1.00,
    ),
    limited(
        "untracked 15",
        "delete a root with 15 children, untracked : despawn",
        "none 15",
        "bare 15",
        1.05,
        1.00,
    ),
    limited(
        "deep tree",
        "delete chains of 100 : despawn, captured",
        "delete deep",
        "despawn deep",
        1.00,
        0.80,
    ),
    limited(
        "wide tree",
        "delete a wide tree : despawn, captured",
        "delete wide",
        "despawn wide",
        1.00,
        0.80,
    ),
    limited(
        "batch",
        "delete_batch of siblings, forward : reverse",
        "forward",
        "reverse",
        1.20,
        1.00,
    ),
    compared(
        "all + 1",
        "delete a tracked root and child : hook",
        "all 1",
        "all hook 1",
    ),
    compared("all + 2", "a tracked root and 2 children : hook", "all 2", "all hook 2"),
    compared("all + 4", "a tracked root and 4 children : hook", "all 4", "all hook 4"),
    compared(
        "all + 15",
        "a tracked root and 15 children : hook",
        "all 15",
        "all hook 15",
    ),
    compared("E/I", "delete one entity : a system by hand", "E", "I"),
    // The cost of tracking, as a multiple of an untracked despawn: with this crate, handwritten, and in shipyard.
    compared("E/A", "delete one entity : despawn, unobserved", "E", "A"),
    compared("C/A", "observer by hand : despawn, unobserved", "C", "A"),
    compared("I/A", "system by hand : despawn, unobserved", "I", "A"),
    compared(
        "shipyard",
        "shipyard: tracked : untracked",
        "shipyard tracked",
        "shipyard",
    ),
];

/// A case with entities that have no relationships.
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

/// All cases that [`RATIOS`] names, in groups. The cases of a group take turns.
pub fn groups() -> Vec<Vec<Case>> {
    let tracking = paths::tracking::<Tracked>;
    vec![
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
            flat(
                "C",
                "a handwritten observer, and A",
                paths::observing(),
                |world, entities| {
                    paths::despawn_by_commands(world, entities);
                    paths::read_lost(world)
                },
            ),
            flat("E", "commands.entity(e).delete()", tracking(), delete_and_read),
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
            flat(
                "I",
                "a handwritten system, and A",
                paths::by_hand(),
                |world, entities| {
                    paths::write_and_despawn(world, entities);
                    paths::read_lost(world)
                },
            ),
            flat("J", "the minimal hook, and A", paths::hooked(), |world, entities| {
                paths::despawn_by_commands(world, entities);
                paths::read_lost(world)
            }),
        ],
        vec![
            flat("B", "despawn_all, untracked", paths::plain(), |world, _| {
                world.despawn_all::<With<Tracked>>();
                0
            }),
            flat("F", "delete_all", tracking(), |world, _| {
                world.delete_all::<With<Tracked>>();
                paths::publish_and_read::<Tracked>(world)
            }),
            flat("K", "the minimal hook, and B", paths::hooked(), |world, _| {
                world.despawn_all::<With<Tracked>>();
                paths::read_lost(world)
            }),
        ],
        vec![
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
        ],
        vec![
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
        ],
        vec![
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
        ],
        vec![batch("forward", |_| ()), batch("reverse", <[Entity]>::reverse)],
        small_trees::<1>(["root 1", "hook 1", "all 1", "all hook 1", "none 1", "bare 1"]),
        small_trees::<2>(["root 2", "hook 2", "all 2", "all hook 2", "none 2", "bare 2"]),
        small_trees::<4>(["root 4", "hook 4", "all 4", "all hook 4", "none 4", "bare 4"]),
        small_trees::<15>(["root 15", "hook 15", "all 15", "all hook 15", "none 15", "bare 15"]),
        vec![shipyard::plain(), shipyard::tracked()],
    ]
}

/// Siblings that are deleted in one batch, in the order of creation or another.
fn batch(name: &'static str, reorder: fn(&mut [Entity])) -> Case {
    struct Siblings {
        world: World,
        children: Vec<Entity>,
        parent: Entity,
        reorder: fn(&mut [Entity]),
    }
    impl super::Work for Siblings {
        fn prepare(&mut self, count: usize) {
            self.world.despawn(self.parent);
            self.world.clear_trackers();
            self.children = entities::siblings(&mut self.world, count);
            self.parent = self.children.pop().expect("the parent is the last");
            (self.reorder)(&mut self.children);
        }

        fn run(&mut self) -> u64 {
            self.world.delete_batch(self.children.iter().copied());
            paths::publish_and_read::<Tracked>(&mut self.world)
        }
    }
    let mut world = paths::tracking::<Tracked>();
    let parent = world.spawn_empty().id();
    let (children, what) = (Vec::new(), "delete_batch of siblings");
    Case::new(
        name,
        what,
        Siblings {
            world,
            children,
            parent,
            reorder,
        },
    )
}

/// Trees with this number of children: with a tracked root, with all entities tracked, and with nothing tracked. This
/// crate and the alternative delete the same trees.
fn small_trees<const CHILDREN: usize>(names: [&'static str; 6]) -> Vec<Case> {
    let root = entities::small_trees::<CHILDREN, false>;
    let all = entities::small_trees::<CHILDREN, true>;
    let despawn_and_read_lost = |world: &mut World, entities: &[Entity]| {
        paths::despawn_by_commands(world, entities);
        paths::read_lost(world)
    };
    let delete = |world: &mut World, entities: &[Entity]| {
        paths::delete_by_commands(world, entities);
        0
    };
    let despawn = |world: &mut World, entities: &[Entity]| {
        paths::despawn_by_commands(world, entities);
        0
    };
    let tracking = paths::tracking::<Tracked>;
    let [of_root, hook, of_all, hook_of_all, untracked, bare] = names;
    vec![
        Case::new(
            of_root,
            "delete, tracked root",
            InBevy::new(tracking(), root, delete_and_read),
        ),
        Case::new(
            hook,
            "hook, same tree",
            InBevy::new(paths::hooked(), root, despawn_and_read_lost),
        ),
        Case::new(
            of_all,
            "delete, all tracked",
            InBevy::new(tracking(), all, delete_and_read),
        ),
        Case::new(
            hook_of_all,
            "hook, same tree",
            InBevy::new(paths::hooked(), all, despawn_and_read_lost),
        ),
        Case::new(
            untracked,
            "delete, nothing tracked",
            InBevy::new(paths::plain(), all, delete),
        ),
        Case::new(bare, "despawn, same tree", InBevy::new(paths::plain(), all, despawn)),
    ]
}

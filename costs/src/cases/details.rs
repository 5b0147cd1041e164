//! Groups of cases that show how the cost depends on components, snapshots, trees, types and receivers.

use std::mem;

use bevy_app::prelude::*;
use bevy_ecs::{message::message_update_system, prelude::*};
use bevy_post_delete::prelude::*;

use super::{
    Case, InBevy, Work,
    entities::{self, Tracked},
    paths, receivers,
};

/// Cases to compare with each other.
pub struct Group {
    /// The name of the group.
    pub name: &'static str,
    /// Its cases.
    pub cases: Vec<Case>,
}

/// All groups.
pub fn groups() -> [Group; 6] {
    let group = |name, cases| Group { name, cases };
    [
        group("tracked components of sixteen", tracked_components()),
        group("snapshots", snapshots()),
        group("trees", trees()),
        group("tracked types, none on the entity", absent_types()),
        group("idle frame", idle_frames()),
        group("receivers", receivers::cases()),
    ]
}

fn delete_and_publish(world: &mut World, entities: &[Entity]) -> u64 {
    paths::delete_by_commands(world, entities);
    world.publish_deletes();
    update_messages(world);
    0
}

/// Updates all message buffers, as at the start of a frame.
fn update_messages(world: &mut World) {
    _ = world.run_system_cached(message_update_system);
}

fn spawn<B: Bundle + Default>(world: &mut World, count: usize) -> Vec<Entity> {
    (0..count).map(|_| world.spawn(B::default()).id()).collect()
}

/// One of sixteen components of 16 bytes each.
#[derive(Component, Clone, Copy, Default)]
struct Part<const N: usize>(
    #[expect(dead_code, reason = "it takes up memory")] u64,
    #[expect(dead_code, reason = "it takes up memory")] u64,
);

type Row<const A: usize, const B: usize, const C: usize, const D: usize> = (Part<A>, Part<B>, Part<C>, Part<D>);
type Parts = (Row<0, 1, 2, 3>, Row<4, 5, 6, 7>, Row<8, 9, 10, 11>, Row<12, 13, 14, 15>);

/// The cost per entity, by the number of its tracked components.
fn tracked_components() -> Vec<Case> {
    fn track<const N: usize>(world: &mut World) {
        world.track_deletes::<Part<N>>();
    }
    let tracks: [fn(&mut World); 16] = [
        track::<0>,
        track::<1>,
        track::<2>,
        track::<3>,
        track::<4>,
        track::<5>,
        track::<6>,
        track::<7>,
        track::<8>,
        track::<9>,
        track::<10>,
        track::<11>,
        track::<12>,
        track::<13>,
        track::<14>,
        track::<15>,
    ];
    let case = |name, tracked| {
        let mut world = World::new();
        for track in &tracks[..tracked] {
            track(&mut world);
        }
        Case::new(name, "commands", InBevy::new(world, spawn::<Parts>, delete_and_publish))
    };
    vec![case("0", 0), case("1", 1), case("4", 4), case("16", 16)]
}

#[derive(Component, Clone, Copy, Default)]
struct Large(#[expect(dead_code, reason = "it takes up memory")] [u64; 32]);

/// Owns 256 bytes on the heap.
#[derive(Component, Clone)]
struct Heap(Vec<u64>);

impl Default for Heap {
    fn default() -> Self {
        Self(vec![7; 32])
    }
}

/// The allocation that was moved out of a [`Heap`].
struct Taken(#[expect(dead_code, reason = "only moved")] Vec<u64>);

impl Snapshot for Taken {
    type Component = Heap;

    fn capture(mut entity: EntityMut<'_>) -> Option<Self> {
        let mut heap = entity.get_mut::<Heap>()?;
        Some(Self(mem::take(&mut heap.bypass_change_detection().0)))
    }
}

/// The cost per entity, by its snapshot.
fn snapshots() -> Vec<Case> {
    fn case<S: Snapshot, B: Bundle + Default>(name: &'static str) -> Case {
        let world = paths::tracking::<S>();
        Case::new(name, "commands", InBevy::new(world, spawn::<B>, delete_and_publish))
    }
    let untracked = |name, spawn| Case::new(name, "untracked", InBevy::new(World::new(), spawn, delete_untracked));
    vec![
        untracked("16 B untracked", spawn::<Part<0>>),
        case::<Part<0>, Part<0>>("16 B"),
        untracked("256 B untracked", spawn::<Large>),
        case::<Large, Large>("256 B"),
        untracked("heap untracked", spawn::<Heap>),
        case::<Heap, Heap>("heap, cloned"),
        case::<Taken, Heap>("heap, taken"),
    ]
}

fn delete_untracked(world: &mut World, entities: &[Entity]) -> u64 {
    paths::delete_by_commands(world, entities);
    0
}

/// The cost per entity, by the shape of its tree.
fn trees() -> Vec<Case> {
    let case = |name, spawn| {
        let world = paths::tracking::<Tracked>();
        Case::new(name, "commands", InBevy::new(world, spawn, delete_and_publish))
    };
    vec![
        case("flat", entities::flat),
        case("one parent", entities::wide),
        case("chains of 100", entities::deep),
        case("one chain", entities::chain),
    ]
}

#[derive(Component, Clone)]
struct Absent<const A: usize, const B: usize>;

/// The cost per entity without tracked components, by the number of types that the world tracks.
fn absent_types() -> Vec<Case> {
    fn track_eight<const A: usize>(world: &mut World) {
        world.track_deletes::<Absent<A, 1>>();
        world.track_deletes::<Absent<A, 2>>();
        world.track_deletes::<Absent<A, 3>>();
        world.track_deletes::<Absent<A, 4>>();
        world.track_deletes::<Absent<A, 5>>();
        world.track_deletes::<Absent<A, 6>>();
        world.track_deletes::<Absent<A, 7>>();
        world.track_deletes::<Absent<A, 8>>();
    }
    let tracks: [fn(&mut World); 8] = [
        track_eight::<1>,
        track_eight::<2>,
        track_eight::<3>,
        track_eight::<4>,
        track_eight::<5>,
        track_eight::<6>,
        track_eight::<7>,
        track_eight::<8>,
    ];
    let case = |name, world| {
        Case::new(
            name,
            "commands",
            InBevy::new(world, entities::flat, |world, entities| {
                paths::delete_by_commands(world, entities);
                world.publish_deletes();
                0
            }),
        )
    };
    let of_eights = |eights: usize| {
        let mut world = World::new();
        for track in &tracks[..eights] {
            track(&mut world);
        }
        world
    };
    vec![
        case("0", World::new()),
        case("1", paths::tracking::<Absent<0, 0>>()),
        case("8", of_eights(1)),
        case("64", of_eights(8)),
    ]
}

/// The cost of a frame without deletions, which does not depend on the number of entities.
fn idle_frames() -> Vec<Case> {
    struct Frame(App);
    impl Work for Frame {
        fn prepare(&mut self, _: usize) {}

        fn run(&mut self) -> u64 {
            self.0.update();
            0
        }
    }
    let case = |name, app| Case::new(name, "App::update", Frame(app));
    let mut one = App::new();
    one.add_plugins(PostDeletePlugin::<Part<0>>::default());
    let mut eight = App::new();
    eight.add_plugins((
        PostDeletePlugin::<Part<0>>::default(),
        PostDeletePlugin::<Part<1>>::default(),
        PostDeletePlugin::<Part<2>>::default(),
        PostDeletePlugin::<Part<3>>::default(),
        PostDeletePlugin::<Part<4>>::default(),
        PostDeletePlugin::<Part<5>>::default(),
        PostDeletePlugin::<Part<6>>::default(),
        PostDeletePlugin::<Part<7>>::default(),
    ));
    vec![
        case("no plugin", App::new()),
        case("one tracked type", one),
        case("eight tracked types", eight),
    ]
}

//! Runs a world of 20,000 entities for a long time. Each frame spawns 2,000 entities and deletes 2,000, by every path.
//!
//! The program fails if memory grows after the warm-up, if the counters are inconsistent, or if frames become slower.
//!
//! ```text
//! cargo run --release -p costs --example soak [-- SECONDS]
//! ```
//!
//! By default, it runs for a minute.

#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "a program")]

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use bevy_app::prelude::*;
use bevy_ecs::{
    message::Messages,
    prelude::*,
    schedule::{Schedules, SingleThreadedExecutor},
};
use bevy_post_delete::prelude::*;

const LIVING: usize = 20_000;
const BIRTHS: usize = 2_000;

/// A creature and its four limbs are five entities.
#[derive(Component, Clone)]
#[component(immutable)]
struct Creature {
    number: usize,
    name: String,
}

#[derive(Component, Clone)]
struct Limb;

/// Creatures whose numbers are equal modulo 50 share an asset.
impl AssetUser for Creature {
    type Component = Self;
    type Key = usize;

    fn keys(user: &Self) -> impl IntoIterator<Item = usize> {
        [user.number % 50]
    }
}

#[derive(Resource, Default)]
struct Counters {
    born: usize,
    read: usize,
    popped: usize,
}

fn main() -> ExitCode {
    let seconds = match std::env::args().nth(1).map(|seconds| seconds.parse()) {
        None => 60,
        Some(Ok(seconds)) if seconds > 0 => seconds,
        Some(_) => {
            eprintln!("usage: soak [SECONDS]");
            return ExitCode::from(2);
        }
    };
    match soak(Duration::from_secs(seconds)) {
        Ok(summary) => {
            println!("{summary}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> App {
    let mut app = App::new();
    app.add_plugins((
        PostDeletePlugin::<Creature>::default(),
        PostDeletePlugin::<Limb>::default(),
        AssetReleasePlugin::<Creature>::default(),
        DeleteQueuePlugin::<Creature>::with_capacity(4 * BIRTHS),
    ))
    .count_deletes::<Creature>()
    .count_deletes_by(|deleted: &PostDelete<Limb>| deleted.origin.kind)
    .init_resource::<Counters>()
    .add_systems(Update, (spawn, delete).chain())
    .add_systems(Cleanup, (read, empty_queue.after(PostDeleteSystems::Receive)));
    // `allocation_counter` counts only the allocations of one thread.
    for (_, schedule) in app.world_mut().resource_mut::<Schedules>().iter_mut() {
        schedule.set_executor(SingleThreadedExecutor::new());
    }
    app
}

fn name_of(number: usize) -> String {
    format!("creature {number}")
}

/// Spawns the new creatures of a frame.
fn spawn(mut commands: Commands, mut counters: ResMut<Counters>) {
    for _ in 0..BIRTHS / 5 {
        let number = counters.born;
        counters.born += 1;
        let name = format!("creature {number}");
        commands.spawn((
            Creature { number, name },
            children![Limb, Limb, (Limb, children![Limb])],
        ));
    }
}

/// Deletes the surplus creatures by different paths.
fn delete(creatures: Query<(Entity, &Creature)>, mut commands: Commands) {
    const STARVED: DeleteReason = DeleteReason::new("starved");

    let surplus = creatures.iter().len().saturating_sub(LIVING / 5);
    let mut batch = Vec::new();
    for (entity, creature) in creatures.iter().take(surplus) {
        match creature.number % 6 {
            0 => commands.entity(entity).delete(),
            1 => commands.entity(entity).delete_with(STARVED),
            2 => commands.entity(entity).try_delete(),
            3 => commands.entity(entity).delete_children().delete(),
            4 => {
                batch.push(entity);
                continue;
            }
            _ => {
                commands.entity(entity).despawn();
                continue;
            }
        };
    }
    commands.delete_batch(batch);
}

fn read(mut deleted: MessageReader<PostDelete<Creature>>, mut counters: ResMut<Counters>) {
    let whole = |deleted: &&PostDelete<Creature>| deleted.snapshot.name == name_of(deleted.snapshot.number);
    counters.read += deleted.read().filter(whole).count();
}

/// Empties the queue every third frame. One message is requeued each time, as if its work had failed.
fn empty_queue(mut queue: ResMut<DeleteQueue<Creature>>, mut counters: ResMut<Counters>, mut frame: Local<u32>) {
    *frame += 1;
    if !frame.is_multiple_of(3) {
        return;
    }
    let mut failed = None;
    while let Some(deleted) = queue.pop() {
        if deleted.snapshot.number % 100 == 7 && failed.is_none() {
            failed = Some(deleted);
        } else {
            counters.popped += 1;
        }
    }
    if let Some(deleted) = failed {
        queue.requeue_front(deleted);
    }
}

/// The measurements of one part of the run.
struct Part {
    /// The median time of a frame.
    frame: Duration,
    /// The bytes that were allocated and not freed.
    growth: i64,
    frames: usize,
}

/// The number of parts of a run. The first is the warm-up.
const PARTS: u32 = 8;

fn soak(length: Duration) -> Result<String, String> {
    let mut app = build();
    let mut parts = Vec::new();
    for _ in 0..PARTS {
        let mut times = Vec::with_capacity(1 << 20);
        let begin = Instant::now();
        let allocated = allocation_counter::measure(|| {
            // A part ends with a frame that empties the queue.
            while begin.elapsed() < length / PARTS || times.len() % 3 != 0 {
                let frame = Instant::now();
                app.update();
                times.push(frame.elapsed());
            }
        });
        check_counters(&mut app)?;
        times.sort_unstable();
        parts.push(Part {
            frame: times[times.len() / 2],
            growth: allocated.bytes_current,
            frames: times.len(),
        });
    }
    let (Some(first), Some(last)) = (parts.get(1), parts.last()) else {
        return Err("the run has no parts".to_owned());
    };
    for (index, part) in parts.iter().enumerate().skip(1) {
        // The creatures' names differ in length.
        if part.growth > 64 * 1024 {
            return Err(format!(
                "memory grew by {} bytes in part {index} of {PARTS}",
                part.growth
            ));
        }
    }
    if last.frame > 2 * first.frame {
        let (first, last) = (first.frame, last.frame);
        return Err(format!("a frame took {first:?} at the start and {last:?} at the end"));
    }
    let counters = app.world().resource::<Counters>();
    Ok(format!(
        "{} frames, {} creatures spawned and {} published; a frame took {:?} at the start and {:?} at the end; \
         memory grew by {} bytes after the warm-up",
        parts.iter().map(|part| part.frames).sum::<usize>(),
        counters.born,
        counters.read,
        first.frame,
        last.frame,
        parts.iter().skip(1).map(|part| part.growth).sum::<i64>(),
    ))
}

/// Checks that each counter equals the number of creatures that were spawned and are no longer alive.
fn check_counters(app: &mut App) -> Result<(), String> {
    let world = app.world_mut();
    let living = world.query::<&Creature>().iter(world).count();
    let limbs = world.query::<&Limb>().iter(world).count();
    let counters = world.resource::<Counters>();
    let deleted = counters.born - living;
    let queue = world.resource::<DeleteQueue<Creature>>();
    let uses = world.resource::<AssetUses<usize>>();
    let checks = [
        ("creatures read", counters.read, deleted),
        (
            "creatures counted",
            world.resource::<DeleteCounts<Creature>>().total(),
            deleted,
        ),
        (
            "limbs counted",
            world.resource::<DeleteCounts<Limb, DeleteKind>>().total(),
            4 * deleted,
        ),
        ("limbs alive", limbs, 4 * living),
        ("creatures through the queue", counters.popped + queue.len(), deleted),
        ("creatures dropped by the queue", queue.dropped(), 0),
        ("asset uses", uses.iter().map(|(_, uses)| uses).sum(), living),
    ];
    for (name, actual, expected) in checks {
        if actual != expected {
            return Err(format!("{name}: {actual}, expected {expected}"));
        }
    }
    let kept = world.resource::<Messages<PostDelete<Creature>>>().len();
    if kept > 2 * BIRTHS {
        return Err(format!("{kept} messages are kept, expected at most {}", 2 * BIRTHS));
    }
    Ok(())
}

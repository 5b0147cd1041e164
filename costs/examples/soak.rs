//! A world that goes on for long: 20,000 entities live, 2,000 are born and 2,000 go in every frame, by every way there is.
//!
//! While it runs, memory must stay flat after the warm-up, the books must balance, and a frame must not come to take
//! longer.
//!
//! ```text
//! cargo run --release --example soak [-- SECONDS]
//! ```
//!
//! Without a number it runs for a minute.

#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program"
)]

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

/// A creature has four limbs below it, and with them makes five entities.
#[derive(Component, Clone)]
#[component(immutable)]
struct Creature {
    number: usize,
    name: String,
}

#[derive(Component, Clone)]
struct Limb;

/// Creatures of one kind share a skin.
impl AssetUser for Creature {
    type Component = Self;
    type Key = usize;

    fn keys(user: &Self) -> impl IntoIterator<Item = usize> {
        [user.number % 50]
    }
}

#[derive(Resource, Default)]
struct Books {
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
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(claim) => {
            eprintln!("{claim}");
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
    .init_resource::<Books>()
    .add_systems(Update, (bear, let_go).chain())
    .add_systems(Cleanup, (read, work_off.after(PostDeleteSystems::Receive)));
    // What is allocated is counted for each thread.
    for (_, schedule) in app.world_mut().resource_mut::<Schedules>().iter_mut() {
        schedule.set_executor(SingleThreadedExecutor::new());
    }
    app
}

fn name_of(number: usize) -> String {
    format!("creature {number}")
}

/// Bears as many creatures as a frame has births.
fn bear(mut commands: Commands, mut books: ResMut<Books>) {
    for _ in 0..BIRTHS / 5 {
        let number = books.born;
        books.born += 1;
        let name = format!("creature {number}");
        commands.spawn((
            Creature { number, name },
            children![Limb, Limb, (Limb, children![Limb])],
        ));
    }
}

/// Lets as many go as there are too many, each by a way of its own.
fn let_go(creatures: Query<(Entity, &Creature)>, mut commands: Commands) {
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

fn read(mut deleted: MessageReader<PostDelete<Creature>>, mut books: ResMut<Books>) {
    let whole = |deleted: &&PostDelete<Creature>| deleted.snapshot.name == name_of(deleted.snapshot.number);
    books.read += deleted.read().filter(whole).count();
}

/// Works off the queue every third frame, and gives one in a hundred back the first time.
fn work_off(mut queue: ResMut<DeleteQueue<Creature>>, mut books: ResMut<Books>, mut frame: Local<u32>) {
    *frame += 1;
    if !frame.is_multiple_of(3) {
        return;
    }
    let mut failed = None;
    while let Some(deleted) = queue.pop() {
        if deleted.snapshot.number % 100 == 7 && failed.is_none() {
            failed = Some(deleted);
        } else {
            books.popped += 1;
        }
    }
    if let Some(deleted) = failed {
        queue.requeue_front(deleted);
    }
}

/// What one part of the run was like.
struct Part {
    /// The median frame.
    frame: Duration,
    /// What was allocated and not freed meanwhile.
    growth: i64,
    frames: usize,
}

/// How many parts a run has. The first is the warm-up.
const PARTS: u32 = 8;

fn soak(length: Duration) -> Result<String, String> {
    let mut app = build();
    let mut parts = Vec::new();
    for _ in 0..PARTS {
        let mut times = Vec::with_capacity(1 << 20);
        let begin = Instant::now();
        let allocated = allocation_counter::measure(|| {
            // A part ends where the queue was just worked off.
            while begin.elapsed() < length / PARTS || times.len() % 3 != 0 {
                let frame = Instant::now();
                app.update();
                times.push(frame.elapsed());
            }
        });
        check_books(&mut app)?;
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
        // The names of creatures are of different lengths.
        if part.growth > 64 * 1024 {
            return Err(format!(
                "{} bytes more are held after part {index} of {PARTS}",
                part.growth
            ));
        }
    }
    if last.frame > 2 * first.frame {
        let (first, last) = (first.frame, last.frame);
        return Err(format!("a frame took {first:?} at first, and {last:?} at last"));
    }
    let books = app.world().resource::<Books>();
    Ok(format!(
        "{} frames, {} births of creatures and {} deaths told; a frame took {:?} at first and {:?} at last; \
         after the warm-up memory grew by {} bytes",
        parts.iter().map(|part| part.frames).sum::<usize>(),
        books.born,
        books.read,
        first.frame,
        last.frame,
        parts.iter().skip(1).map(|part| part.growth).sum::<i64>(),
    ))
}

/// All that was told adds up to what was born and does not live.
fn check_books(app: &mut App) -> Result<(), String> {
    let world = app.world_mut();
    let living = world.query::<&Creature>().iter(world).count();
    let limbs = world.query::<&Limb>().iter(world).count();
    let books = world.resource::<Books>();
    let gone = books.born - living;
    let queue = world.resource::<DeleteQueue<Creature>>();
    let uses = world.resource::<AssetUses<usize>>();
    let claims = [
        ("creatures read of", books.read, gone),
        (
            "creatures counted",
            world.resource::<DeleteCounts<Creature>>().total(),
            gone,
        ),
        (
            "limbs counted",
            world.resource::<DeleteCounts<Limb, DeleteKind>>().total(),
            4 * gone,
        ),
        ("limbs alive", limbs, 4 * living),
        ("creatures through the queue", books.popped + queue.len(), gone),
        ("creatures dropped by the queue", queue.dropped(), 0),
        ("uses of skins", uses.iter().map(|(_, uses)| uses).sum(), living),
    ];
    for (what, is, should_be) in claims {
        if is != should_be {
            return Err(format!("{is} {what}, where there should be {should_be}"));
        }
    }
    let kept = world.resource::<Messages<PostDelete<Creature>>>().len();
    if kept > 2 * BIRTHS {
        return Err(format!("{kept} messages are kept"));
    }
    Ok(())
}

//! What the tests share.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use bevy_app::prelude::*;
use bevy_ecs::{lifecycle::HookContext, message::Messages, prelude::*, world::DeferredWorld};
use bevy_post_delete::prelude::*;

/// Something with a name.
#[derive(Component, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name(pub(crate) &'static str);

/// Something numbered.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Number(pub(crate) u32);

/// A relation of our own, despawned with its target.
#[derive(Component)]
#[relationship(relationship_target = Crew)]
pub(crate) struct ServesOn(pub(crate) Entity);

#[derive(Component)]
#[relationship_target(relationship = ServesOn, linked_spawn)]
pub(crate) struct Crew(Vec<Entity>);

/// A relation that does not despawn anything.
#[derive(Component)]
#[relationship(relationship_target = Fans)]
pub(crate) struct Likes(pub(crate) Entity);

#[derive(Component)]
#[relationship_target(relationship = Likes)]
pub(crate) struct Fans(Vec<Entity>);

/// Publishes the pending messages, and takes them.
pub(crate) fn published<S: Snapshot>(world: &mut World) -> Vec<PostDelete<S>> {
    world.publish_deletes();
    world.resource_mut::<Messages<PostDelete<S>>>().drain().collect()
}

/// Publishes, and returns the published names.
pub(crate) fn published_names(world: &mut World) -> Vec<&'static str> {
    published::<Name>(world)
        .into_iter()
        .map(|deleted| deleted.snapshot.0)
        .collect()
}

/// Publishes, and returns the published numbers.
pub(crate) fn published_numbers(world: &mut World) -> Vec<u32> {
    published::<Number>(world)
        .into_iter()
        .map(|deleted| deleted.snapshot.0)
        .collect()
}

/// A world that tracks names.
pub(crate) fn world_of_names() -> World {
    let mut world = World::new();
    world.track_deletes::<Name>();
    world
}

/// What systems have seen.
#[derive(Resource, Default)]
pub(crate) struct Seen(pub(crate) Vec<&'static str>);

/// Writes down the names it reads.
pub(crate) fn see(mut deleted: MessageReader<PostDelete<Name>>, mut seen: ResMut<Seen>) {
    seen.0.extend(deleted.read().map(|deleted| deleted.snapshot.0));
}

/// An app that tracks names.
pub(crate) fn app_of_names() -> App {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Name>::default())
        .init_resource::<Seen>();
    app
}

/// Takes what systems have seen since the last time.
pub(crate) fn seen(app: &mut App) -> Vec<&'static str> {
    std::mem::take(&mut app.world_mut().resource_mut::<Seen>().0)
}

/// Runs `f`, which must panic, without a trace of it on the terminal.
pub(crate) fn catch_panic(f: impl FnOnce()) {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
    std::panic::set_hook(hook);
    assert!(result.is_err(), "it did not panic");
}

/// A hook that panics.
pub(crate) fn panic_on_purpose(_: DeferredWorld, _: HookContext) {
    panic!("on purpose");
}

/// Counts the values that are alive.
#[derive(Debug)]
pub(crate) struct Alive<'a>(&'a AtomicUsize);

impl<'a> Alive<'a> {
    pub(crate) fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Clone for Alive<'_> {
    fn clone(&self) -> Self {
        Self::new(self.0)
    }
}

impl Drop for Alive<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The lines that were logged while it is held, by this thread.
pub(crate) struct Logged(#[allow(dead_code, reason = "held for its drop")] MutexGuard<'static, ()>);

struct Logger;

static LOGGING: Mutex<()> = Mutex::new(());
static LINES: Mutex<Vec<(std::thread::ThreadId, log::Level, String)>> = Mutex::new(Vec::new());

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = (std::thread::current().id(), record.level(), record.args().to_string());
        LINES.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn flush(&self) {}
}

impl Logged {
    pub(crate) fn begin() -> Self {
        let guard = LOGGING.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = log::set_logger(&Logger);
        log::set_max_level(log::LevelFilter::Warn);
        LINES.lock().unwrap().clear();
        Self(guard)
    }

    /// The warnings of this thread so far.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let here = std::thread::current().id();
        Self::select(|thread, _| thread == here)
    }

    /// The warnings of any thread so far that say this.
    #[cfg(feature = "audit")]
    pub(crate) fn warnings_of(&self, what: &str) -> Vec<String> {
        Self::select(|_, line| line.contains(what))
    }

    fn select(wanted: impl Fn(std::thread::ThreadId, &str) -> bool) -> Vec<String> {
        let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        lines
            .iter()
            .filter(|(thread, level, line)| *level == log::Level::Warn && wanted(*thread, line))
            .map(|(_, _, line)| line.clone())
            .collect()
    }
}

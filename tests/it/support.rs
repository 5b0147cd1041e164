//! Components, worlds and assertions that the tests share.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use bevy_app::prelude::*;
use bevy_ecs::{lifecycle::HookContext, message::Messages, prelude::*, world::DeferredWorld};
use bevy_post_delete::prelude::*;

/// A name. Most tests track this component.
#[derive(Component, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name(pub(crate) &'static str);

/// A number, for tests with many entities or a second tracked type.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Number(pub(crate) u32);

/// A relationship with `linked_spawn`: the source is despawned with its target.
#[derive(Component)]
#[relationship(relationship_target = Crew)]
pub(crate) struct ServesOn(pub(crate) Entity);

#[derive(Component)]
#[relationship_target(relationship = ServesOn, linked_spawn)]
pub(crate) struct Crew(Vec<Entity>);

/// A relationship without `linked_spawn`.
#[derive(Component)]
#[relationship(relationship_target = Fans)]
pub(crate) struct Likes(pub(crate) Entity);

#[derive(Component)]
#[relationship_target(relationship = Likes)]
pub(crate) struct Fans(Vec<Entity>);

/// Publishes the pending deletions, and drains their messages.
pub(crate) fn published<S: Snapshot>(world: &mut World) -> Vec<PostDelete<S>> {
    world.publish_deletes();
    world.resource_mut::<Messages<PostDelete<S>>>().drain().collect()
}

/// Publishes the pending deletions, and returns the names in their messages.
pub(crate) fn published_names(world: &mut World) -> Vec<&'static str> {
    published::<Name>(world)
        .into_iter()
        .map(|deleted| deleted.snapshot.0)
        .collect()
}

/// Publishes the pending deletions, and returns the numbers in their messages.
pub(crate) fn published_numbers(world: &mut World) -> Vec<u32> {
    published::<Number>(world)
        .into_iter()
        .map(|deleted| deleted.snapshot.0)
        .collect()
}

/// A world that tracks [`Name`].
pub(crate) fn world_tracking_names() -> World {
    let mut world = World::new();
    world.track_deletes::<Name>();
    world
}

/// The entries that systems and observers have recorded.
#[derive(Resource, Default)]
pub(crate) struct Recorded(pub(crate) Vec<&'static str>);

/// A system that records the name in each message that it reads.
pub(crate) fn record_names(mut deleted: MessageReader<PostDelete<Name>>, mut recorded: ResMut<Recorded>) {
    recorded.0.extend(deleted.read().map(|deleted| deleted.snapshot.0));
}

/// An app that tracks [`Name`] and has the resource [`Recorded`].
pub(crate) fn app_tracking_names() -> App {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Name>::default())
        .init_resource::<Recorded>();
    app
}

/// Takes all recorded entries.
pub(crate) fn take_recorded(app: &mut App) -> Vec<&'static str> {
    std::mem::take(&mut app.world_mut().resource_mut::<Recorded>().0)
}

/// Asserts that `f` panics. The panic message is not printed.
pub(crate) fn catch_panic(f: impl FnOnce()) {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
    std::panic::set_hook(hook);
    assert!(result.is_err(), "expected a panic");
}

/// Runs a test on a stack of 2 MiB, on which Bevy's own despawn of a deep hierarchy overflows.
pub(crate) fn with_small_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(test)
        .unwrap()
        .join()
        .unwrap();
}

/// A component hook that panics.
pub(crate) fn panic_on_purpose(_: DeferredWorld, _: HookContext) {
    panic!("on purpose");
}

/// Counts its instances: creating or cloning one adds to the count, and dropping one subtracts from it.
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

/// Captures the log. Other tests that capture it wait until this guard is dropped.
pub(crate) struct CapturedLog(#[allow(dead_code, reason = "held for its drop")] MutexGuard<'static, ()>);

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

impl CapturedLog {
    pub(crate) fn start() -> Self {
        let guard = LOGGING.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = log::set_logger(&Logger);
        log::set_max_level(log::LevelFilter::Warn);
        LINES.lock().unwrap().clear();
        Self(guard)
    }

    /// Returns the warnings that this thread has logged since the start.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let here = std::thread::current().id();
        Self::select(|thread, _| thread == here)
    }

    /// Returns the warnings with this text that any thread has logged since the start.
    #[cfg(feature = "audit")]
    pub(crate) fn warnings_containing(&self, text: &str) -> Vec<String> {
        Self::select(|_, line| line.contains(text))
    }

    fn select(is_selected: impl Fn(std::thread::ThreadId, &str) -> bool) -> Vec<String> {
        let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        lines
            .iter()
            .filter(|(thread, level, line)| *level == log::Level::Warn && is_selected(*thread, line))
            .map(|(_, _, line)| line.clone())
            .collect()
    }
}

//! `AuditPlugin`: one JSON line per message, and failed writes are retried.

use std::{
    fs,
    io::{self, ErrorKind, Write},
    path::PathBuf,
    sync::{Arc, Mutex},
};

use bevy_app::{MainSchedulePlugin, prelude::*};
use bevy_ecs::{prelude::*, schedule::ScheduleLabel};
use bevy_post_delete::prelude::*;
use serde::{Serialize, Serializer, ser::Error};
use serde_json::{Value, json, value::RawValue};

use crate::support::CapturedLog;

#[derive(Component, Clone, Serialize)]
struct Account {
    owner: String,
    balance: i64,
}

fn account(owner: &str) -> Account {
    Account {
        owner: owner.to_owned(),
        balance: 5,
    }
}

/// A writer with limited space that keeps its content in memory.
#[derive(Clone, Default)]
struct Disk(Arc<Mutex<State>>);

struct State {
    content: Vec<u8>,
    free: usize,
    /// The number of calls to `write`.
    attempts: usize,
    /// The largest number of bytes that one call to `write` accepts.
    chunk: usize,
    flushes_fail: bool,
    flushed: usize,
    /// How many calls to `write` succeed before one that panics.
    calls_until_panic: Option<usize>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            content: Vec::new(),
            free: usize::MAX,
            attempts: 0,
            chunk: usize::MAX,
            flushes_fail: false,
            flushed: 0,
            calls_until_panic: None,
        }
    }
}

impl Disk {
    fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().unwrap());
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().content.clone()).unwrap()
    }

    fn lines(&self) -> Vec<Value> {
        let text = self.text();
        assert!(text.is_empty() || text.ends_with('\n'));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn owners(&self) -> Vec<String> {
        let owner = |line: Value| line["snapshot"]["owner"].as_str().unwrap().to_owned();
        self.lines().into_iter().map(owner).collect()
    }
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.lock().unwrap();
        state.attempts += 1;
        let calls_until_panic = state.calls_until_panic.take();
        if calls_until_panic == Some(0) {
            drop(state);
            panic!("on purpose");
        }
        state.calls_until_panic = calls_until_panic.map(|calls| calls - 1);
        let written = bytes.len().min(state.free).min(state.chunk);
        if written == 0 {
            return Err(ErrorKind::StorageFull.into());
        }
        state.free -= written;
        state.content.extend_from_slice(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        if state.flushes_fail {
            return Err(ErrorKind::BrokenPipe.into());
        }
        state.flushed = state.content.len();
        Ok(())
    }
}

fn app(disk: &Disk) -> App {
    let mut app = App::new();
    app.add_plugins(AuditPlugin::<Account>::to_writer(disk.clone()));
    app
}

fn delete(app: &mut App, owner: &str) {
    app.world_mut().spawn(account(owner)).delete().unwrap();
}

fn log(app: &App) -> &AuditLog<Account> {
    app.world().resource()
}

#[test]
fn a_line_has_the_entity_type_origin_frame_and_snapshot() {
    const CLOSED: DeleteReason = DeleteReason::new("closed");

    let disk = Disk::default();
    let mut app = app(&disk);
    app.update();
    let world = app.world_mut();
    let parent = world.spawn(account("Ada")).id();
    let child = world.spawn((account("Bob"), ChildOf(parent))).id();
    let other = world.spawn(account("Cy")).id();
    let operation = world.delete_with(parent, CLOSED.by(other)).unwrap().operation();
    app.update();
    app.world_mut().despawn(other);
    app.update();

    let mut lines = disk.lines();
    for line in &mut lines {
        let caller = line.as_object_mut().unwrap().remove("caller");
        assert_eq!(caller.is_some(), cfg!(feature = "track_location"));
        assert!(caller.is_none_or(|caller| caller.as_str().unwrap().contains("audit.rs")));
    }
    let r#type = std::any::type_name::<Account>();
    let line = |entity: Entity, kind: &str, root: Option<Entity>, reason: Option<&str>, operation: u64, frame: u32| {
        json!({
            "entity": entity.to_bits(), "entity_id": entity.to_string(), "type": r#type, "kind": kind,
            "root": root.map(Entity::to_bits), "root_id": root.map(|root| root.to_string()), "reason": reason,
            "instigator": root.map(|_| other.to_bits()), "instigator_id": root.map(|_| other.to_string()),
            "operation": operation, "frame": frame,
        })
    };
    let mut expected = [
        line(child, "Cascade", Some(parent), Some("closed"), operation, 1),
        line(parent, "Direct", Some(parent), Some("closed"), operation, 1),
        line(other, "Despawn", None, None, 0, 2),
    ];
    for (line, owner) in expected.iter_mut().zip(["Bob", "Ada", "Cy"]) {
        line["snapshot"] = json!({ "owner": owner, "balance": 5 });
    }
    assert_eq!(lines, expected);
}

#[test]
fn lines_are_flushed_in_the_frame_of_the_publish() {
    let disk = Disk::default();
    let mut app = app(&disk);
    delete(&mut app, "Ada");
    app.update();
    disk.set(|state| assert_eq!(state.flushed, state.content.len()));
    assert_eq!(disk.owners(), ["Ada"]);
    let attempts = disk.0.lock().unwrap().attempts;
    app.update();
    assert_eq!(disk.0.lock().unwrap().attempts, attempts, "there is nothing to write");
}

#[test]
fn no_line_is_lost_on_a_full_disk_and_the_failure_is_logged_once() {
    let logged = CapturedLog::start();
    let disk = Disk::default();
    let mut app = app(&disk);
    delete(&mut app, "Ada");
    app.update();
    disk.set(|state| state.free = 10); // less than one line
    for owner in ["Bob", "Cy", "Dee"] {
        delete(&mut app, owner);
        app.update();
    }
    app.update();
    assert_eq!(log(&app).pending(), 3);
    assert_eq!(logged.warnings_containing("the audit log of").len(), 1);

    disk.set(|state| state.free = usize::MAX);
    delete(&mut app, "Eve");
    app.update();
    assert_eq!(disk.owners(), ["Ada", "Bob", "Cy", "Dee", "Eve"]);
    assert_eq!((log(&app).pending(), log(&app).dropped()), (0, 0));

    disk.set(|state| state.free = 0);
    delete(&mut app, "Fay");
    app.update();
    assert_eq!(
        logged.warnings_containing("the audit log of").len(),
        2,
        "a new failure is logged"
    );
}

#[test]
fn a_failed_flush_is_retried() {
    let _log = CapturedLog::start(); // other tests count such failures in the log
    let disk = Disk::default();
    let mut app = app(&disk);
    disk.set(|state| state.flushes_fail = true);
    delete(&mut app, "Ada");
    app.update();
    disk.set(|state| state.flushes_fail = false);
    app.update();
    disk.set(|state| assert_eq!(state.flushed, state.content.len()));
    assert_eq!(disk.owners(), ["Ada"], "the line is not written twice");
}

#[test]
fn partial_writes_are_continued() {
    let disk = Disk::default();
    disk.set(|state| state.chunk = 3);
    let mut app = app(&disk);
    delete(&mut app, "Ada");
    delete(&mut app, "Bob");
    app.update();
    assert_eq!(disk.owners(), ["Ada", "Bob"]);
}

#[test]
fn lines_beyond_the_capacity_are_dropped_and_counted() {
    let _log = CapturedLog::start(); // other tests count such failures in the log
    let disk = Disk::default();
    disk.set(|state| state.free = 0);
    let mut app = App::new();
    app.add_plugins(AuditPlugin::<Account>::to_writer(disk.clone()).with_capacity(2));
    for owner in ["Ada", "Bob", "Cy"] {
        delete(&mut app, owner);
    }
    app.update();
    assert_eq!((log(&app).pending(), log(&app).dropped()), (2, 1));
    disk.set(|state| state.free = usize::MAX);
    for owner in ["Dee", "Eve", "Fay"] {
        delete(&mut app, owner);
    }
    app.update();
    assert_eq!(
        disk.owners(),
        ["Ada", "Bob", "Dee", "Eve", "Fay"],
        "the capacity does not limit lines that can be written"
    );
    assert_eq!((log(&app).pending(), log(&app).dropped()), (0, 1));
}

#[test]
fn no_line_is_written_twice_after_a_panic_of_the_writer() {
    let _log = CapturedLog::start(); // other tests count such failures in the log
    let disk = Disk::default();
    let mut app = App::new();
    app.add_plugins(AuditPlugin::<Account>::to_writer(disk.clone()).with_capacity(2));
    for owner in ["Ada", "Bob", "Cy"] {
        delete(&mut app, owner);
    }
    // The third line does not fit, so the first two are written, which panics.
    disk.set(|state| state.calls_until_panic = Some(0));
    app.set_error_handler(bevy_ecs::error::ignore);
    app.update();
    app.update();
    assert_eq!(disk.owners(), ["Ada", "Bob"]);
    assert_eq!((log(&app).pending(), log(&app).dropped()), (0, 1));
}

#[test]
fn no_byte_is_written_twice_if_the_writer_panics_in_the_middle_of_a_line() {
    let _log = CapturedLog::start(); // other tests count such failures in the log
    let disk = Disk::default();
    disk.set(|state| (state.chunk, state.calls_until_panic) = (4, Some(1)));
    let mut app = app(&disk);
    app.set_error_handler(bevy_ecs::error::ignore);
    delete(&mut app, "Ada");
    app.update();
    assert_eq!(disk.text().len(), 4);
    app.update();
    assert_eq!(disk.owners(), ["Ada"]);
    assert_eq!(log(&app).pending(), 0);
}

#[test]
fn an_entity_deleted_in_the_last_frame_is_written() {
    let disk = Disk::default();
    let mut app = app(&disk);
    app.set_runner(|mut app| {
        loop {
            app.update();
            if let Some(exit) = app.should_exit() {
                return exit;
            }
        }
    });
    app.add_systems(Startup, |mut commands: Commands| {
        commands.spawn(account("Ada"));
    });
    // Deletes after the receivers of the last frame have run.
    app.add_systems(
        Cleanup,
        (|accounts: Query<Entity, With<Account>>, mut commands: Commands, mut exit: MessageWriter<AppExit>| {
            for entity in &accounts {
                commands.entity(entity).delete();
            }
            exit.write(AppExit::Success);
        })
        .after(PostDeleteSystems::Receive),
    );
    app.run();
    assert_eq!(disk.owners(), ["Ada"]);
    assert_eq!(disk.lines()[0]["frame"], 0);
}

#[test]
fn pending_lines_are_retried_when_the_app_is_dropped() {
    let _log = CapturedLog::start(); // other tests count such failures in the log
    let disk = Disk::default();
    let mut app = app(&disk);
    disk.set(|state| state.free = 7);
    delete(&mut app, "Ada");
    app.update();
    assert_eq!(log(&app).pending(), 1);
    disk.set(|state| state.free = usize::MAX);
    drop(app);
    assert_eq!(disk.owners(), ["Ada"]);
}

#[test]
fn a_closed_pipe_is_logged_once() {
    let logged = CapturedLog::start();
    let (reader, writer) = io::pipe().unwrap();
    let mut app = App::new();
    app.add_plugins(AuditPlugin::<Account>::to_writer(writer));
    drop(reader);
    for _ in 0..5 {
        delete(&mut app, "Ada");
        app.update();
    }
    assert_eq!(log(&app).pending(), 5);
    assert_eq!(logged.warnings_containing("the audit log of").len(), 1);
}

/// A temporary directory, removed when it is dropped.
struct TempDir(PathBuf);

impl TempDir {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bevy_post_delete-audit-{}-{name}", std::process::id()));
        _ = fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn two_types_append_to_the_same_file() {
    #[derive(Component, Clone, Serialize)]
    struct Loan(u32);

    let directory = TempDir::new("append");
    fs::create_dir(&directory.0).unwrap();
    let path = directory.0.join("log.jsonl");
    fs::write(&path, "{\"run\":\"earlier\"}\n").unwrap();
    let mut app = App::new();
    app.add_plugins((
        AuditPlugin::<Account>::to_file(&path),
        AuditPlugin::<Loan>::to_file(&path),
    ));
    app.world_mut().spawn((account("Ada"), Loan(7))).delete().unwrap();
    app.update();
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["run"], "earlier");
    assert_eq!(lines.iter().filter(|line| line["snapshot"] == 7).count(), 1);
    assert_eq!(
        lines.iter().filter(|line| line["snapshot"]["owner"] == "Ada").count(),
        1
    );
}

#[test]
fn opening_the_file_is_retried() {
    let _log = CapturedLog::start(); // other tests count such failures in the log
    let directory = TempDir::new("late");
    let path = directory.0.join("log.jsonl");
    let mut app = App::new();
    app.add_plugins(AuditPlugin::<Account>::to_file(&path));
    delete(&mut app, "Ada");
    app.update();
    assert_eq!(log(&app).pending(), 1);
    fs::create_dir(&directory.0).unwrap();
    app.update();
    assert_eq!(log(&app).pending(), 0);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1);
}

#[test]
fn a_snapshot_that_fails_to_serialize_is_logged_with_the_error() {
    #[derive(Component, Clone)]
    struct Secret;

    impl Serialize for Secret {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(S::Error::custom("secret"))
        }
    }

    let disk = Disk::default();
    let mut app = App::new();
    app.add_plugins(AuditPlugin::<Secret>::to_writer(disk.clone()));
    app.world_mut().spawn(Secret).delete().unwrap();
    app.update();
    let lines = disk.lines();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["error"], "secret");
    assert!(lines[0].get("snapshot").is_none());
}

#[test]
fn a_snapshot_that_panics_while_it_is_serialized_is_counted_and_the_others_are_written_once() {
    #[derive(Component, Clone)]
    struct Fragile(u32);

    impl Serialize for Fragile {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            assert_ne!(self.0, 2, "fragile");
            serializer.serialize_u32(self.0)
        }
    }

    let disk = Disk::default();
    let mut app = App::new();
    app.set_error_handler(bevy_ecs::error::ignore)
        .add_plugins(AuditPlugin::<Fragile>::to_writer(disk.clone()));
    let snapshots = |disk: &Disk| {
        disk.lines()
            .iter()
            .map(|line| line["snapshot"].as_u64())
            .collect::<Vec<_>>()
    };

    for number in [1, 2, 3] {
        app.world_mut().spawn(Fragile(number)).delete().unwrap();
    }
    app.update();
    assert_eq!(snapshots(&disk), [Some(1), Some(3)]);
    assert_eq!(app.world().resource::<AuditLog<Fragile>>().dropped(), 1);

    app.world_mut().spawn(Fragile(4)).delete().unwrap();
    app.update();
    assert_eq!(snapshots(&disk), [Some(1), Some(3), Some(4)]);
    assert_eq!(app.world().resource::<AuditLog<Fragile>>().dropped(), 1);
    assert_eq!(app.world().resource::<AuditLog<Fragile>>().pending(), 0);
}

#[test]
fn entities_deleted_in_the_last_cleanup_are_not_published_in_any_order_of_plugins() {
    for audit_is_first in [true, false] {
        let disk = Disk::default();
        let mut app = App::new();
        let audit = AuditPlugin::<Account>::to_writer(disk.clone());
        if audit_is_first {
            app.add_plugins((audit, DeleteAtExitPlugin));
        } else {
            app.add_plugins((DeleteAtExitPlugin, audit));
        }
        app.add_systems(
            Cleanup,
            |mut deleted: MessageReader<PostDelete<Account>>, mut commands: Commands| {
                for _ in deleted.read() {
                    commands.spawn(account("late")).delete();
                }
            },
        )
        .add_systems(Update, |mut exit: MessageWriter<AppExit>| {
            exit.write(AppExit::Success);
        });
        app.world_mut().spawn(account("Ada"));
        app.update();
        assert_eq!(disk.owners(), ["Ada"], "audit is first: {audit_is_first}");
    }
}

#[test]
fn an_entity_deleted_before_a_late_exit_is_written() {
    let disk = Disk::default();
    let mut app = app(&disk);
    app.add_systems(
        Last,
        |accounts: Query<Entity, With<Account>>, mut commands: Commands, mut exit: MessageWriter<AppExit>| {
            for entity in &accounts {
                commands.entity(entity).delete();
                exit.write(AppExit::Success);
            }
        },
    );
    app.world_mut().spawn(account("Ada"));
    app.update();
    assert_eq!(disk.owners(), ["Ada"]);
    assert_eq!(disk.lines()[0]["frame"], 0);
}

#[test]
fn no_line_is_lost_while_the_writer_panics_in_every_frame() {
    let _log = CapturedLog::start(); // other tests count such failures in the log
    let disk = Disk::default();
    let mut app = app(&disk);
    app.set_error_handler(bevy_ecs::error::ignore);
    let owners = ["Ada", "Bob", "Cy", "Dee"];
    for owner in owners {
        delete(&mut app, owner);
        // The first write of the frame panics. Its second one must not write, either.
        disk.set(|state| (state.calls_until_panic, state.free) = (Some(0), 0));
        app.update();
    }
    disk.set(|state| (state.calls_until_panic, state.free) = (None, usize::MAX));
    app.update();
    assert_eq!(disk.owners(), owners);
    assert_eq!((log(&app).pending(), log(&app).dropped()), (0, 0));
}

#[test]
fn a_line_is_written_even_if_the_capacity_is_zero() {
    let disk = Disk::default();
    let mut app = App::new();
    app.add_plugins(AuditPlugin::<Account>::to_writer(disk.clone()).with_capacity(0));
    for owner in ["Ada", "Bob"] {
        delete(&mut app, owner);
    }
    app.update();
    assert_eq!(disk.owners(), ["Ada", "Bob"]);
}

#[test]
fn a_writer_that_panics_while_the_app_is_dropped_does_not_abort() {
    let _log = CapturedLog::start(); // other tests count such failures in the log
    let disk = Disk::default();
    let mut app = app(&disk);
    app.set_error_handler(bevy_ecs::error::ignore);
    delete(&mut app, "Ada");
    disk.set(|state| (state.calls_until_panic, state.free) = (Some(0), 0));
    app.update();
    disk.set(|state| state.calls_until_panic = Some(0));
    crate::support::catch_panic(move || {
        let _app = app;
        panic!("on purpose");
    });
}

#[test]
fn the_log_is_written_in_an_app_without_exit_messages() {
    let disk = Disk::default();
    let mut app = App::empty();
    app.add_plugins(AuditPlugin::<Account>::to_writer(disk.clone()))
        .add_plugins(MainSchedulePlugin);
    app.main_mut().update_schedule = Some(Main.intern());
    app.finish();
    app.cleanup();
    delete(&mut app, "Ada");
    app.update();
    assert_eq!(disk.owners(), ["Ada"]);
}

/// A raw value is written as it is, and may contain line breaks.
#[test]
fn a_raw_value_with_line_breaks_is_written_as_one_line() {
    #[derive(Component, Clone, Serialize)]
    struct Settings(Box<RawValue>);

    let disk = Disk::default();
    let mut app = App::new();
    app.add_plugins(AuditPlugin::<Settings>::to_writer(disk.clone()));
    for _ in 0..2 {
        let settings = RawValue::from_string("{\r\n  \"sound\": \"a\\nb\"\n}".to_owned()).unwrap();
        app.world_mut().spawn(Settings(settings)).despawn();
    }
    app.update();
    let snapshots: Vec<_> = disk.lines().into_iter().map(|line| line["snapshot"].clone()).collect();
    assert_eq!(snapshots, [json!({ "sound": "a\nb" }), json!({ "sound": "a\nb" })]);
}

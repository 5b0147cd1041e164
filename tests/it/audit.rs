//! The audit log: every deletion a line, and nothing lost because a disk is full for a while.

use std::{
    fs,
    io::{self, ErrorKind, Write},
    path::PathBuf,
    sync::{Arc, Mutex},
};

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;
use serde::{Serialize, Serializer, ser::Error};
use serde_json::{Value, json};

use crate::support::Logged;

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

/// What a log was written to, and how much it still takes.
#[derive(Clone, Default)]
struct Disk(Arc<Mutex<State>>);

struct State {
    content: Vec<u8>,
    free: usize,
    tries: usize,
    /// How many bytes it takes at once.
    portion: usize,
    flushes_fail: bool,
    flushed: usize,
}

impl Default for State {
    fn default() -> Self {
        Self {
            content: Vec::new(),
            free: usize::MAX,
            tries: 0,
            portion: usize::MAX,
            flushes_fail: false,
            flushed: 0,
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
        state.tries += 1;
        let written = bytes.len().min(state.free).min(state.portion);
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
fn a_line_tells_who_what_why_and_when() {
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
fn lines_are_flushed_in_the_frame_in_which_they_are_told() {
    let disk = Disk::default();
    let mut app = app(&disk);
    delete(&mut app, "Ada");
    app.update();
    disk.set(|state| assert_eq!(state.flushed, state.content.len()));
    assert_eq!(disk.owners(), ["Ada"]);
    let tries = disk.0.lock().unwrap().tries;
    app.update();
    assert_eq!(disk.0.lock().unwrap().tries, tries, "nothing to write, nothing written");
}

#[test]
fn a_full_disk_loses_nothing_is_told_once_and_recovers() {
    let logged = Logged::begin();
    let disk = Disk::default();
    let mut app = app(&disk);
    delete(&mut app, "Ada");
    app.update();
    disk.set(|state| state.free = 10); // in the middle of a line
    for owner in ["Bob", "Cy", "Dee"] {
        delete(&mut app, owner);
        app.update();
    }
    app.update();
    assert_eq!(log(&app).pending(), 3);
    assert_eq!(logged.warnings_of("the audit log of").len(), 1);

    disk.set(|state| state.free = usize::MAX);
    delete(&mut app, "Eve");
    app.update();
    assert_eq!(disk.owners(), ["Ada", "Bob", "Cy", "Dee", "Eve"]);
    assert_eq!((log(&app).pending(), log(&app).dropped()), (0, 0));

    disk.set(|state| state.free = 0);
    delete(&mut app, "Fay");
    app.update();
    assert_eq!(logged.warnings_of("the audit log of").len(), 2, "a new failure is told");
}

#[test]
fn a_failing_flush_is_tried_again() {
    let disk = Disk::default();
    let mut app = app(&disk);
    disk.set(|state| state.flushes_fail = true);
    delete(&mut app, "Ada");
    app.update();
    disk.set(|state| state.flushes_fail = false);
    app.update();
    disk.set(|state| assert_eq!(state.flushed, state.content.len()));
    assert_eq!(disk.owners(), ["Ada"], "and not written twice");
}

#[test]
fn a_writer_that_takes_little_at_once_gets_all() {
    let disk = Disk::default();
    disk.set(|state| state.portion = 3);
    let mut app = app(&disk);
    delete(&mut app, "Ada");
    delete(&mut app, "Bob");
    app.update();
    assert_eq!(disk.owners(), ["Ada", "Bob"]);
}

#[test]
fn beyond_its_bound_lines_are_lost_and_counted() {
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
        "more than its bound, where they can be written"
    );
    assert_eq!((log(&app).pending(), log(&app).dropped()), (0, 1));
}

#[test]
fn what_is_deleted_as_the_app_exits_is_written() {
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
    // After this frame's `Cleanup`, and there is no other frame.
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
fn what_could_not_be_written_is_tried_once_more_when_the_app_is_dropped() {
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
fn a_closed_pipe_is_told_once() {
    let logged = Logged::begin();
    let (reader, writer) = io::pipe().unwrap();
    let mut app = App::new();
    app.add_plugins(AuditPlugin::<Account>::to_writer(writer));
    drop(reader);
    for _ in 0..5 {
        delete(&mut app, "Ada");
        app.update();
    }
    assert_eq!(log(&app).pending(), 5);
    assert_eq!(logged.warnings_of("the audit log of").len(), 1);
}

/// A folder of the test's own.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bevy_post_delete-audit-{}-{name}", std::process::id()));
        _ = fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_file_is_appended_to_and_two_types_can_share_it() {
    #[derive(Component, Clone, Serialize)]
    struct Loan(u32);

    let folder = Folder::new("append");
    fs::create_dir(&folder.0).unwrap();
    let path = folder.0.join("log.jsonl");
    fs::write(&path, "{\"line\":\"of an earlier run\"}\n").unwrap();
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
    assert_eq!(lines[0]["line"], "of an earlier run");
    assert_eq!(lines.iter().filter(|line| line["snapshot"] == 7).count(), 1);
    assert_eq!(
        lines.iter().filter(|line| line["snapshot"]["owner"] == "Ada").count(),
        1
    );
}

#[test]
fn a_file_that_cannot_be_opened_is_tried_again() {
    let folder = Folder::new("late");
    let path = folder.0.join("log.jsonl");
    let mut app = App::new();
    app.add_plugins(AuditPlugin::<Account>::to_file(&path));
    delete(&mut app, "Ada");
    app.update();
    assert_eq!(log(&app).pending(), 1);
    fs::create_dir(&folder.0).unwrap();
    app.update();
    assert_eq!(log(&app).pending(), 0);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1);
}

#[test]
fn what_cannot_be_serialized_is_recorded_with_the_reason() {
    #[derive(Component, Clone)]
    struct Secret;

    impl Serialize for Secret {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(S::Error::custom("a secret"))
        }
    }

    let disk = Disk::default();
    let mut app = App::new();
    app.add_plugins(AuditPlugin::<Secret>::to_writer(disk.clone()));
    app.world_mut().spawn(Secret).delete().unwrap();
    app.update();
    let lines = disk.lines();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["error"], "a secret");
    assert!(lines[0].get("snapshot").is_none());
}

//! Every entity owns a real file, which is removed when the entity is gone, whichever road it went. A file that cannot
//! be removed for now is tried again in later frames, from a durable queue.
//!
//! ```text
//! cargo run --example cleanup_files
//! ```

#![allow(clippy::std_instead_of_alloc, clippy::print_stdout, reason = "a program")]

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

/// A recording, and the file that it is kept in.
#[derive(Component, Clone)]
#[component(immutable)]
struct Recording {
    file: PathBuf,
}

fn main() -> io::Result<()> {
    let folder = Folder::new()?;
    let (disk, stick) = (folder.0.join("disk"), folder.0.join("stick"));
    fs::create_dir(&disk)?;
    fs::create_dir(&stick)?;

    let mut app = App::new();
    app.add_plugins((
        // A recording that is removed from its entity, or replaced by another, takes its file along, too.
        PostDeletePlugin::<Recording>::default().with_removals(),
        DeleteQueuePlugin::<Recording>::with_capacity(1000),
    ))
    .add_systems(Cleanup, remove_files.after(PostDeleteSystems::Receive));

    let world = app.world_mut();
    let mut record = |folder: &Path, name: &str| -> io::Result<Entity> {
        let file = folder.join(name);
        fs::write(&file, name)?;
        Ok(world.spawn(Recording { file }).id())
    };
    let names = |prefix: &str| (0..3).map(|index| format!("{prefix}-{index}.wav")).collect::<Vec<_>>();
    let kept = [record(&disk, "kept.wav")?, record(&stick, "kept.wav")?];
    let deleted = record(&disk, "deleted.wav")?;
    let despawned = record(&disk, "despawned.wav")?;
    let replaced = record(&disk, "replaced.wav")?;
    let removed = record(&disk, "removed.wav")?;
    let mut album = Vec::new();
    for name in names("album") {
        album.push(record(&disk, &name)?);
    }
    for name in names("draft") {
        record(&disk, &name)?;
    }
    let unplugged = record(&stick, "unplugged.wav")?;
    let box_set = world.spawn_empty().add_children(&album).id();
    assert_eq!(files(&folder.0)?.len(), 13);

    // Five roads, of which only two know of this crate.
    let new_take = disk.join("new take.wav");
    fs::write(&new_take, "new take")?;
    world.commands().entity(deleted).delete();
    world
        .commands()
        .delete_all_where::<&Recording, ()>(|recording| recording.file.to_string_lossy().contains("draft"));
    world.commands().entity(despawned).despawn();
    world.commands().entity(box_set).despawn();
    world.commands().entity(removed).remove::<Recording>();
    world.commands().entity(replaced).insert(Recording { file: new_take });

    // And one whose file is out of reach.
    let drawer = folder.0.join("drawer");
    fs::rename(&stick, &drawer)?;
    world.commands().entity(unplugged).delete();

    for _ in 0..5 {
        app.update();
    }
    let in_folder = |folder: &Path, names: [&str; 2]| names.map(|name| folder.join(name)).into();
    assert_eq!(files(&disk)?, in_folder(&disk, ["kept.wav", "new take.wav"]));
    assert_eq!(files(&drawer)?, in_folder(&drawer, ["kept.wav", "unplugged.wav"]));
    assert_eq!(app.world().resource::<DeleteQueue<Recording>>().len(), 1);
    println!("while the stick is unplugged, one file waits to be removed");

    fs::rename(&drawer, &stick)?;
    app.update();
    let world = app.world_mut();
    assert!(world.resource::<DeleteQueue<Recording>>().is_empty());
    assert_eq!(world.resource::<DeleteQueue<Recording>>().dropped(), 0);

    // What is left is what the survivors own.
    let owned: BTreeSet<PathBuf> = world
        .query::<&Recording>()
        .iter(world)
        .map(|recording| recording.file.clone())
        .collect();
    assert!(kept.iter().all(|entity| world.get::<Recording>(*entity).is_some()));
    assert_eq!(owned.len(), 3);
    assert_eq!(files(&folder.0)?, owned);
    println!("{} recordings are left, and exactly their files", owned.len());
    Ok(())
}

/// Removes the files of recordings that are gone. What cannot be removed is tried again in the next frame.
fn remove_files(mut queue: ResMut<DeleteQueue<Recording>>) {
    let mut failed = Vec::new();
    for deleted in queue.drain() {
        let file = &deleted.snapshot.file;
        let is_reachable = file.parent().is_some_and(Path::exists);
        if !is_reachable || fs::remove_file(file).is_err_and(|error| error.kind() != io::ErrorKind::NotFound) {
            failed.push(deleted);
        }
    }
    for deleted in failed.into_iter().rev() {
        queue.requeue_front(deleted);
    }
}

/// All files below a folder.
fn files(folder: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.insert(path);
        }
    }
    Ok(found)
}

/// A temporary folder, removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("recordings-{}", std::process::id()));
        _ = fs::remove_dir_all(&path);
        fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

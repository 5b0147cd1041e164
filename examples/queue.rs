//! Removes the file of a deleted save game from cloud storage that is sometimes offline.
//!
//! Look at `remove_files`: Bevy drops a message after two message updates, but a value stays in the `DeleteQueue` until
//! it is taken. If the file cannot be removed, the system puts the value back.
//!
//! ```text
//! cargo run --example queue
//! ```
use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone)]
struct SaveGame {
    file: &'static str,
}

#[derive(Resource)]
struct Cloud {
    is_online: bool,
    files: Vec<&'static str>,
}

#[derive(Debug)]
struct Offline;

impl Cloud {
    fn remove(&mut self, file: &str) -> Result<(), Offline> {
        if !self.is_online {
            return Err(Offline);
        }
        self.files.retain(|stored| *stored != file);
        Ok(())
    }
}

fn remove_files(mut queue: ResMut<DeleteQueue<SaveGame>>, mut cloud: ResMut<Cloud>) {
    while let Some(deleted) = queue.pop() {
        let result = cloud.remove(deleted.snapshot.file);
        println!("remove {}: {result:?}", deleted.snapshot.file);
        if result.is_err() {
            queue.requeue_front(deleted); // Try again in the next frame.
            break;
        }
    }
}

fn main() {
    let files = vec!["easy.sav", "hard.sav", "last.sav"];
    let mut app = App::new();
    app.add_plugins(DeleteQueuePlugin::<SaveGame>::with_capacity(100))
        .insert_resource(Cloud {
            is_online: false,
            files,
        })
        .add_systems(Cleanup, remove_files);

    let easy = app.world_mut().spawn(SaveGame { file: "easy.sav" }).id();
    let hard = app.world_mut().spawn(SaveGame { file: "hard.sav" }).id();
    app.world_mut().spawn(SaveGame { file: "last.sav" });
    app.world_mut().commands().entity(easy).delete();
    app.world_mut().commands().entity(hard).despawn();
    for _ in 0..5 {
        app.update();
    }
    assert_eq!(app.world().resource::<DeleteQueue<SaveGame>>().len(), 2);
    assert_eq!(app.world().resource::<Cloud>().files.len(), 3);

    app.world_mut().resource_mut::<Cloud>().is_online = true;
    app.update();
    assert!(app.world().resource::<DeleteQueue<SaveGame>>().is_empty());
    assert_eq!(app.world().resource::<DeleteQueue<SaveGame>>().dropped(), 0);
    assert_eq!(app.world().resource::<Cloud>().files, ["last.sav"]);
}

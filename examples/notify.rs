//! Tells another thread of every customer who has left: an observer sends it over a channel.
//!
//! An observer of `PostDelete` is not like one of `Despawn`: it is run in a later stage, when the entity is gone and
//! nothing is in the middle of anything.
//!
//! ```text
//! cargo run --example notify
//! ```

#![allow(clippy::std_instead_of_core, clippy::print_stdout, reason = "a program")]

use std::{sync::mpsc, thread};

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

/// Who is in the restaurant.
#[derive(Component, Clone)]
struct Customer {
    name: &'static str,
    patience: u32,
}

const TIRED: DeleteReason = DeleteReason::new("was tired of waiting");

#[derive(Resource)]
struct Announcements(mpsc::Sender<String>);

fn main() {
    let (sender, receiver) = mpsc::channel();
    // The printer ends when nobody can send to it any more, and gives back what it has printed.
    let printer = thread::spawn(move || {
        let mut printed = Vec::new();
        for line in receiver {
            println!("{line}");
            printed.push(line);
        }
        printed
    });

    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Customer>::default())
        .insert_resource(Announcements(sender))
        .add_systems(Update, wait)
        .add_observer(announce);
    for (name, patience) in [("Ada", 2), ("Grace", 0), ("Mary", 1)] {
        app.world_mut().spawn(Customer { name, patience });
    }
    for _ in 0..3 {
        app.update();
    }
    drop(app);

    let printed = printer.join().expect("it only prints");
    assert_eq!(
        printed,
        [
            "Grace was tired of waiting",
            "Mary was tired of waiting",
            "Ada was tired of waiting",
        ]
    );
}

fn wait(mut customers: Query<(Entity, &mut Customer)>, mut commands: Commands) {
    for (entity, mut customer) in &mut customers {
        match customer.patience.checked_sub(1) {
            Some(patience) => customer.patience = patience,
            None => commands.entity(entity).delete_with(TIRED),
        }
    }
}

fn announce(deleted: On<PostDelete<Customer>>, customers: Query<&Customer>, announcements: Res<Announcements>) {
    assert!(customers.get(deleted.entity).is_err(), "it is gone by now");
    let reason = deleted.origin.reason.map_or("has left", |reason| reason.as_str());
    let line = format!("{} {reason}", deleted.snapshot.name);
    // If nobody listens any more, there is nobody to tell.
    _ = announcements.0.send(line);
}

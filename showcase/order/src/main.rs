//! Deletes a ship with all that belongs to it, and shows in which order that is told: from the leaves to the root, and
//! the last sibling first, the order in which things are best released.
//!
//! ```text
//! cargo run --example order
//! ```
//!
//! (`--picture` prints the picture of that in `docs`.)

#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program"
)]

mod picture;

use std::process::ExitCode;

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone)]
struct Part(&'static str);

/// The parts that were deleted, as they were told.
#[derive(Resource, Default)]
struct Told(Vec<Entity>);

/// A part in its place in the tree.
struct Node {
    name: &'static str,
    /// How many parts it is below the root.
    depth: usize,
    /// How many parts were told until it was, with itself.
    number: usize,
}

fn main() -> ExitCode {
    let picture = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [option] if option == "--picture" => true,
        _ => {
            eprintln!("usage: order [--picture]");
            return ExitCode::from(2);
        }
    };
    let tree = delete_a_ship();
    if picture {
        print!("{}", picture::svg(&tree));
    } else {
        for Node { name, depth, number } in &tree {
            println!("{number}  {:indent$}{name}", "", indent = 4 * depth);
        }
    }
    ExitCode::SUCCESS
}

/// The ship's parts as the tree has them, each with the number that it was told by.
fn delete_a_ship() -> Vec<Node> {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Part>::default())
        .init_resource::<Told>()
        .add_systems(Cleanup, listen);
    let world = app.world_mut();
    let hull = (Part("hull"), children![Part("left engine"), Part("right engine")]);
    let cargo_bay = (Part("cargo bay"), children![Part("crate")]);
    let ship = world.spawn((Part("ship"), children![hull, cargo_bay])).id();
    let mut parts = Vec::new();
    walk(world, ship, 0, &mut parts);

    world.commands().entity(ship).delete();
    app.update();

    let told = &app.world().resource::<Told>().0;
    let nodes = parts.iter().map(|(entity, name, depth)| Node {
        name,
        depth: *depth,
        number: 1 + told.iter().position(|told| told == entity).expect("all of it was told"),
    });
    let nodes: Vec<_> = nodes.collect();
    // One delete goes up the tree exactly as one would come down it.
    assert!(nodes.iter().map(|node| node.number).eq((1..=told.len()).rev()));
    nodes
}

/// Lists what is below an entity, with itself, parents before children.
fn walk(world: &World, entity: Entity, depth: usize, parts: &mut Vec<(Entity, &'static str, usize)>) {
    let name = world.get::<Part>(entity).expect("all of the ship are parts").0;
    parts.push((entity, name, depth));
    for child in world.get::<Children>(entity).into_iter().flatten() {
        walk(world, *child, depth + 1, parts);
    }
}

fn listen(mut deleted: MessageReader<PostDelete<Part>>, mut told: ResMut<Told>) {
    told.0.extend(deleted.read().map(|deleted| deleted.entity));
}

//! Deletes a ship with all its parts, and prints the order of the messages: descendants before ancestors, and siblings
//! in reverse order. This is usually the right order in which to release resources.
//!
//! ```text
//! cargo run -p order
//! ```
//!
//! `--picture` prints the picture `docs/order.svg`.

#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "a program")]

mod picture;

use std::process::ExitCode;

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;
use lexopt::{Arg, Parser};
use showcase_terminal::{Failure, finish};

#[derive(Component, Clone)]
struct Part(&'static str);

/// The deleted parts, in the order of their messages.
#[derive(Resource, Default)]
struct Deleted(Vec<Entity>);

/// A part of the ship, at its place in the hierarchy.
struct Node {
    name: &'static str,
    /// The distance from the ship.
    depth: usize,
    /// The position of its message, starting at one.
    number: usize,
}

const USAGE: &str = "usage: order [--picture]";

#[derive(Default)]
struct Options {
    help: bool,
    picture: bool,
}

fn options(mut parser: Parser) -> Result<Options, lexopt::Error> {
    let mut options = Options::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => options.help = true,
            Arg::Long("picture") => options.picture = true,
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(options)
}

/// Deletes a ship. Returns the text to print.
fn run(parser: Parser) -> Result<String, Failure> {
    let options = options(parser).map_err(|error| Failure::Input(format!("{error}; {USAGE}")))?;
    if options.help {
        return Ok(format!("{USAGE}\n"));
    }
    let tree = delete_ship();
    if options.picture {
        return Ok(picture::svg(&tree));
    }
    let lines = tree.iter().map(|Node { name, depth, number }| {
        let indent = 4 * depth;
        format!("{number}  {:indent$}{name}\n", "")
    });
    Ok(lines.collect())
}

fn main() -> ExitCode {
    finish(run(Parser::from_env()))
}

/// Deletes a ship. Returns its parts, parents before children, each with the position of its message.
fn delete_ship() -> Vec<Node> {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Part>::default())
        .init_resource::<Deleted>()
        .add_systems(Cleanup, record_deleted);
    let world = app.world_mut();
    let hull = (Part("hull"), children![Part("left engine"), Part("right engine")]);
    let cargo_bay = (Part("cargo bay"), children![Part("crate")]);
    let ship = world.spawn((Part("ship"), children![hull, cargo_bay])).id();
    let mut parts = Vec::new();
    collect_parts(world, ship, 0, &mut parts);

    world.commands().entity(ship).delete();
    app.update();

    let deleted = &app.world().resource::<Deleted>().0;
    let position = |part| deleted.iter().position(|deleted| *deleted == part);
    let nodes = parts.iter().map(|(entity, name, depth)| Node {
        name,
        depth: *depth,
        number: 1 + position(*entity).expect("all parts are published"),
    });
    let nodes: Vec<_> = nodes.collect();
    // The messages are in the reverse of that order.
    assert!(nodes.iter().map(|node| node.number).eq((1..=deleted.len()).rev()));
    nodes
}

/// Collects an entity and its descendants, parents before children.
fn collect_parts(world: &World, entity: Entity, depth: usize, parts: &mut Vec<(Entity, &'static str, usize)>) {
    let name = world.get::<Part>(entity).expect("the ship has only parts").0;
    parts.push((entity, name, depth));
    for child in world.get::<Children>(entity).into_iter().flatten() {
        collect_parts(world, *child, depth + 1, parts);
    }
}

fn record_deleted(mut messages: MessageReader<PostDelete<Part>>, mut deleted: ResMut<Deleted>) {
    deleted.0.extend(messages.read().map(|message| message.entity));
}

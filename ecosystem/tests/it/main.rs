//! The crate together with other crates, used as a game uses them.

#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "tests have std")]

mod asset_server;
mod assets;
mod delayed;
mod level_end;
mod message_lifetime;
mod rapier;
mod states;
mod support;
mod time;
mod transforms;
mod worlds;

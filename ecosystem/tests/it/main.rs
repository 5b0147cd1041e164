//! The crate together with other crates, used as a game uses them.

#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "tests have std")]

mod assets;
mod message_lifetime;
mod states;
mod support;
mod time;
mod transforms;
mod worlds;

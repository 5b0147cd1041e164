//! Beside Bevy's own crates, used as a game uses them.

mod state;
mod time;
mod transform;

//! Beside Bevy's own crates, used as a game uses them.

mod assets;
mod scene;
mod state;
mod time;
mod transform;

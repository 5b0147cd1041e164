//! Code that the showcases share: options, exit codes, the text of files, live views in a terminal (feature `watch`),
//! and tests of programs (feature `testing`). It does not depend on Bevy.

#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "showcases use std"
)]

#[cfg(feature = "watch")]
mod footer;
#[cfg(feature = "watch")]
mod live;
mod outcome;
mod output;
#[cfg(feature = "watch")]
mod pace;
#[cfg(feature = "watch")]
mod svg;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(all(test, feature = "watch"))]
mod tests;
mod text;

#[cfg(feature = "watch")]
pub use self::{
    footer::{Key, draw_with_footer},
    live::{Live, picture, watch},
    pace::{Pace, Pressed},
};
pub use outcome::{Failure, finish};
pub use output::Output;
pub use text::{decode, shortened};

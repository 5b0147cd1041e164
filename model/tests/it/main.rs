//! Property tests: random programs, compared with a model of the crate's guarantees.
//!
//! Each `cargo test` draws a few hundred programs for each test. A long run:
//!
//! ```text
//! PROPTEST_CASES=20000 cargo test --release -p bevy_post_delete_model
//! ```

#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "tests have std")]

mod assets;
mod differential;
mod model;
mod random;
mod support;

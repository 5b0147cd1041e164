//! The cases that the cost table and the benches time.

#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    missing_debug_implementations,
    reason = "only the programs of this package use this library"
)]

pub mod cases;

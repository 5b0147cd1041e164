//! Tests of the behavior that a user sees, one file for each. They use only the public API.

#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "tests have std")]

mod causes;
mod channel;
mod clients;
mod entities;
mod hostile;
mod instigators;
mod order;
mod panics;
mod predicted;
mod random;
mod readme;
mod reasons;
mod sides;
mod support;
mod visibility;

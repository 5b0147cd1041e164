//! Integration tests of `#[derive(Snapshot)]`.

mod component;
mod entity;
mod fields;
mod generics;
mod hygiene;
mod messages;
mod support;
mod take;
mod try_clone;

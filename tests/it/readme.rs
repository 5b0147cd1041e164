//! The README has the code of the example, the guarantees of the docs, and the versions of the package.

const README: &str = include_str!("../../README.md");

#[test]
fn the_quick_start_is_the_example() {
    let example = include_str!("../../examples/quick_start.rs");
    let (_, code) = example
        .split_once("use bevy_app::prelude::*;\nuse bevy_ecs::prelude::*;\n")
        .expect("the example imports Bevy");
    assert!(README.contains(&format!("```rust,ignore\nuse bevy::prelude::*;\n{code}```\n")));
}

#[test]
fn the_guarantees_are_those_of_the_docs() {
    assert!(README.contains(include_str!("../../src/guarantees.md")));
}

#[test]
fn the_version_table_has_the_versions_of_the_package() {
    let version = concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
    let rust = env!("CARGO_PKG_RUST_VERSION");
    assert!(README.contains(&format!("| {version} | 0.20 | {rust} |\n")));
}

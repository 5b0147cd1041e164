//! What is said in two places is the same in both.

const README: &str = include_str!("../../README.md");

#[test]
fn the_readmes_quick_start_is_the_example() {
    let example = include_str!("../../examples/quick_start.rs");
    let (_, code) = example.split_once("\n\n").expect("it begins with a comment");
    assert!(README.contains(&format!("```rust\n{code}```\n")));
}

#[test]
fn the_readmes_guarantees_are_those_of_the_docs() {
    assert!(README.contains(include_str!("../../src/guarantees.md")));
}

/// What is published, and from where a reader looks it up, is the version that the package has.
#[test]
fn the_readmes_version_table_names_this_version() {
    let version = format!(
        "| {}.{} | 0.20 |",
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR")
    );
    assert!(README.contains(&version));
    assert!(README.contains(&format!("| {} |\n", env!("CARGO_PKG_RUST_VERSION"))));
}

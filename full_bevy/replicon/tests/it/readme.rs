//! The README shows the program that runs.

#[test]
fn the_quick_start_is_the_example() {
    let example = include_str!("../../examples/quick_start.rs");
    let (_, code) = example.split_once("\n\n").unwrap();
    assert!(
        include_str!("../../README.md").contains(code),
        "copy `examples/quick_start.rs` into the README"
    );
}

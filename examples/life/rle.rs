//! Patterns in run length encoding, by the `ca-formats` crate.

use ca_formats::rle::Rle;

use crate::game::Position;

/// More cells than this are refused, lest a short file fills the memory.
const MOST_CELLS: usize = 4_000_000;

/// Cells further out than this are refused, so that no pattern reaches the end of the integers.
const FURTHEST: i64 = 1_000_000_000;

/// The living cells of a pattern of Conway's Life, or why it is not one.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Position>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "not a text".to_owned())?;
    let text = text.trim_start_matches('\u{feff}');
    check_runs(text)?;
    let pattern = Rle::new(text).map_err(|error| error.to_string())?;
    if let Some(rule) = pattern.header_data().and_then(|header| header.rule.as_deref())
        && !is_life(rule)
    {
        return Err(format!(
            "the rule {rule:?} is not that of Conway's Life on an unbounded plane"
        ));
    }
    let mut cells = Vec::new();
    for cell in pattern {
        let cell = cell.map_err(|error| error.to_string())?;
        let (x, y) = cell.position;
        if cell.state != 1 {
            return Err(format!("cell {x},{y} is in state {}, and Life has two", cell.state));
        }
        if x.abs() > FURTHEST || y.abs() > FURTHEST {
            return Err(format!("cell {x},{y} is too far out"));
        }
        if cells.len() == MOST_CELLS {
            return Err(format!("more than {MOST_CELLS} cells"));
        }
        cells.push((x as i32, y as i32));
    }
    Ok(cells)
}

/// What the parser takes on trust: that the pattern ends, and that no run is longer than its numbers.
fn check_runs(text: &str) -> Result<(), String> {
    let cells: String = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.starts_with('x'))
        .collect();
    if !cells.contains('!') {
        return Err("the pattern does not end".to_owned());
    }
    let mut runs = cells.split(|letter: char| !letter.is_ascii_digit());
    if runs.any(|run| run.len() > 10) {
        return Err("a run is too long".to_owned());
    }
    Ok(())
}

/// Life by any of its names.
fn is_life(rule: &str) -> bool {
    let rule = rule.to_ascii_lowercase();
    ["b3/s23", "s23/b3", "b3s23", "23/3", "life", "conway's life"].contains(&rule.trim())
}

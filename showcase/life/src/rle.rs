//! Reads patterns in run-length encoding, with the crate `ca-formats`.
//!
//! That crate expects files that follow the format strictly. The code in this file first normalizes common
//! irregularities, and rejects files that the crate would misread.

use ca_formats::rle::Rle;
use showcase_terminal::{decode, shortened};

use crate::game::Position;

/// The maximum number of cells at the start, since a short file could otherwise fill the memory. How many cells live
/// later, and for how long, is not limited.
const MAX_CELLS: usize = 4_000_000;

/// The maximum coordinate, so that no pattern reaches the limits of the integer type.
const MAX_COORDINATE: i64 = 1_000_000_000;

/// The spellings of Conway's rule, in lowercase, without spaces, and with its digits in ascending order.
const LIFE: [&str; 9] = [
    "b3/s23",
    "s23/b3",
    "b3s23",
    "23/3",
    "life",
    "conway",
    "conway'slife",
    "gameoflife",
    "conway'sgameoflife",
];

/// The first characters of files in other formats.
const OTHER_FORMATS: [(&str, &str); 4] = [
    ("#Life 1.05", "Life 1.05"),
    ("#Life 1.06", "Life 1.06"),
    ("[M2]", "macrocell"),
    ("!", "plain text"),
];

/// Reads the living cells of a pattern. Fails if the file is not a pattern of Conway's Life.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Position>, String> {
    let text = decode(bytes);
    for (start, format) in OTHER_FORMATS {
        if text.trim_start().starts_with(start) {
            return Err(format!(
                "the file is in the format {format}, not in run-length encoding"
            ));
        }
    }
    let parts = Parts::split(&text)?;
    if let Some(rule) = parts.rules().iter().find(|rule| !is_life(rule)) {
        let rule = shortened(rule, 40);
        return Err(format!("the rule {rule:?} is not Conway's Life on an unbounded plane"));
    }
    let mut cells = Vec::new();
    let normalized = parts.normalized_cells();
    for cell in Rle::new(normalized.as_str()).map_err(|error| error.to_string())? {
        let cell = cell.map_err(|error| error.to_string())?;
        let (x, y) = cell.position;
        if cell.state != 1 {
            return Err(format!(
                "cell {x},{y} is in state {}, but Life has only two states",
                cell.state
            ));
        }
        if x.abs() > MAX_COORDINATE || y.abs() > MAX_COORDINATE {
            return Err(format!("cell {x},{y} is too far out"));
        }
        if cells.len() == MAX_CELLS {
            return Err(format!("more than {MAX_CELLS} cells"));
        }
        cells.push((x as i32, y as i32));
    }
    Ok(cells)
}

/// The parts of a file.
#[derive(Default)]
struct Parts<'a> {
    /// The rules in comments.
    rules: Vec<&'a str>,
    /// The rule in the header, which is empty if the header names none.
    header: Option<&'a str>,
    /// The text of the cells up to the `!`, without white space.
    cells: String,
}

impl<'a> Parts<'a> {
    /// Splits the text up to the `!`. The text after it is ignored.
    fn split(text: &'a str) -> Result<Self, String> {
        let mut parts = Self::default();
        let mut ends = false;
        for (number, line) in (1..).zip(text.lines()) {
            ends = parts
                .take(line.trim())
                .map_err(|reason| format!("line {number}: {reason}"))?;
            if ends {
                break;
            }
        }
        if parts.header.is_none() && parts.cells.is_empty() {
            return Err("there is no pattern in run-length encoding".to_owned());
        }
        if !ends {
            return Err("the pattern does not end: there is no `!` after its cells".to_owned());
        }
        Ok(parts)
    }

    /// Takes a line. Returns whether the pattern ends in it.
    fn take(&mut self, line: &'a str) -> Result<bool, String> {
        if let Some(comment) = line.strip_prefix('#') {
            self.rules.extend(rule_in_comment(comment));
            return Ok(false);
        }
        let (before_end, ends) = match line.split_once('!') {
            Some((before_end, _)) => (before_end, true),
            None => (line, false),
        };
        if !before_end.contains('=') {
            self.take_cells(before_end, ends)?;
        } else if self.header.is_some() {
            return Err("there is a second header".to_owned());
        } else if !self.cells.is_empty() {
            return Err("the header is after the first cells".to_owned());
        } else {
            let rule = rule_in_header(line).ok_or_else(|| {
                let header = shortened(line, 100);
                format!("the header {header:?} does not have the form \"x = 3, y = 3, rule = B3/S23\"")
            })?;
            self.header = Some(rule);
        }
        Ok(ends)
    }

    /// Takes a text of cells. Makes the checks that the parser omits: each run has a cell, and a length that fits the
    /// parser's integers.
    fn take_cells(&mut self, text: &str, ends: bool) -> Result<(), String> {
        for letter in text.chars().filter(|letter| !letter.is_whitespace()) {
            match letter {
                '0'..='9' => {}
                'b' | 'o' | '.' | '$' | 'A'..='X' => self.check_run()?,
                'p'..='y' => {
                    return Err(
                        "there is a cell that is neither dead nor alive, but Life has only two states".to_owned(),
                    );
                }
                _ => return Err(format!("{letter:?} is not the state of a cell")),
            }
            self.cells.push(letter);
        }
        if ends && self.cells.ends_with(|letter: char| letter.is_ascii_digit()) {
            return Err("a run has no cell".to_owned());
        }
        Ok(())
    }

    /// Checks the length of the run whose cell is next.
    fn check_run(&self) -> Result<(), String> {
        let before_run = self.cells.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let digits = &self.cells[before_run.len()..];
        let length = digits.trim_start_matches('0');
        if length.is_empty() && !digits.is_empty() {
            return Err("a run has no length".to_owned());
        }
        if length.len() > 10 {
            return Err("a run is too long".to_owned());
        }
        Ok(())
    }

    /// Returns the rules that the file names: the one in the header, or those in comments.
    fn rules(&self) -> &[&'a str] {
        match &self.header {
            Some(rule) if !rule.is_empty() => std::slice::from_ref(rule),
            _ => &self.rules,
        }
    }

    /// Returns the text of the cells in the strict format.
    fn normalized_cells(&self) -> String {
        let is_dead_or_alive = |letter: char| !letter.is_ascii_alphabetic() || "bBoO".contains(letter);
        // Next to other capital letters, `B` is a state in a rule with more than two states.
        let cells = if self.cells.contains('O') && !self.cells.contains('.') && self.cells.chars().all(is_dead_or_alive)
        {
            self.cells.to_ascii_lowercase()
        } else {
            self.cells.clone()
        };
        format!("{cells}!")
    }
}

/// Returns the rule in a comment: `#r 23/3` is a rule, but `#random` is not. `#R -10 5` is a position, but some
/// programs write a rule there.
fn rule_in_comment(comment: &str) -> Option<&str> {
    let rule = comment.strip_prefix(['r', 'R'])?;
    let is_rule = !rule.starts_with(char::is_lowercase) && (comment.starts_with('r') || rule.contains('/'));
    is_rule.then(|| rule.trim())
}

/// Returns the rule in the header, which is empty if the header names none. Returns `None` if the line is not a header.
fn rule_in_header(line: &str) -> Option<&str> {
    let mut fields = line.splitn(3, ',').map(|field| match field.split_once('=') {
        Some((name, value)) => (name.trim(), value.trim()),
        None => (field.trim(), ""),
    });
    for expected in ["x", "y"] {
        let (name, size) = fields.next()?;
        if !name.eq_ignore_ascii_case(expected) || size.parse::<u64>().is_err() {
            return None;
        }
    }
    match fields.next() {
        None | Some(("", "")) => Some(""),
        Some((name, rule)) => name.eq_ignore_ascii_case("rule").then_some(rule),
    }
}

/// Returns whether a rule is that of Life, which is also the default for a blank rule.
fn is_life(rule: &str) -> bool {
    let rule = rule.to_lowercase();
    let mut rule: Vec<char> = rule.chars().filter(|letter| !letter.is_whitespace()).collect();
    for digits in rule.chunk_by_mut(|first, second| first.is_ascii_digit() && second.is_ascii_digit()) {
        digits.sort_unstable();
    }
    let rule: String = rule.into_iter().collect();
    rule.is_empty() || LIFE.contains(&rule.as_str())
}

//! Reads patterns in run-length encoding, with the crate `ca-formats`.
//!
//! That crate expects files that follow the format strictly. The code in this file first normalizes common
//! irregularities, and rejects files that the crate would misread.

use ca_formats::rle::Rle;

use crate::game::Position;

/// The maximum number of cells. A short file could otherwise fill the memory.
const MAX_CELLS: usize = 4_000_000;

/// The maximum coordinate, so that no pattern reaches the limits of the integer type.
const MAX_COORDINATE: i64 = 1_000_000_000;

/// The spellings of Conway's rule, in lowercase and without spaces.
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

/// Reads the living cells of a pattern. Fails if the file is not a pattern of Conway's Life.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Position>, String> {
    let text = decode(bytes);
    let parts = Parts::split(&text)?;
    let normalized = parts.normalized();
    let pattern = Rle::new(normalized.as_str()).map_err(|error| sanitized(&error.to_string()))?;
    check_cells(&parts.cells)?;
    let named = pattern.header_data().and_then(|header| header.rule.as_deref());
    let mut rules = named.map_or(parts.rules, |rule| vec![rule]).into_iter();
    if let Some(rule) = rules.find(|rule| !is_life(rule)) {
        return Err(format!("the rule {rule:?} is not Conway's Life on an unbounded plane"));
    }
    let mut cells = Vec::new();
    for cell in pattern {
        let cell = cell.map_err(|error| sanitized(&error.to_string()))?;
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

/// Decodes the text as UTF-8, or as Latin-1 if it is not valid UTF-8. Converts line ends to `\n`.
fn decode(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let text = match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    };
    text.replace('\r', "\n")
}

/// The parts of a file.
struct Parts<'a> {
    /// The rules in comments.
    rules: Vec<&'a str>,
    header: Option<String>,
    /// The text of the cells up to the `!`, without white space.
    cells: String,
}

impl<'a> Parts<'a> {
    /// Splits the text up to the `!`. The text after it is ignored.
    fn split(text: &'a str) -> Result<Self, String> {
        let mut parts = Self {
            rules: Vec::new(),
            header: None,
            cells: String::new(),
        };
        for line in text.lines().map(str::trim) {
            if let Some(comment) = line.strip_prefix('#') {
                // `#r 23/3` is a rule, but `#random` is a comment.
                let rule = comment
                    .strip_prefix('r')
                    .filter(|rule| !rule.starts_with(char::is_lowercase));
                parts.rules.extend(rule.map(str::trim));
            } else if is_header(line) {
                if parts.header.is_some() || !parts.cells.is_empty() {
                    return Err("there is a second header".to_owned());
                }
                parts.header = Some(normalized_header(line));
            } else {
                let cells = line.split('!').next().unwrap_or_default();
                parts.cells.extend(cells.split_whitespace());
                if cells.len() < line.len() {
                    return parts.checked();
                }
            }
        }
        Err("the pattern does not end".to_owned())
    }

    /// Rejects the plain text format, which has a `!` before its first comment.
    fn checked(self) -> Result<Self, String> {
        if self.header.is_none() && self.cells.is_empty() {
            return Err("there is no pattern in run-length encoding".to_owned());
        }
        Ok(self)
    }

    /// Formats the parts in the strict format.
    fn normalized(&self) -> String {
        let header = self.header.as_deref().unwrap_or_default();
        let is_dead_or_alive = |letter: char| !letter.is_ascii_alphabetic() || "bBoO".contains(letter);
        // Next to other capital letters, `B` is a state in a rule with more than two states.
        let cells = if self.cells.contains('O') && !self.cells.contains('.') && self.cells.chars().all(is_dead_or_alive)
        {
            self.cells.to_ascii_lowercase()
        } else {
            self.cells.clone()
        };
        format!("{header}\n{cells}!").trim_start().to_owned()
    }
}

fn is_header(line: &str) -> bool {
    line.strip_prefix(['x', 'X'])
        .is_some_and(|rest| rest.trim_start().starts_with('='))
}

/// Returns the header in lowercase, except for its rule. A blank rule is removed.
fn normalized_header(line: &str) -> String {
    let mut fields = line.splitn(3, ',');
    let size = fields
        .by_ref()
        .take(2)
        .collect::<Vec<_>>()
        .join(",")
        .to_ascii_lowercase();
    match fields.next().map(str::trim) {
        None | Some("") => size,
        Some(last) => match last.split_once('=') {
            Some((key, "")) if key.trim().eq_ignore_ascii_case("rule") => size,
            Some((key, rule)) => format!("{size},{}={rule}", key.to_ascii_lowercase()),
            None => format!("{size},{last}"),
        },
    }
}

/// Makes the checks that the parser omits: each run has a cell and a length that fits its integers, and there are only
/// two states.
fn check_cells(cells: &str) -> Result<(), String> {
    if cells.contains(|letter| matches!(letter, 'p'..='y')) {
        return Err("there are cells in other states than dead and alive, but Life has only two states".to_owned());
    }
    let mut rest = cells;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let run = &rest[start..];
        rest = run.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let length = run[..run.len() - rest.len()].trim_start_matches('0');
        if length.is_empty() {
            return Err("a run has no length".to_owned());
        }
        if length.len() > 10 {
            return Err("a run is too long".to_owned());
        }
        if rest.is_empty() {
            return Err("a run has no cell".to_owned());
        }
    }
    Ok(())
}

/// Returns whether a rule is that of Life, which is also the default for a blank rule.
fn is_life(rule: &str) -> bool {
    let rule: String = rule.chars().filter(|letter| !letter.is_whitespace()).collect();
    rule.is_empty() || LIFE.contains(&rule.to_ascii_lowercase().as_str())
}

/// Returns the parser's error on one line: it may quote control characters of the file.
fn sanitized(reason: &str) -> String {
    let visible = |letter: char| if letter.is_control() { '\u{fffd}' } else { letter };
    reason.chars().map(visible).collect()
}

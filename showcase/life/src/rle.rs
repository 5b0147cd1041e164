//! Patterns in run length encoding, by the `ca-formats` crate.
//!
//! The crate takes a file as its format has it. What is here makes one of what is found in the wild, and refuses what
//! the crate would read as something else than is meant.

use ca_formats::rle::Rle;

use crate::game::Position;

/// More cells than this are refused, lest a short file fills the memory.
const MOST_CELLS: usize = 4_000_000;

/// Cells further out than this are refused, so that no pattern reaches the end of the integers.
const FURTHEST: i64 = 1_000_000_000;

/// Life by any of its names, without spaces.
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

/// The living cells of a pattern of Conway's Life, or why it is not one.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Position>, String> {
    let text = decode(bytes);
    let parts = Parts::of(&text)?;
    let clean = parts.clean();
    let pattern = Rle::new(clean.as_str()).map_err(|error| on_one_line(&error.to_string()))?;
    check_cells(&parts.cells)?;
    let named = pattern.header_data().and_then(|header| header.rule.as_deref());
    let mut rules = named.map_or(parts.rules, |rule| vec![rule]).into_iter();
    if let Some(rule) = rules.find(|rule| !is_life(rule)) {
        return Err(format!(
            "the rule {rule:?} is not that of Conway's Life on an unbounded plane"
        ));
    }
    let mut cells = Vec::new();
    for cell in pattern {
        let cell = cell.map_err(|error| on_one_line(&error.to_string()))?;
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

/// Old files are in Latin-1, new ones in UTF-8. Line ends become those of Unix.
fn decode(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let text = match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    };
    text.replace('\r', "\n")
}

/// A file's lines, told apart.
struct Parts<'a> {
    /// The rules that comments name.
    rules: Vec<&'a str>,
    header: Option<String>,
    /// All up to the `!`, without white space.
    cells: String,
}

impl<'a> Parts<'a> {
    /// Tells the lines apart up to the `!`. What comes after it is of no concern, whatever it is.
    fn of(text: &'a str) -> Result<Self, String> {
        let mut parts = Self {
            rules: Vec::new(),
            header: None,
            cells: String::new(),
        };
        for line in text.lines().map(str::trim) {
            if let Some(comment) = line.strip_prefix('#') {
                // `#r 23/3` is a rule, and `#random` is none.
                let rule = comment
                    .strip_prefix('r')
                    .filter(|rule| !rule.starts_with(char::is_lowercase));
                parts.rules.extend(rule.map(str::trim));
            } else if is_header(line) {
                if parts.header.is_some() || !parts.cells.is_empty() {
                    return Err("it has a second header".to_owned());
                }
                parts.header = Some(header(line));
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

    /// Plain text has an exclamation mark too, before its first comment.
    fn checked(self) -> Result<Self, String> {
        if self.header.is_none() && self.cells.is_empty() {
            return Err("there is no pattern in run length encoding in it".to_owned());
        }
        Ok(self)
    }

    /// The parts as the format has them.
    fn clean(&self) -> String {
        let header = self.header.as_deref().unwrap_or_default();
        let is_dead_or_alive = |letter: char| !letter.is_ascii_alphabetic() || "bBoO".contains(letter);
        // Among other capitals, `B` is the third state of several.
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

/// A header in small letters but for its rule, and without one that is left blank.
fn header(line: &str) -> String {
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

/// What the parser takes on trust: that every run is of something, and that neither runs nor states are past its
/// numbers.
fn check_cells(cells: &str) -> Result<(), String> {
    if cells.contains(|letter| matches!(letter, 'p'..='y')) {
        return Err("there are cells in other states than dead and alive, and Life has two".to_owned());
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
            return Err("a run is of nothing".to_owned());
        }
    }
    Ok(())
}

/// A blank rule is that of Life, for which the format was made.
fn is_life(rule: &str) -> bool {
    let rule: String = rule.chars().filter(|letter| !letter.is_whitespace()).collect();
    rule.is_empty() || LIFE.contains(&rule.to_ascii_lowercase().as_str())
}

/// The parser's reasons quote the file.
fn on_one_line(reason: &str) -> String {
    let visible = |letter: char| if letter.is_control() { '\u{fffd}' } else { letter };
    reason.chars().map(visible).collect()
}

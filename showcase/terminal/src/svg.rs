//! Draws the content of a terminal as an SVG picture. Only text depends on the viewer's fonts: lines, blocks and dots
//! are drawn as shapes.

use std::{collections::BTreeMap, fmt::Write};

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};

/// The size of a cell, and of the margin, in pixels.
const WIDTH: usize = 8;
const HEIGHT: usize = 16;
const MARGIN: usize = 12;

/// The default colors of the terminal.
const FOREGROUND: &str = "#d0d7de";
const BACKGROUND: &str = "#0d1117";

pub(crate) fn svg(buffer: &Buffer) -> String {
    let columns = usize::from(buffer.area.width).max(1);
    let mut backgrounds = Shapes::default();
    let mut shapes = Shapes::default();
    let mut text = String::new();
    for (row, cells) in buffer.content.chunks(columns).enumerate() {
        let mut words = Words::default();
        for (column, cell) in cells.iter().enumerate() {
            let (foreground, background) = colors(cell);
            let (x, y) = (MARGIN + column * WIDTH, MARGIN + row * HEIGHT);
            if background != BACKGROUND {
                backgrounds.add(&background, x, y, WIDTH, HEIGHT);
            }
            if draw(cell.symbol(), &foreground, x, y, &mut shapes) {
                words.end(&mut text);
            } else {
                words.add(cell, &foreground, x, y, &mut text);
            }
        }
        words.end(&mut text);
    }
    let width = 2 * MARGIN + columns * WIDTH;
    let height = 2 * MARGIN + usize::from(buffer.area.height) * HEIGHT;
    let (right, bottom) = (width - 1, height - 1);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n\
         <rect x=\"0.5\" y=\"0.5\" width=\"{right}\" height=\"{bottom}\" rx=\"8\" fill=\"{BACKGROUND}\" stroke=\"#484f58\"/>\n\
         <g shape-rendering=\"crispEdges\">\n{}{}</g>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" \
         font-size=\"13\">\n{text}</g>\n</svg>\n",
        backgrounds.paths(),
        shapes.paths(),
    )
}

/// Rectangles by color. Adjacent rectangles in a row are joined.
#[derive(Default)]
struct Shapes(BTreeMap<String, Vec<[usize; 4]>>);

impl Shapes {
    fn add(&mut self, color: &str, x: usize, y: usize, width: usize, height: usize) {
        let shapes = self.0.entry(color.to_owned()).or_default();
        // Along a row of cells, upper and lower halves alternate.
        let mut latest = shapes.iter_mut().rev().take(2);
        match latest.find(|shape| shape[0] + shape[2] == x && shape[1] == y && shape[3] == height) {
            Some(left) => left[2] += width,
            None => shapes.push([x, y, width, height]),
        }
    }

    fn paths(&self) -> String {
        let mut paths = String::new();
        for (color, shapes) in &self.0 {
            _ = write!(paths, "<path fill=\"{color}\" d=\"");
            for [x, y, width, height] in shapes {
                _ = write!(paths, "M{x} {y}h{width}v{height}h-{width}z");
            }
            paths += "\"/>\n";
        }
        paths
    }
}

/// Draws a line, block or braille character as shapes. Returns `false` for any other symbol.
fn draw(symbol: &str, color: &str, x: usize, y: usize, shapes: &mut Shapes) -> bool {
    let mut letters = symbol.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else {
        return false;
    };
    let (half_width, half_height) = (WIDTH / 2, HEIGHT / 2);
    match letter {
        '▀' => shapes.add(color, x, y, WIDTH, half_height),
        '▄' => shapes.add(color, x, y + half_height, WIDTH, half_height),
        '█' => shapes.add(color, x, y, WIDTH, HEIGHT),
        '⠀'..='⣿' => {
            let dots = u32::from(letter) - u32::from('⠀');
            // Unicode's order of the dots: the fourth row was added later, so its bits come last.
            for (dot, (column, row)) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
                .into_iter()
                .enumerate()
            {
                if dots >> dot & 1 == 1 {
                    shapes.add(color, x + column * half_width, y + row * HEIGHT / 4, 3, 3);
                }
            }
        }
        _ => {
            let Some([up, right, down, left]) = directions(letter) else {
                return false;
            };
            let begin = if left { x } else { x + half_width };
            let end = if right { x + WIDTH } else { x + half_width + 1 };
            shapes.add(color, begin, y + half_height, end - begin, 1);
            let begin = if up { y } else { y + half_height };
            let end = if down { y + HEIGHT } else { y + half_height + 1 };
            shapes.add(color, x + half_width, begin, 1, end - begin);
        }
    }
    true
}

/// Returns whether a box-drawing character has a line up, right, down and left, or `None` for another character.
fn directions(letter: char) -> Option<[bool; 4]> {
    let bits = match letter {
        '─' => 0b0101,
        '│' => 0b1010,
        '┌' => 0b0110,
        '┐' => 0b0011,
        '└' => 0b1100,
        '┘' => 0b1001,
        _ => return None,
    };
    Some([8, 4, 2, 1].map(|bit| bits & bit != 0))
}

/// Adjacent words of one style in one row.
#[derive(Default)]
struct Words {
    text: String,
    style: String,
    x: usize,
    y: usize,
}

impl Words {
    fn add(&mut self, cell: &Cell, color: &str, x: usize, y: usize, into: &mut String) {
        let symbol = cell.symbol();
        let mut style = format!(" fill=\"{color}\"");
        if cell.modifier.contains(Modifier::BOLD) {
            style += " font-weight=\"bold\"";
        }
        // Words with a wide gap between them are placed separately, and so are characters that may need another font.
        let is_separate = self.style != style || (symbol == " " && self.text.ends_with(' ')) || !symbol.is_ascii();
        if is_separate {
            self.end(into);
        }
        if self.text.is_empty() {
            if symbol == " " {
                return;
            }
            (self.style, self.x, self.y) = (style, x, y);
        }
        self.text += symbol;
        if !symbol.is_ascii() {
            self.end(into);
        }
    }

    fn end(&mut self, into: &mut String) {
        let text = std::mem::take(&mut self.text);
        let text = text.trim_end();
        if text.is_empty() {
            return;
        }
        let Self { style, x, y, .. } = self;
        let baseline = *y + 12;
        if text.is_ascii() {
            let length = text.len() * WIDTH;
            let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            _ = writeln!(
                into,
                "<text x=\"{x}\" y=\"{baseline}\" textLength=\"{length}\"{style}>{text}</text>"
            );
        } else {
            let middle = *x + WIDTH / 2;
            // Chess pieces have the text variation selector. They are drawn larger than letters.
            let size = if text.ends_with('\u{fe0e}') {
                " font-size=\"18\""
            } else {
                ""
            };
            _ = writeln!(
                into,
                "<text x=\"{middle}\" y=\"{baseline}\" text-anchor=\"middle\"{size}{style}>{text}</text>"
            );
        }
    }
}

/// Returns the foreground and the background color of a cell.
fn colors(cell: &Cell) -> (String, String) {
    let foreground = rgb(cell.fg).unwrap_or_else(|| FOREGROUND.to_owned());
    let background = rgb(cell.bg).unwrap_or_else(|| BACKGROUND.to_owned());
    if cell.modifier.contains(Modifier::REVERSED) {
        (background, foreground)
    } else {
        (foreground, background)
    }
}

/// Returns the color that common terminals show, or `None` for the default color.
fn rgb(color: Color) -> Option<String> {
    let [red, green, blue] = match color {
        Color::Red => [0xff, 0x7b, 0x72],
        Color::Green => [0x56, 0xd3, 0x64],
        Color::Yellow => [0xe3, 0xb3, 0x41],
        Color::Cyan => [0x56, 0xd4, 0xdd],
        Color::DarkGray => [0x76, 0x81, 0x8d],
        // A color cube of six by six by six, followed by shades of grey.
        Color::Indexed(index @ 16..=231) => [36, 6, 1].map(|place| match (index - 16) / place % 6 {
            0 => 0,
            level => 55 + 40 * level,
        }),
        Color::Indexed(index @ 232..) => [8 + 10 * (index - 232); 3],
        _ => return None,
    };
    Some(format!("#{red:02x}{green:02x}{blue:02x}"))
}

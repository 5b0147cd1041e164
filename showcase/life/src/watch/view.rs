//! The layout of the view: the plane, and plots of the living and the deleted cells.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Color, Modifier, Style},
    symbols::Marker,
    text::Line,
    widgets::{
        Axis, Block, Chart, Dataset, GraphType, Paragraph,
        canvas::{Canvas, Points},
    },
};
use showcase_terminal::{Key, draw_with_footer};

use super::{Generation, Watch};
use crate::game::Position;

const KEYS: [Key; 4] = [
    ("arrows", "scroll"),
    ("f", "follow"),
    ("z", "zoom"),
    ("p", "next pattern"),
];

const ALIVE: Color = Color::Green;
const DELETED: Color = Color::Red;
/// The color of deleted cells on the plane. It is darker than that of living cells.
const DELETED_ON_PLANE: Color = Color::Indexed(131);

/// The minimum width at which the plots are beside the plane, not below it.
const WIDTH_WITH_PLOTS_BESIDE: u16 = 80;

pub(super) fn draw(watch: &Watch<'_>, frame: &mut Frame<'_>) {
    let area = draw_with_footer(frame, &KEYS);
    let [top, body] = Layout::vertical([Constraint::Length(2), Constraint::Min(0)]).areas(area);
    frame.render_widget(title(watch), top);

    let (plane, plots) = if body.width >= WIDTH_WITH_PLOTS_BESIDE {
        let [plane, plots] = Layout::horizontal([Constraint::Fill(1), Constraint::Percentage(35)]).areas(body);
        (plane, Layout::vertical([Constraint::Fill(1); 2]).areas(plots))
    } else {
        let [plane, plots] = Layout::vertical([Constraint::Fill(1), Constraint::Percentage(35)]).areas(body);
        (plane, Layout::horizontal([Constraint::Fill(1); 2]).areas(plots))
    };
    draw_plane(watch, frame, plane);
    let [population, deleted] = plots;
    draw_plot(
        " Alive ",
        ALIVE,
        watch,
        |generation| generation.population,
        frame,
        population,
    );
    draw_plot(
        " Deleted ",
        DELETED,
        watch,
        |generation| generation.deleted,
        frame,
        deleted,
    );
}

fn title(watch: &Watch<'_>) -> Paragraph<'static> {
    let census = &watch.census;
    Paragraph::new(vec![
        Line::styled(
            format!(
                " {}, generation {}: {} cells alive, {} deleted in this generation",
                watch.name(),
                census.generations,
                census.population,
                watch.game.dead().len()
            ),
            Style::new().add_modifier(Modifier::BOLD),
        ),
        Line::raw(format!(
            " {} births, {} deaths; {}",
            census.born, census.died, watch.pace
        )),
    ])
}

/// Draws the living cells, and the cells that were deleted in this generation.
fn draw_plane(watch: &Watch<'_>, frame: &mut Frame<'_>, area: Rect) {
    let block = Block::bordered().title(" Plane ");
    let inside = block.inner(area);
    // A character cell is twice as high as it is wide.
    let (marker, dots) = if watch.is_zoomed_out {
        (Marker::Braille, 2)
    } else {
        (Marker::HalfBlock, 1)
    };
    let (columns, rows) = (i32::from(inside.width) * dots, i32::from(inside.height) * dots * 2);
    let left = i64::from(watch.center.0) - i64::from(columns / 2);
    let top = i64::from(watch.center.1) - i64::from(rows / 2);
    // The `y` axis points upwards on the canvas, but downwards in patterns.
    let place = |(x, y): Position| ((i64::from(x) - left) as f64, (top - i64::from(y)) as f64);
    let alive: Vec<_> = watch.game.alive().map(place).collect();
    let dead: Vec<_> = watch.game.dead().iter().copied().map(place).collect();
    let canvas = Canvas::default()
        .block(block)
        .marker(marker)
        .x_bounds([0.0, f64::from(columns - 1)])
        .y_bounds([f64::from(1 - rows), 0.0])
        .paint(|canvas| {
            canvas.draw(&Points::new(&dead, DELETED_ON_PLANE));
            canvas.draw(&Points::new(&alive, ALIVE));
        });
    frame.render_widget(canvas, area);
}

/// Plots a value of each generation.
fn draw_plot(
    title: &str,
    color: Color,
    watch: &Watch<'_>,
    value: fn(&Generation) -> usize,
    frame: &mut Frame<'_>,
    area: Rect,
) {
    let points: Vec<_> = watch
        .history
        .iter()
        .map(|generation| (generation.number as f64, value(generation) as f64))
        .collect();
    let first = watch.history.front().map_or(0, |generation| generation.number);
    let last = watch.history.back().map_or(0, |generation| generation.number);
    let most = watch.history.iter().map(value).max().unwrap_or(0).max(1);
    let axis = Axis::default().style(Style::new().fg(Color::DarkGray));
    let chart = Chart::new(vec![
        Dataset::default()
            .marker(Marker::Braille)
            .graph_type(GraphType::Line)
            .style(Style::new().fg(color))
            .data(&points),
    ])
    .x_axis(
        axis.clone()
            .bounds([first as f64, last.max(first + 1) as f64])
            .labels([first.to_string(), last.to_string()]),
    )
    .y_axis(
        axis.bounds([0.0, most as f64])
            .labels(["0".to_owned(), most.to_string()]),
    )
    .block(Block::bordered().title(title.to_owned()));
    frame.render_widget(chart, area);
}

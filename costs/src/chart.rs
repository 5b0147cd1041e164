//! Draws the cost table as a chart.

use costs::cases::table::{RATIOS, Ratio};
use plotters::prelude::*;

use crate::record::Record;

const SIZE: (u32, u32) = (980, 760);
const SHADES: [RGBColor; 4] = [
    RGBColor(158, 202, 225),
    RGBColor(66, 146, 198),
    RGBColor(8, 81, 156),
    RGBColor(8, 48, 107),
];
const MUST: RGBColor = RGBColor(203, 24, 29);
const AIM: RGBColor = RGBColor(35, 139, 69);

/// Draws the ratios that have a limit: one bar for each number of entities, and lines for the limit and the goal.
pub(crate) fn draw(counts: &[usize], record: &Record) -> String {
    let mut picture = String::new();
    {
        let area = SVGBackend::with_string(&mut picture, SIZE).into_drawing_area();
        paint(&area, counts, record).expect("writing to a string does not fail");
        area.present().expect("writing to a string does not fail");
    }
    picture
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Outcome<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

fn paint<'a>(area: &Area<'a>, counts: &[usize], record: &Record) -> Outcome<'a> {
    area.fill(&WHITE)?;
    let rows: Vec<&Ratio> = RATIOS.iter().filter(|ratio| ratio.must.is_some()).collect();
    let mut chart = ChartBuilder::on(area)
        .caption(
            "The cost of a delete, as a multiple of the alternative",
            ("sans-serif", 18),
        )
        .margin(14)
        .x_label_area_size(34)
        .y_label_area_size(310)
        .build_cartesian_2d(0.0..2.0, 0.0..rows.len() as f64)?;
    let name = |at: &f64| {
        let row = rows.len().checked_sub(1 + at.floor() as usize);
        row.filter(|_| at.fract() == 0.0)
            .map_or(String::new(), |row| rows[row].words.to_owned())
    };
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .x_labels(9)
        .y_labels(0)
        .x_desc(&record.environment)
        .light_line_style(WHITE)
        .draw()?;
    for (index, ratio) in rows.iter().enumerate() {
        let bottom = (rows.len() - 1 - index) as f64;
        let thickness = 0.76 / counts.len() as f64;
        for (bar, &count) in counts.iter().enumerate() {
            let top = bottom + 0.88 - bar as f64 * thickness;
            let value = record.ratio(ratio, count);
            let color = SHADES[bar.min(SHADES.len() - 1)];
            chart.draw_series([Rectangle::new(
                [(0.0, top), (value, top - thickness * 0.9)],
                color.filled(),
            )])?;
        }
        for (mark, color) in [(ratio.must, MUST), (ratio.aim, AIM)] {
            let line =
                mark.map(|at| PathElement::new([(at, bottom + 0.04), (at, bottom + 0.96)], color.stroke_width(3)));
            chart.draw_series(line)?;
        }
        let (x, y) = chart.backend_coord(&(0.0, bottom + 0.5));
        let style = ("sans-serif", 13).into_text_style(area).color(&BLACK);
        area.draw_text(&name(&bottom), &style, (x - 300, y - 7))?;
    }
    legend(area, counts)
}

/// Draws the legend.
fn legend<'a>(area: &Area<'a>, counts: &[usize]) -> Outcome<'a> {
    let style = ("sans-serif", 13).into_text_style(area).color(&BLACK);
    let bars = counts.iter().enumerate().map(|(bar, count)| {
        let color = SHADES[bar.min(SHADES.len() - 1)];
        (color, format!("{count} entities"))
    });
    let marks = [(MUST, "limit".to_owned()), (AIM, "goal".to_owned())];
    let (left, top) = (SIZE.0 as i32 - 160, 560);
    for (line, (color, text)) in bars.chain(marks).enumerate() {
        let y = top + 20 * line as i32;
        area.draw(&Rectangle::new([(left, y), (left + 12, y + 12)], color.filled()))?;
        area.draw_text(&text, &style, (left + 20, y))?;
    }
    Ok(())
}

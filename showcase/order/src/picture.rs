//! Draws the hierarchy as an SVG picture.

use std::fmt::Write;

use crate::Node;

/// The size of a part's box, the gap between boxes, the distance between levels, and the margin, in pixels.
const WIDTH: usize = 136;
const HEIGHT: usize = 40;
const GAP: usize = 24;
const LEVEL: usize = 84;
const MARGIN: usize = 28;

/// The upper edge of the first box, below the headline.
const TOP: usize = 76;

pub(crate) fn svg(tree: &[Node]) -> String {
    let mut lines = String::new();
    let mut boxes = String::new();
    let centers = centers(tree);
    for (index, (node, x)) in tree.iter().zip(&centers).enumerate() {
        let y = TOP + node.depth * LEVEL;
        if let Some(parent) = parent(tree, index) {
            let (above, from) = (y + HEIGHT - LEVEL, centers[parent]);
            let half = (y + above) / 2;
            _ = writeln!(lines, "<path d=\"M{from} {above}C{from} {half} {x} {half} {x} {y}\"/>");
        }
        let (left, text_y) = (x - WIDTH / 2, y + HEIGHT / 2 + 5);
        _ = write!(
            boxes,
            "<rect x=\"{left}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"8\" fill=\"#161b22\" stroke=\"#6e7681\"/>\n\
             <text x=\"{x}\" y=\"{text_y}\" fill=\"#e6edf3\">{}</text>\n\
             <circle cx=\"{left}\" cy=\"{y}\" r=\"13\" fill=\"#ff7b72\"/>\n\
             <text x=\"{left}\" y=\"{}\" fill=\"#0d1117\" font-weight=\"bold\">{}</text>\n",
            node.name,
            y + 5,
            node.number,
        );
    }
    let leaves = (0..tree.len()).filter(|index| is_leaf(tree, *index)).count();
    let depth = tree.iter().map(|node| node.depth).max().unwrap_or(0);
    let width = 2 * MARGIN + leaves * (WIDTH + GAP) - GAP;
    let below = TOP + depth * LEVEL + HEIGHT + 40;
    let height = below + 24;
    let mut published: Vec<_> = tree.iter().collect();
    published.sort_by_key(|node| node.number);
    let published = published.iter().map(|node| node.name).collect::<Vec<_>>().join(", ");
    let center = width / 2;
    let (right, bottom) = (width - 1, height - 1);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n\
         <rect x=\"0.5\" y=\"0.5\" width=\"{right}\" height=\"{bottom}\" rx=\"8\" fill=\"#0d1117\" stroke=\"#484f58\"/>\n\
         <g fill=\"none\" stroke=\"#6e7681\" stroke-width=\"2\">\n{lines}</g>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" \
         font-size=\"14\" text-anchor=\"middle\">\n\
         <text x=\"{center}\" y=\"38\" fill=\"#e6edf3\" font-weight=\"bold\">commands.entity(ship).delete()</text>\n\
         {boxes}\
         <text x=\"{center}\" y=\"{below}\" fill=\"#8b949e\" font-size=\"12\">published: {published}</text>\n</g>\n</svg>\n"
    )
}

fn is_leaf(tree: &[Node], index: usize) -> bool {
    tree.get(index + 1).is_none_or(|next| next.depth <= tree[index].depth)
}

fn parent(tree: &[Node], index: usize) -> Option<usize> {
    (0..index).rfind(|above| tree[*above].depth < tree[index].depth)
}

/// Returns the horizontal center of each box: leaves are side by side, and parents are centered above their children.
fn centers(tree: &[Node]) -> Vec<usize> {
    let mut centers = vec![0; tree.len()];
    let mut next = MARGIN + WIDTH / 2;
    for index in (0..tree.len()).filter(|index| is_leaf(tree, *index)) {
        centers[index] = next;
        next += WIDTH + GAP;
    }
    for index in (0..tree.len()).rev().filter(|index| !is_leaf(tree, *index)) {
        let mut children = (0..tree.len()).filter(|child| parent(tree, *child) == Some(index));
        let first = children.next().map_or(0, |child| centers[child]);
        let last = children.next_back().map_or(first, |child| centers[child]);
        centers[index] = (first + last) / 2;
    }
    centers
}

//! The panels beside the board: counters, captured pieces and log.

use bevy_ecs::prelude::*;
use cozy_chess::{Color as Side, Piece as Role};
use ratatui::{
    Frame,
    layout::Rect,
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Block, Paragraph},
};

use super::{Counters, Watch, sprites};
use crate::{
    pieces::{LostPiece, Sprites},
    receivers::{CAPTURED, Deleted, Deletion},
    replay::Replay,
};

/// The style of a value that the last step changed.
const CHANGED: Style = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
pub(super) const HEAD: Style = Style::new().add_modifier(Modifier::BOLD);
const GREY: Style = Style::new().fg(Color::DarkGray);

/// The minimum width at which the log shows the ply of each deletion.
const WIDTH_WITH_PLY: u16 = 56;

/// Draws the numbers of captured pieces and of the children that use each sprite.
pub(super) fn draw_counters(watch: &Watch<'_>, frame: &mut Frame<'_>, area: Rect) {
    let (previous, current) = (&watch.previous, Counters::of(&watch.replay));
    let mut lines = vec![
        Line::styled(format!("{:<7}{:>15} {:>15} ", "", "captured", "sprite uses"), HEAD),
        Line::raw(format!(
            "{:<7}{}",
            "",
            ["white", "black"].map(|side| format!("{side:>7} ")).concat().repeat(2)
        )),
    ];
    for role in Role::ALL {
        let mut line = Line::raw(format!("{:<7}", format!("{role:?}").to_lowercase()));
        for (previous, current) in [
            (&previous.captured, &current.captured),
            (&previous.sprite_uses, &current.sprite_uses),
        ] {
            for side in Side::ALL {
                let [previous, current] = [previous, current].map(|counts| counts[side as usize][role as usize]);
                let (sign, style) = match current.cmp(&previous) {
                    std::cmp::Ordering::Less => ("-", CHANGED),
                    std::cmp::Ordering::Equal => (" ", Style::new()),
                    std::cmp::Ordering::Greater => ("+", CHANGED),
                };
                line.push_span(Span::styled(format!("{current:>7}{sign}"), style));
            }
        }
        lines.push(line);
    }
    let Sprites { loaded, released } = watch.replay.world().resource::<Sprites>();
    lines.push(Line::raw(format!("{loaded} sprites loaded, {released} released")));
    frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(" Counters ")), area);
}

/// Draws the captured pieces.
pub(super) fn draw_captured(replay: &Replay<'_>, frame: &mut Frame<'_>, area: Rect) {
    let log = &replay.log().0;
    let lines = Side::ALL.map(|side| {
        let mut line = Line::raw(format!("{:<7}", format!("{side:?}").to_lowercase()));
        for (index, Deletion { deleted, origin, .. }) in log.iter().enumerate() {
            if let Deleted::Piece(lost) = deleted
                && lost.piece.color == side
                && origin.reason == Some(CAPTURED)
            {
                let glyph = format!("{} ", sprites::glyph(lost.piece.role));
                line.push_span(Span::styled(glyph, style(replay, index)));
            }
        }
        line
    });
    let block = Block::bordered().title(" Captured ");
    frame.render_widget(Paragraph::new(lines.to_vec()).block(block), area);
}

/// Draws the latest deletions with their origins.
pub(super) fn draw_log(replay: &Replay<'_>, frame: &mut Frame<'_>, area: Rect) {
    let block = Block::bordered().title(" Deleted ");
    let inside = block.inner(area);
    let with_ply = inside.width >= WIDTH_WITH_PLY;
    let line = |[label, entity, reason, kind, root, operation]: [&str; 6]| {
        let label = if with_ply {
            format!("{label:<13}")
        } else {
            String::new()
        };
        format!("{label}{entity:<16}{reason:<10}{kind:<8}{root:<7}{operation:>2}")
    };
    let log = &replay.log().0;
    let first = log.len().saturating_sub(usize::from(inside.height).saturating_sub(1));
    let mut lines = vec![Line::styled(
        line(["ply", "entity", "reason", "kind", "root", "op"]),
        HEAD,
    )];
    for (index, deletion) in log.iter().enumerate().skip(first) {
        let Deletion {
            label,
            deleted,
            origin,
            entity,
        } = deletion;
        let name = match deleted {
            Deleted::Piece(lost) => format!("{} {}", lost.piece, lost.square),
            Deleted::Sprite(_) => "its sprite".to_owned(),
        };
        let root = match origin.root {
            None => "none".to_owned(),
            Some(root) if root == *entity => "itself".to_owned(),
            Some(root) => role_of(root, log),
        };
        let reason = origin.reason.map_or("none", |reason| reason.as_str());
        let (kind, operation) = (format!("{:?}", origin.kind), origin.operation.to_string());
        let text = line([label, &name, reason, &kind, &root, &operation]);
        lines.push(Line::styled(text, style(replay, index)));
    }
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

/// Returns the role of a deleted piece, which is looked up in the log by its entity.
fn role_of(entity: Entity, log: &[Deletion]) -> String {
    let deletion = log.iter().find(|deletion| deletion.entity == entity);
    deletion.map_or(entity.to_string(), |deletion| match deletion.deleted {
        Deleted::Piece(LostPiece { piece, .. }) | Deleted::Sprite(piece) => format!("{:?}", piece.role).to_lowercase(),
    })
}

/// Returns the style of the deletion with this index in the log.
fn style(replay: &Replay<'_>, index: usize) -> Style {
    let total = replay.log().0.len();
    if index + replay.last_deletions().len() >= total {
        CHANGED
    } else {
        GREY
    }
}

//! The view of the counters, the captured pieces and the log.

use bevy_ecs::prelude::*;
use cozy_chess::{Color as Side, Piece as Role};
use ratatui::{
    Frame,
    layout::Rect,
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Block, Paragraph},
};

use super::{Tally, Watch, sprites};
use crate::{
    books::{CAPTURED, Deleted, Deletion},
    pieces::{LostPiece, Sprites},
    replay::Replay,
};

/// The style of a change by the last step.
const FRESH: Style = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
pub(super) const HEAD: Style = Style::new().add_modifier(Modifier::BOLD);
const GREY: Style = Style::new().fg(Color::DarkGray);

/// A log narrower than this omits the ply of each deletion.
const WIDE: u16 = 56;

/// Draws how many pieces were captured, and how many children use each sprite.
pub(super) fn draw_counters(watch: &Watch<'_>, frame: &mut Frame<'_>, area: Rect) {
    let (before, now) = (&watch.before, Tally::of(&watch.replay));
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
        for (before, now) in [
            (&before.captured, &now.captured),
            (&before.sprite_uses, &now.sprite_uses),
        ] {
            for side in Side::ALL {
                let [before, now] = [before, now].map(|counts| counts[side as usize][role as usize]);
                let (sign, style) = match now.cmp(&before) {
                    std::cmp::Ordering::Less => ("-", FRESH),
                    std::cmp::Ordering::Equal => (" ", Style::new()),
                    std::cmp::Ordering::Greater => ("+", FRESH),
                };
                line.push_span(Span::styled(format!("{now:>7}{sign}"), style));
            }
        }
        lines.push(line);
    }
    let Sprites { loaded, released } = watch.replay.world().resource::<Sprites>();
    lines.push(Line::raw(format!("{loaded} sprites loaded, {released} released")));
    frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(" Counters ")), area);
}

/// Draws the captured pieces.
pub(super) fn draw_lost(replay: &Replay<'_>, frame: &mut Frame<'_>, area: Rect) {
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

/// Draws the latest deletions, each with its origin.
pub(super) fn draw_log(replay: &Replay<'_>, frame: &mut Frame<'_>, area: Rect) {
    let block = Block::bordered().title(" Deleted ");
    let inside = block.inner(area);
    let with_time = inside.width >= WIDE;
    let line = |[when, what, reason, kind, root, operation]: [&str; 6]| {
        let when = if with_time {
            format!("{when:<13}")
        } else {
            String::new()
        };
        format!("{when}{what:<16}{reason:<10}{kind:<8}{root:<7}{operation:>2}")
    };
    let log = &replay.log().0;
    let first = log.len().saturating_sub(usize::from(inside.height).saturating_sub(1));
    let mut lines = vec![Line::styled(line(["in", "what", "reason", "kind", "root", "op"]), HEAD)];
    for (index, deletion) in log.iter().enumerate().skip(first) {
        let Deletion {
            when,
            deleted,
            origin,
            entity,
        } = deletion;
        let what = match deleted {
            Deleted::Piece(lost) => format!("{} {}", lost.piece, lost.square),
            Deleted::Sprite(_) => "its sprite".to_owned(),
        };
        let root = match origin.root {
            None => "none".to_owned(),
            Some(root) if root == *entity => "itself".to_owned(),
            Some(root) => name_of(root, log),
        };
        let reason = origin.reason.map_or("none", |reason| reason.as_str());
        let (kind, operation) = (format!("{:?}", origin.kind), origin.operation.to_string());
        let text = line([when, &what, reason, &kind, &root, &operation]);
        lines.push(Line::styled(text, style(replay, index)));
    }
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

/// The role of a deleted piece, looked up in the log by its entity.
fn name_of(entity: Entity, log: &[Deletion]) -> String {
    let deletion = log.iter().find(|deletion| deletion.entity == entity);
    deletion.map_or(entity.to_string(), |deletion| match deletion.deleted {
        Deleted::Piece(LostPiece { piece, .. }) | Deleted::Sprite(piece) => format!("{:?}", piece.role).to_lowercase(),
    })
}

/// The style of the deletion with this index in the log.
fn style(replay: &Replay<'_>, index: usize) -> Style {
    let total = replay.log().0.len();
    if index + replay.last_deletions().len() >= total {
        FRESH
    } else {
        GREY
    }
}

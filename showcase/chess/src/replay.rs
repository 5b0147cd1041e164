//! Plays a game in a Bevy app, ply by ply: spawns, moves and deletes the pieces. The receivers of the deletions are in
//! `receivers`.

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;
use cozy_chess::{Board, Move};

use crate::{
    check::{check_board, check_nothing_left, pieces},
    pgn::{self, Game},
    pieces::{LostPiece, Piece, Sprites, Square, spawn_piece},
    receivers::{CAPTURED, Deletion, FrameLabel, GAME_OVER, Log, Loss, PROMOTED, ReceiversPlugin, Statistics},
};

/// A replay of a game. After every ply, the entities are checked against the board of the rules library.
pub(crate) struct Replay<'a> {
    pub(crate) game: &'a Game,
    app: App,
    /// The position after the plies that were made so far. It is kept when the game is over.
    board: Board,
    plies: usize,
    /// The length of the log before the last step.
    logged: usize,
    is_over: bool,
}

/// The move of this frame, and the position before it.
#[derive(Resource)]
struct NextPly {
    board: Board,
    mv: Move,
}

impl<'a> Replay<'a> {
    /// Spawns the pieces of the starting position.
    pub(crate) fn begin(game: &'a Game) -> Result<Self, String> {
        let mut app = App::new();
        app.add_plugins(ReceiversPlugin)
            .add_systems(Update, play.run_if(resource_exists::<NextPly>));
        let board = game.start.clone();
        for (square, color, role) in pieces(&board) {
            let world = app.world_mut();
            world.commands().queue(spawn_piece(Piece { color, role }, square));
            world.flush();
        }
        check_board(&mut app, &board, "before the first ply")?;
        Ok(Self {
            game,
            app,
            board,
            plies: 0,
            logged: 0,
            is_over: false,
        })
    }

    /// Makes the next ply, or deletes all pieces after the last one. Returns `false` if the game was already over.
    pub(crate) fn step(&mut self) -> Result<bool, String> {
        let logged = self.log().0.len();
        if let Some((mv, notation)) = self.game.plies.get(self.plies) {
            let label = pgn::ply_label(&self.board, notation);
            let board = self.board.clone();
            self.app
                .insert_resource(FrameLabel(label.clone()))
                .insert_resource(NextPly { board, mv: *mv });
            self.app.update();
            self.app.world_mut().remove_resource::<NextPly>();
            self.board.play(*mv);
            self.plies += 1;
            check_board(&mut self.app, &self.board, &label)?;
        } else if !self.is_over {
            self.app.insert_resource(FrameLabel(GAME_OVER.to_string()));
            let world = self.app.world_mut();
            world.commands().because(GAME_OVER).delete_all::<With<Piece>>();
            world.flush();
            self.app.update();
            self.is_over = true;
            check_nothing_left(&mut self.app)?;
        } else {
            return Ok(false);
        }
        self.logged = logged;
        Ok(true)
    }

    /// Returns the deletions of the last step.
    pub(crate) fn last_deletions(&self) -> &[Deletion] {
        &self.log().0[self.logged..]
    }

    /// Returns the last move, or `None` before the first ply and when the game is over.
    pub(crate) fn last_move(&self) -> Option<Move> {
        let last = self.plies.checked_sub(1)?;
        (!self.is_over).then(|| self.game.plies[last].0)
    }

    /// Returns the number of plies that were made so far.
    pub(crate) fn plies(&self) -> usize {
        self.plies
    }

    pub(crate) fn log(&self) -> &Log {
        self.world().resource::<Log>()
    }

    pub(crate) fn world(&self) -> &World {
        self.app.world()
    }

    /// Returns the statistics of the game so far.
    pub(crate) fn statistics(&self) -> Statistics {
        let made = &self.game.plies[..self.plies];
        let losses = self.world().resource::<DeleteCounts<LostPiece, Loss>>();
        let captures = losses.iter().filter(|((_, reason), _)| *reason == Some(CAPTURED));
        Statistics {
            white: self.game.white.clone(),
            black: self.game.black.clone(),
            plies: self.plies,
            captures: captures.map(|((piece, _), count)| (*piece, count)).collect(),
            promotions: made.iter().filter(|(mv, _)| mv.promotion.is_some()).count(),
            alive: self.board.occupied().len() as usize,
            sprites: *self.world().resource::<Sprites>(),
            log: self.log().lines(),
        }
    }
}

/// Replays a game to the end. Returns its statistics.
pub(crate) fn replay(game: &Game) -> Result<Statistics, String> {
    let mut replay = Replay::begin(game)?;
    while replay.step()? {}
    Ok(replay.statistics())
}

/// Makes the next ply: moves one piece, or two when castling, and deletes a captured or promoted piece.
fn play(next: Res<NextPly>, mut pieces: Query<(Entity, &Piece, &mut Square)>, mut commands: Commands) {
    let NextPly { board, mv } = &*next;
    let captured = pgn::captured(board, *mv);
    let castles = board.color_on(mv.to) == board.color_on(mv.from);
    for (entity, piece, mut square) in &mut pieces {
        if Some(square.0) == captured {
            commands.entity(entity).delete_with(CAPTURED);
        } else if square.0 == mv.from {
            if let Some(role) = mv.promotion {
                commands.entity(entity).delete_with(PROMOTED);
                commands.queue(spawn_piece(Piece { role, ..*piece }, mv.to));
            } else {
                square.0 = if castles { castling_squares(*mv).0 } else { mv.to };
            }
        } else if castles && square.0 == mv.to {
            square.0 = castling_squares(*mv).1;
        }
    }
}

/// Returns the squares of the king and the rook after castling. The rules library encodes castling as the king
/// capturing its own rook.
fn castling_squares(mv: Move) -> (cozy_chess::Square, cozy_chess::Square) {
    use cozy_chess::{File, Square};

    let rank = mv.from.rank();
    let (king, rook) = if mv.to.file() > mv.from.file() {
        (File::G, File::F)
    } else {
        (File::C, File::D)
    };
    (Square::new(king, rank), Square::new(rook, rank))
}

//! The game as a Bevy app that plays ply by ply: it spawns, moves and deletes pieces. The reactions are in `books`.

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;
use cozy_chess::{Board, Move};

use crate::{
    books::{Book, BooksPlugin, CAPTURED, Deletion, GAME_OVER, Log, Loss, Now, PROMOTED},
    check::{check_board, check_nothing_left, pieces},
    pgn::{self, Game},
    pieces::{LostPiece, Piece, Sprites, Square, spawn_piece},
};

/// A game that is being replayed. After every ply the entities are checked against the board of the rules library.
pub(crate) struct Replay<'a> {
    pub(crate) game: &'a Game,
    app: App,
    /// The position after the plies made so far, also after the pieces were cleared.
    board: Board,
    plies: usize,
    /// The length of the log before the last step.
    logged: usize,
    over: bool,
}

/// The ply of this frame, and the position before it.
#[derive(Resource)]
struct NextPly {
    board: Board,
    mv: Move,
}

impl<'a> Replay<'a> {
    /// Sets up the pieces.
    pub(crate) fn begin(game: &'a Game) -> Result<Self, String> {
        let mut app = App::new();
        app.add_plugins(BooksPlugin)
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
            over: false,
        })
    }

    /// Makes the next ply, or clears the board after the last one. Returns `false` if the game was already over.
    pub(crate) fn step(&mut self) -> Result<bool, String> {
        let logged = self.log().0.len();
        if let Some((mv, notation)) = self.game.plies.get(self.plies) {
            let name = pgn::ply_name(&self.board, notation);
            let board = self.board.clone();
            self.app
                .insert_resource(Now(name.clone()))
                .insert_resource(NextPly { board, mv: *mv });
            self.app.update();
            self.app.world_mut().remove_resource::<NextPly>();
            self.board.play(*mv);
            self.plies += 1;
            check_board(&mut self.app, &self.board, &name)?;
        } else if !self.over {
            self.app.insert_resource(Now(GAME_OVER.to_string()));
            let world = self.app.world_mut();
            world.commands().because(GAME_OVER).delete_all::<With<Piece>>();
            world.flush();
            self.app.update();
            self.over = true;
            check_nothing_left(&mut self.app)?;
        } else {
            return Ok(false);
        }
        self.logged = logged;
        Ok(true)
    }

    /// The deletions of the last step.
    pub(crate) fn last_deletions(&self) -> &[Deletion] {
        &self.log().0[self.logged..]
    }

    /// The last move; `None` before the first and after the board was cleared.
    pub(crate) fn last_move(&self) -> Option<Move> {
        let last = self.plies.checked_sub(1)?;
        (!self.over).then(|| self.game.plies[last].0)
    }

    /// The number of plies made so far.
    pub(crate) fn plies(&self) -> usize {
        self.plies
    }

    pub(crate) fn log(&self) -> &Log {
        self.world().resource::<Log>()
    }

    pub(crate) fn world(&self) -> &World {
        self.app.world()
    }

    /// The statistics of the game so far.
    pub(crate) fn book(&self) -> Book {
        let made = &self.game.plies[..self.plies];
        let losses = self.world().resource::<DeleteCounts<LostPiece, Loss>>();
        let captures = losses.iter().filter(|((_, reason), _)| *reason == Some(CAPTURED));
        Book {
            white: self.game.white.clone(),
            black: self.game.black.clone(),
            plies: self.plies,
            captures: captures.map(|((piece, _), count)| (*piece, count)).collect(),
            promotions: made.iter().filter(|(mv, _)| mv.promotion.is_some()).count(),
            alive: self.board.occupied().len() as usize,
            sprites: *self.world().resource::<Sprites>(),
            log: self.log().in_words(),
        }
    }
}

/// Replays a game to its end.
pub(crate) fn replay(game: &Game) -> Result<Book, String> {
    let mut replay = Replay::begin(game)?;
    while replay.step()? {}
    Ok(replay.book())
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
                square.0 = if castles { castled(*mv).0 } else { mv.to };
            }
        } else if castles && square.0 == mv.to {
            square.0 = castled(*mv).1;
        }
    }
}

/// The squares of king and rook after castling. The rules library encodes castling as the king taking his own rook.
fn castled(mv: Move) -> (cozy_chess::Square, cozy_chess::Square) {
    use cozy_chess::{File, Square};

    let rank = mv.from.rank();
    let (king, rook) = if mv.to.file() > mv.from.file() {
        (File::G, File::F)
    } else {
        (File::C, File::D)
    };
    (Square::new(king, rank), Square::new(rook, rank))
}

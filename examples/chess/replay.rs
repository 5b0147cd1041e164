//! The game as a Bevy app: pieces that come and go, and the systems that keep books on it.

use bevy_app::prelude::*;
use bevy_ecs::{message::Messages, prelude::*};
use bevy_post_delete::{
    prelude::*,
    receivers::{SmallVec, smallvec},
};
use cozy_chess::{Board, Color, Move};

use crate::pgn::{self, Game};

const CAPTURED: DeleteReason = DeleteReason::new("captured");
const PROMOTED: DeleteReason = DeleteReason::new("promoted");
const GAME_OVER: DeleteReason = DeleteReason::new("game over");

/// A piece on the board.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Piece {
    pub(crate) color: Color,
    pub(crate) role: cozy_chess::Piece,
}

/// Where it stands.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Square(pub(crate) cozy_chess::Square);

/// A child of a piece that shows it, by a sprite that all pieces of one color and role share.
#[derive(Component)]
#[component(immutable)]
pub(crate) struct Sprite(pub(crate) Piece);

impl AssetUser for Sprite {
    type Key = Piece;

    fn assets(&self) -> SmallVec<[Piece; 2]> {
        smallvec![self.0]
    }
}

/// What is remembered of a piece: itself and where it stood.
pub(crate) struct LostPiece {
    piece: Piece,
    square: Square,
}

impl Snapshot for LostPiece {
    type Component = Piece;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        Some(Self {
            piece: *entity.get()?,
            square: *entity.get()?,
        })
    }
}

/// What is known of a game when it is over.
#[derive(Clone, Default)]
pub(crate) struct Book {
    pub(crate) white: String,
    pub(crate) black: String,
    pub(crate) plies: usize,
    pub(crate) captures: Vec<(Piece, usize)>,
    pub(crate) promotions: usize,
    /// The pieces on the board when the game ended.
    pub(crate) alive: usize,
    pub(crate) sprites: Sprites,
    pub(crate) log: Vec<String>,
}

impl Book {
    /// How many pieces of this kind were captured.
    pub(crate) fn captured(&self, color: Color, role: cozy_chess::Piece) -> usize {
        let piece = Piece { color, role };
        self.captures
            .iter()
            .find(|(captured, _)| *captured == piece)
            .map_or(0, |(_, count)| *count)
    }
}

/// What lost pieces are counted by. Captures are counted apart from promotions and from the end of the game.
type Loss = (Piece, Option<DeleteReason>);

fn loss(lost: &PostDelete<LostPiece>) -> Loss {
    (lost.snapshot.piece, lost.origin.reason)
}

/// The sprites: how often one was loaded, and how often let go again.
#[derive(Resource, Clone, Default)]
pub(crate) struct Sprites {
    pub(crate) loaded: usize,
    pub(crate) released: usize,
}

#[derive(Resource, Default)]
struct Log(Vec<String>);

/// The ply that is made in this frame, in the position before it.
#[derive(Resource)]
struct NextPly {
    board: Board,
    mv: Move,
    name: String,
}

/// Replays a game, and checks after every ply that the entities are the rules library's board.
pub(crate) fn replay(game: &Game) -> Result<Book, String> {
    let mut app = App::new();
    app.add_plugins((
        PostDeletePlugin::<LostPiece>::default(),
        AssetReleasePlugin::<Sprite>::default(),
    ))
    .count_deletes_by::<LostPiece, Loss>(loss)
    .init_resource::<Sprites>()
    .init_resource::<Log>()
    .add_systems(Update, play.run_if(resource_exists::<NextPly>))
    .add_systems(Cleanup, (write_log, release_sprites.after(PostDeleteSystems::Receive)));

    let mut board = game.start.clone();
    for (square, color, role) in pieces(&board) {
        let world = app.world_mut();
        world
            .commands()
            .queue(spawn_piece(Piece { color, role }, Square(square)));
        world.flush();
    }
    check_board(&mut app, &board, "before the first ply")?;
    for (mv, notation) in &game.plies {
        let name = pgn::ply_name(&board, notation);
        app.insert_resource(NextPly {
            board: board.clone(),
            mv: *mv,
            name: name.clone(),
        });
        app.update();
        app.world_mut().remove_resource::<NextPly>();
        board.play(*mv);
        check_board(&mut app, &board, &name)?;
    }
    let alive = board.occupied().len() as usize;
    app.world_mut().commands().delete_all_with::<With<Piece>>(GAME_OVER);
    app.world_mut().flush();
    app.update();
    check_nothing_left(&mut app)?;

    let promotions = game.plies.iter().filter(|(mv, _)| mv.promotion.is_some()).count();
    let losses = app.world().resource::<DeleteCounts<LostPiece, Loss>>();
    let captures = losses.iter().filter(|((_, reason), _)| *reason == Some(CAPTURED));
    Ok(Book {
        white: game.white.clone(),
        black: game.black.clone(),
        plies: game.plies.len(),
        captures: captures.map(|((piece, _), count)| (*piece, count)).collect(),
        promotions,
        alive,
        sprites: app.world().resource::<Sprites>().clone(),
        log: app.world().resource::<Log>().0.clone(),
    })
}

fn pieces(board: &Board) -> impl Iterator<Item = (cozy_chess::Square, Color, cozy_chess::Piece)> + '_ {
    board
        .occupied()
        .into_iter()
        .filter_map(|square| Some((square, board.color_on(square)?, board.piece_on(square)?)))
}

/// Spawns a piece with the child that shows it, and loads the sprite if nobody else shows it yet.
fn spawn_piece(piece: Piece, square: Square) -> impl Command {
    move |world: &mut World| {
        if world.resource::<AssetUses<Sprite>>().uses(&piece) == 0 {
            world.resource_mut::<Sprites>().loaded += 1;
        }
        world.spawn((piece, square, children![Sprite(piece)]));
    }
}

/// Makes the next ply: moves one piece or, castling, two; deletes what is captured or promoted.
fn play(next: Res<NextPly>, mut pieces: Query<(Entity, &Piece, &mut Square)>, mut commands: Commands) {
    let NextPly { board, mv, .. } = &*next;
    let captured = pgn::captured(board, *mv);
    let castles = board.color_on(mv.to) == board.color_on(mv.from);
    for (entity, piece, mut square) in &mut pieces {
        if Some(square.0) == captured {
            commands.entity(entity).delete_with(CAPTURED);
        } else if square.0 == mv.from {
            if let Some(role) = mv.promotion {
                commands.entity(entity).delete_with(PROMOTED);
                commands.queue(spawn_piece(Piece { role, ..*piece }, Square(mv.to)));
            } else {
                square.0 = if castles { castled(*mv).0 } else { mv.to };
            }
        } else if castles && square.0 == mv.to {
            square.0 = castled(*mv).1;
        }
    }
}

/// Where king and rook stand after castling, which the rules library writes as the king taking his rook.
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

/// Lets go of a sprite when the last child that shows it is gone, by whichever road it went.
fn release_sprites(mut released: MessageReader<AssetReleased<Sprite>>, mut sprites: ResMut<Sprites>) {
    sprites.released += released.read().count();
}

/// Writes down what happened to whom.
fn write_log(mut lost: MessageReader<PostDelete<LostPiece>>, next: Option<Res<NextPly>>, mut log: ResMut<Log>) {
    let mut cleared = 0;
    for PostDelete { snapshot, origin, .. } in lost.read() {
        match (&next, origin.reason) {
            (Some(next), Some(reason)) => {
                let piece = name_of(snapshot.piece);
                log.0
                    .push(format!("{}: {piece} on {} {reason}", next.name, snapshot.square.0));
            }
            _ => cleared += 1,
        }
    }
    if cleared > 0 {
        log.0.push(format!("{GAME_OVER}: {cleared} pieces cleared"));
    }
}

fn name_of(piece: Piece) -> String {
    format!("{:?} {:?}", piece.color, piece.role).to_lowercase()
}

/// The entities must be the rules library's board.
fn check_board(app: &mut App, board: &Board, when: &str) -> Result<(), String> {
    let world = app.world_mut();
    let mut on_board: Vec<_> = world
        .query::<(&Piece, &Square)>()
        .iter(world)
        .map(|(piece, square)| (square.0, piece.color, piece.role))
        .collect();
    // A square has one piece, if it has any.
    on_board.sort_unstable_by_key(|(square, ..)| *square);
    let mut expected: Vec<_> = pieces(board).collect();
    expected.sort_unstable_by_key(|(square, ..)| *square);
    if on_board != expected {
        return Err(format!("{when}: the entities are not the board"));
    }
    let shown = world.query::<&Sprite>().iter(world).count();
    if shown != expected.len() {
        return Err(format!("{when}: {shown} sprites show {} pieces", expected.len()));
    }
    let uses = world.resource::<AssetUses<Sprite>>();
    let used = uses.iter().map(|(_, uses)| uses).sum::<usize>();
    if used != shown {
        return Err(format!(
            "{when}: {used} uses of sprites are known, and {shown} are there"
        ));
    }
    let Sprites { loaded, released } = world.resource::<Sprites>();
    if *loaded != released + uses.len() {
        return Err(format!(
            "{when}: {loaded} sprites were loaded and {released} released, and {} are used",
            uses.len()
        ));
    }
    Ok(())
}

/// After the game there is no piece, no sprite, and no message that nobody has read.
fn check_nothing_left(app: &mut App) -> Result<(), String> {
    let world = app.world_mut();
    let pieces = world
        .query_filtered::<(), Or<(With<Piece>, With<Sprite>)>>()
        .iter(world)
        .count();
    if pieces != 0 {
        return Err(format!("{pieces} entities are left after the game"));
    }
    let sprites = world.resource::<Sprites>();
    if sprites.loaded != sprites.released {
        return Err(format!(
            "{} sprites are left after the game",
            sprites.loaded.abs_diff(sprites.released)
        ));
    }
    // What is published was read by the systems of the same stage; what were not would show up in a later one.
    app.update();
    app.update();
    let world = app.world();
    let unread = world.resource::<Messages<PostDelete<LostPiece>>>().len()
        + world.resource::<Messages<AssetReleased<Sprite>>>().len();
    if unread != 0 {
        return Err(format!("{unread} messages are left after the game"));
    }
    Ok(())
}

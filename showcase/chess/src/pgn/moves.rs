//! Looks up the notation of a move among the legal moves.

use cozy_chess::{Board, Color, File, Move, Piece, Rank, Square};

/// The notation of a move with its number, for example `12. Qxh9` or `12... Qxh9`.
pub(crate) fn ply_name(board: &Board, notation: &str) -> String {
    let dots = match board.side_to_move() {
        Color::White => ".",
        Color::Black => "...",
    };
    format!("{}{dots} {notation}", board.fullmove_number())
}

/// The square of the piece that a legal move captures.
pub(crate) fn captured(board: &Board, mv: Move) -> Option<Square> {
    let mover = board.side_to_move();
    if board.color_on(mv.to) == Some(!mover) {
        return Some(mv.to);
    }
    let takes_in_passing = board.piece_on(mv.from) == Some(Piece::Pawn) && mv.from.file() != mv.to.file();
    takes_in_passing.then(|| Square::new(mv.to.file(), mv.from.rank()))
}

/// The only legal move that a word can mean, and its notation without annotations; or the reason why there is none.
pub(super) fn find(board: &Board, word: &str) -> Result<(Move, String), &'static str> {
    let (meant, annotations) = Meant::read(word)
        .filter(|(_, annotations)| is_suffix(annotations))
        .ok_or("not readable")?;
    let mut found = None;
    let ambiguous = board.generate_moves(|moves| {
        moves
            .into_iter()
            .any(|mv| meant.is(board, mv) && found.replace(mv).is_some())
    });
    if ambiguous {
        return Err("ambiguous here");
    }
    let mv = found.ok_or("not legal here")?;
    let check = annotations.trim_end_matches(['!', '?']);
    let check = if check.trim_matches(['+', '#']).is_empty() {
        check
    } else {
        ""
    };
    let bare = &word[..word.len() - annotations.len()];
    Ok((mv, format!("{bare}{check}")))
}

/// Whether a word is not a move but an annotation of the move before it.
pub(super) fn is_annotation(word: &str, after_move: bool) -> bool {
    // A `D` marks the place of a diagram.
    is_judgement(word) || (after_move && (word == "D" || is_suffix(word)))
}

/// Whether a text may follow a move without a space: a check, a judgement, the mark of a capture en passant, a novelty.
fn is_suffix(suffix: &str) -> bool {
    let suffix = suffix.strip_suffix('N').unwrap_or(suffix);
    let signs = suffix.replace("/ep", "").replace("e.p.", "").replace("ep", "");
    signs.is_empty() || is_judgement(&signs)
}

/// Whether a word is a judgement, such as `!?`, `+-`, `=` or `∞`, and not a null move, such as `--` or `<>`.
fn is_judgement(word: &str) -> bool {
    let is_sign = |letter: char| "!?+-/=#~".contains(letter) || !(letter.is_ascii() || letter.is_alphanumeric());
    let signs = word.trim_end_matches(['!', '?']);
    word.chars().all(is_sign) && (signs.is_empty() || !signs.trim_matches(['-', '/']).is_empty())
}

/// The parts of a notation.
#[derive(Debug)]
enum Meant {
    Castling { short: bool },
    Plain(Plain),
}

/// A move that is not castling. A part that the notation omits is `None`.
#[derive(Debug)]
struct Plain {
    /// If it is `None`, the piece is a pawn, unless `from` is a whole square.
    piece: Option<Piece>,
    from: (Option<File>, Option<Rank>),
    takes: bool,
    to: (File, Option<Rank>),
    promotion: Option<Piece>,
}

impl Meant {
    /// Reads a notation. Also returns the rest of the word.
    fn read(word: &str) -> Option<(Self, &str)> {
        for (sides, short) in [("O-O-O", false), ("O-O", true)] {
            let is_side = |(is, shall)| is == shall || (shall == 'O' && matches!(is, 'o' | '0'));
            if let Some((head, rest)) = word.split_at_checked(sides.len())
                && head.chars().zip(sides.chars()).all(is_side)
            {
                return Some((Self::Castling { short }, rest));
            }
        }
        Plain::read(word).map(|(plain, rest)| (Self::Plain(plain), rest))
    }

    fn is(&self, board: &Board, mv: Move) -> bool {
        // The rules library encodes castling as the king taking his own rook, which is never a valid notation.
        let castles = board.color_on(mv.to) == Some(board.side_to_move());
        match self {
            Self::Castling { short } => castles && *short == (mv.to.file() > mv.from.file()),
            Self::Plain(plain) => !castles && plain.is(board, mv),
        }
    }
}

impl Plain {
    fn read(word: &str) -> Option<(Self, &str)> {
        let mut rest = word;
        let piece = take(&mut rest, piece);
        let first = (take(&mut rest, file), take(&mut rest, rank));
        let after_first = rest;
        let says_takes = take(&mut rest, takes) == Some(true);
        let second = (take(&mut rest, file), take(&mut rest, rank));
        let (from, says_takes, to) = match (first, second) {
            (from, (Some(file), Some(rank))) => (from, says_takes, (file, Some(rank))),
            // The capture by a pawn is often written with the two files alone: `ed`.
            (from @ (Some(_), None), (Some(file), None)) => (from, says_takes, (file, None)),
            ((Some(file), Some(rank)), _) => {
                rest = after_first;
                ((None, None), false, (file, Some(rank)))
            }
            _ => return None,
        };
        let colon_follows = take(&mut rest, |letter| (letter == ':').then_some(())).is_some();
        let mut plain = Self {
            piece,
            from,
            takes: says_takes || colon_follows,
            to,
            promotion: None,
        };
        if plain.may_be_pawn() {
            let comes_from_elsewhere = match from {
                (None, Some(_)) => return None,
                (Some(file), None) if file == to.0 => return None,
                (Some(_), None) => true,
                _ => false,
            };
            plain.takes |= comes_from_elsewhere;
            if matches!(to.1, Some(Rank::First | Rank::Eighth)) {
                let mut promoted = rest.strip_prefix(['=', '/']).unwrap_or(rest);
                plain.promotion = take(&mut promoted, promotion);
                rest = plain.promotion.map_or(rest, |_| promoted);
            }
        } else if to.1.is_none() {
            return None;
        }
        Some((plain, rest))
    }

    fn may_be_pawn(&self) -> bool {
        self.piece.is_none_or(|piece| piece == Piece::Pawn)
    }

    fn is(&self, board: &Board, mv: Move) -> bool {
        let piece = board.piece_on(mv.from);
        let (is_pawn, takes) = (piece == Some(Piece::Pawn), captured(board, mv).is_some());
        let is_piece = match (self.piece, self.from) {
            (None, (Some(_), Some(_))) => true,
            (None, _) => is_pawn,
            (named, _) => piece == named,
        };
        // The notation `d5` does not mean a capture by a pawn.
        let takes_as_said = takes || !self.takes;
        let takes_unsaid = is_pawn && takes && !self.takes && self.from.0.is_none();
        is_piece
            && takes_as_said
            && !takes_unsaid
            && self.from.0.is_none_or(|file| file == mv.from.file())
            && self.from.1.is_none_or(|rank| rank == mv.from.rank())
            && self.to.0 == mv.to.file()
            && self.to.1.is_none_or(|rank| rank == mv.to.rank())
            && self.promotion == mv.promotion
    }
}

/// Removes the first letter if `read` accepts it, and returns its meaning.
fn take<T>(rest: &mut &str, read: impl Fn(char) -> Option<T>) -> Option<T> {
    let mut letters = rest.chars();
    let taken = letters.next().and_then(read)?;
    *rest = letters.as_str();
    Some(taken)
}

/// The piece with this English letter or figurine. A lowercase `b` is always a file.
fn piece(letter: char) -> Option<Piece> {
    Some(match letter {
        'K' | 'k' | '♔' | '♚' => Piece::King,
        'Q' | 'q' | '♕' | '♛' => Piece::Queen,
        'R' | 'r' | '♖' | '♜' => Piece::Rook,
        'B' | '♗' | '♝' => Piece::Bishop,
        'N' | 'n' | '♘' | '♞' => Piece::Knight,
        'P' | '♙' | '♟' => Piece::Pawn,
        _ => return None,
    })
}

/// The piece with this letter, if a pawn can be promoted to it.
fn promotion(letter: char) -> Option<Piece> {
    let promoted = if letter == 'b' { 'B' } else { letter };
    piece(promoted).filter(|piece| !matches!(piece, Piece::King | Piece::Pawn))
}

fn file(letter: char) -> Option<File> {
    File::try_from(letter).ok()
}

fn rank(letter: char) -> Option<Rank> {
    Rank::try_from(letter).ok()
}

/// Whether this sign before the target square means a capture; `None` if it is no such sign.
fn takes(letter: char) -> Option<bool> {
    match letter {
        'x' | '×' | ':' => Some(true),
        '-' => Some(false),
        _ => None,
    }
}

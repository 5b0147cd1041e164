//! Looks up the notation of a move among the legal moves.

use cozy_chess::{Board, Color, File, Move, Piece, Rank, Square};

/// Returns the notation of a move with its number, for example `12. Qxh9` or `12... Qxh9`.
pub(crate) fn ply_label(board: &Board, notation: &str) -> String {
    let dots = match board.side_to_move() {
        Color::White => ".",
        Color::Black => "...",
    };
    format!("{}{dots} {notation}", board.fullmove_number())
}

/// Returns the square of the piece that a legal move captures.
pub(crate) fn captured(board: &Board, mv: Move) -> Option<Square> {
    let mover = board.side_to_move();
    if board.color_on(mv.to) == Some(!mover) {
        return Some(mv.to);
    }
    let is_en_passant = board.piece_on(mv.from) == Some(Piece::Pawn) && mv.from.file() != mv.to.file();
    is_en_passant.then(|| Square::new(mv.to.file(), mv.from.rank()))
}

/// Finds the only legal move that matches a word. Also returns its notation without annotations.
pub(super) fn find(board: &Board, word: &str) -> Result<(Move, String), &'static str> {
    let (parsed, annotations) = Notation::read(word)
        .filter(|(_, annotations)| is_suffix(annotations))
        .ok_or("unreadable")?;
    let mut found = None;
    let ambiguous = board.generate_moves(|moves| {
        moves
            .into_iter()
            .any(|mv| parsed.matches(board, mv) && found.replace(mv).is_some())
    });
    if ambiguous {
        return Err("ambiguous");
    }
    let mv = found.ok_or("not legal")?;
    let check = annotations.trim_end_matches(['!', '?']);
    let check = if check.trim_matches(['+', '#']).is_empty() {
        check
    } else {
        ""
    };
    let bare = &word[..word.len() - annotations.len()];
    Ok((mv, format!("{bare}{check}")))
}

/// Returns whether a word is an annotation of the previous move.
pub(super) fn is_annotation(word: &str, after_move: bool) -> bool {
    // `D` marks the place of a diagram, and `TN` a theoretical novelty.
    is_judgement(word) || (after_move && (matches!(word, "D" | "TN") || is_suffix(word)))
}

/// Returns whether a text may follow a move without a space: a check, a judgement, an en passant mark or a novelty
/// mark.
fn is_suffix(suffix: &str) -> bool {
    let suffix = suffix.strip_suffix('N').unwrap_or(suffix);
    let signs = suffix.replace("/ep", "").replace("e.p.", "").replace("ep", "");
    signs.is_empty() || is_judgement(&signs)
}

/// Returns whether a word is a judgement such as `!?`, `+-`, `=` or `∞`, and not a null move such as `--` or `<>`.
fn is_judgement(word: &str) -> bool {
    let is_sign = |letter: char| "!?+-/=#~".contains(letter) || !(letter.is_ascii() || letter.is_alphanumeric());
    let signs = word.trim_end_matches(['!', '?']);
    word.chars().all(is_sign) && (signs.is_empty() || !signs.trim_matches(['-', '/']).is_empty())
}

/// The notation of a move.
#[derive(Debug)]
enum Notation {
    Castling { short: bool },
    Plain(Plain),
}

/// The notation of a move that is not castling. An omitted part is `None`.
#[derive(Debug)]
struct Plain {
    /// If `None`, the piece is a pawn, unless `from` has both file and rank.
    piece: Option<Piece>,
    from: (Option<File>, Option<Rank>),
    is_capture: bool,
    to: (File, Option<Rank>),
    promotion: Option<Piece>,
}

impl Notation {
    /// Parses a notation. Also returns the rest of the word.
    fn read(word: &str) -> Option<(Self, &str)> {
        for (sides, short) in [("O-O-O", false), ("O-O", true)] {
            let is_side = |(actual, expected)| actual == expected || (expected == 'O' && matches!(actual, 'o' | '0'));
            if let Some((head, rest)) = word.split_at_checked(sides.len())
                && head.chars().zip(sides.chars()).all(is_side)
            {
                return Some((Self::Castling { short }, rest));
            }
        }
        Plain::read(word).map(|(plain, rest)| (Self::Plain(plain), rest))
    }

    fn matches(&self, board: &Board, mv: Move) -> bool {
        // The rules library encodes castling as the king capturing its own rook, which is never a valid notation.
        let castles = board.color_on(mv.to) == Some(board.side_to_move());
        match self {
            Self::Castling { short } => castles && *short == (mv.to.file() > mv.from.file()),
            Self::Plain(plain) => !castles && plain.matches(board, mv),
        }
    }
}

impl Plain {
    fn read(word: &str) -> Option<(Self, &str)> {
        let mut rest = word;
        let piece = take(&mut rest, piece);
        let first = (take(&mut rest, file), take(&mut rest, rank));
        let after_first = rest;
        let has_capture_sign = take(&mut rest, capture_sign) == Some(true);
        let second = (take(&mut rest, file), take(&mut rest, rank));
        let (from, has_capture_sign, to) = match (first, second) {
            (from, (Some(file), Some(rank))) => (from, has_capture_sign, (file, Some(rank))),
            // A capture by a pawn is often written with the two files only: `ed`.
            (from @ (Some(_), None), (Some(file), None)) => (from, has_capture_sign, (file, None)),
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
            is_capture: has_capture_sign || colon_follows,
            to,
            promotion: None,
        };
        if plain.may_be_pawn() {
            let changes_file = match from {
                (None, Some(_)) => return None,
                (Some(file), None) if file == to.0 => return None,
                (Some(_), None) => true,
                _ => false,
            };
            plain.is_capture |= changes_file;
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

    fn matches(&self, board: &Board, mv: Move) -> bool {
        let piece = board.piece_on(mv.from);
        let (is_pawn, is_capture) = (piece == Some(Piece::Pawn), captured(board, mv).is_some());
        let is_piece = match (self.piece, self.from) {
            (None, (Some(_), Some(_))) => true,
            (None, _) => is_pawn,
            (named, _) => piece == named,
        };
        let satisfies_capture_sign = is_capture || !self.is_capture;
        // The notation `d5` does not match a capture by a pawn.
        let is_unmarked_pawn_capture = is_pawn && is_capture && !self.is_capture && self.from.0.is_none();
        is_piece
            && satisfies_capture_sign
            && !is_unmarked_pawn_capture
            && self.from.0.is_none_or(|file| file == mv.from.file())
            && self.from.1.is_none_or(|rank| rank == mv.from.rank())
            && self.to.0 == mv.to.file()
            && self.to.1.is_none_or(|rank| rank == mv.to.rank())
            && self.promotion == mv.promotion
    }
}

/// Removes the first letter if `read` accepts it. Returns the result of `read`.
fn take<T>(rest: &mut &str, read: impl Fn(char) -> Option<T>) -> Option<T> {
    let mut letters = rest.chars();
    let taken = letters.next().and_then(read)?;
    *rest = letters.as_str();
    Some(taken)
}

/// Returns the piece with this English letter or figurine. A lowercase `b` is always a file.
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

/// Returns the piece with this letter, if a pawn can be promoted to it.
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

/// Returns whether this sign before the target square is a capture sign, or `None` for any other letter.
fn capture_sign(letter: char) -> Option<bool> {
    match letter {
        'x' | '×' | ':' => Some(true),
        '-' => Some(false),
        _ => None,
    }
}

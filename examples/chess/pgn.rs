//! Portable Game Notation as it is found in the wild, read into games that the rules allow.
//!
//! The rules and the notation of a move are the `cozy-chess` crate's. What is here takes a file apart: tags, comments,
//! variations, annotations, move numbers and results.

use std::fmt;

use cozy_chess::{Board, Move, Piece, Square, util::parse_san_move};

/// A game whose every move is legal.
pub(crate) struct Game {
    pub(crate) white: String,
    pub(crate) black: String,
    pub(crate) start: Board,
    /// The moves, as the rules library and as the file has them.
    pub(crate) plies: Vec<(Move, String)>,
}

/// Why a file was refused.
#[derive(Debug, PartialEq)]
pub(crate) struct Refusal {
    /// Counted from one; none where no game is to blame.
    game: Option<usize>,
    /// As `12. Qxh9` or `12... Qxh9`.
    ply: Option<String>,
    reason: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(game) = self.game {
            write!(f, "game {game}: ")?;
        }
        if let Some(ply) = &self.ply {
            write!(f, "{ply}: ")?;
        }
        f.write_str(&self.reason)
    }
}

/// What a file consists of.
#[derive(Debug, PartialEq)]
enum Token {
    Tag(String, String),
    /// A word of the move text: a move, a number, a result, an annotation.
    Word(String),
}

/// Reads all games of a file, or says what is wrong with the first that is.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Game>, Refusal> {
    let text = decode(bytes);
    let mut games = Vec::new();
    let mut unfinished: Option<Unfinished> = None;
    for token in Tokens::new(&text) {
        let number = games.len() + 1;
        let token = token.map_err(|reason| Refusal {
            game: Some(number),
            ply: None,
            reason,
        })?;
        match token {
            Token::Tag(name, value) => {
                // A tag after moves begins the next game, whether or not the last one had a result.
                if let Some(begun) = unfinished.take_if(|begun| begun.board.is_some()) {
                    games.push(begun.finish(number)?);
                }
                unfinished.get_or_insert_default().tag(name, value);
            }
            Token::Word(word) => {
                let begun = unfinished.get_or_insert_default();
                if is_result(&word) {
                    begun.begin(number)?;
                    games.extend(unfinished.take().map(|begun| begun.finish(number)).transpose()?);
                } else if let Some(notation) = notation(&word) {
                    begun.play(number, &notation)?;
                }
            }
        }
    }
    if let Some(begun) = unfinished {
        let number = games.len() + 1;
        games.push(begun.finish(number)?);
    }
    if games.is_empty() {
        return Err(Refusal {
            game: None,
            ply: None,
            reason: "there is no game in it".to_owned(),
        });
    }
    Ok(games)
}

/// Old files are in Latin-1, new ones in UTF-8, some with a byte order mark.
fn decode(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

fn is_result(word: &str) -> bool {
    matches!(word, "1-0" | "0-1" | "1/2-1/2" | "1/2" | "½-½" | "*")
}

/// The notation of a move without number and annotations, or `None` if the word is nothing but these.
fn notation(word: &str) -> Option<String> {
    let castles_with_zeros = word.starts_with("0-0");
    let numbered = word.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let notation = if castles_with_zeros {
        word.replace('0', "O")
    } else if numbered.starts_with('.') {
        numbered.trim_start_matches(['.', '…']).to_owned()
    } else if numbered.is_empty() {
        return None;
    } else {
        word.trim_start_matches('…').to_owned()
    };
    let notation = notation.trim_end_matches(['!', '?']);
    let notation = notation
        .strip_suffix("e.p.")
        .unwrap_or(notation)
        .trim_end_matches(['!', '?']);
    if notation.starts_with("0-0") {
        return Some(notation.replace('0', "O"));
    }
    // What has no letter is a judgement of the position, as `+-` and `=`.
    let is_move = notation.contains(|letter: char| letter.is_ascii_alphanumeric()) || notation.contains("--");
    (is_move && notation != "e.p.").then(|| notation.to_owned())
}

/// A game that is being read.
#[derive(Default)]
struct Unfinished {
    tags: Vec<(String, String)>,
    start: Option<Board>,
    /// Since the first move.
    board: Option<Board>,
    plies: Vec<(Move, String)>,
}

impl Unfinished {
    fn tag(&mut self, name: String, value: String) {
        self.tags.push((name, value));
    }

    fn get(&self, name: &str) -> Option<&str> {
        let tag = self.tags.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(name));
        tag.map(|(_, value)| value.trim())
    }

    /// The position in which the next move is made; refuses games that begin in no position of chess.
    fn begin(&mut self, game: usize) -> Result<&mut Board, Refusal> {
        if self.board.is_none() {
            let refuse = |reason| Refusal {
                game: Some(game),
                ply: None,
                reason,
            };
            if let Some(variant) = self.get("Variant") {
                let known = ["standard", "normal", "chess", "from position", "-", "?", ""];
                if !known.contains(&variant.to_lowercase().as_str()) {
                    return Err(refuse(format!("the variant {variant:?} is not standard chess")));
                }
            }
            let start = match self.get("FEN") {
                None => Board::default(),
                Some(fen) => {
                    let board =
                        position(fen).map_err(|why| refuse(format!("the position {fen:?} is not one: {why}")))?;
                    if !castles_as_in_chess(&board) {
                        return Err(refuse(format!("the position {fen:?} is of another variant")));
                    }
                    board
                }
            };
            self.start = Some(start.clone());
            self.board = Some(start);
        }
        Ok(self.board.as_mut().expect("it was just set"))
    }

    fn play(&mut self, game: usize, notation: &str) -> Result<(), Refusal> {
        let board = self.begin(game)?;
        let mv = find_move(board, notation).ok_or_else(|| Refusal {
            game: Some(game),
            ply: Some(ply_name(board, notation)),
            reason: "neither readable nor legal here".to_owned(),
        })?;
        board.play(mv);
        self.plies.push((mv, notation.to_owned()));
        Ok(())
    }

    fn finish(mut self, game: usize) -> Result<Game, Refusal> {
        self.begin(game)?;
        Ok(Game {
            white: self.get("White").unwrap_or("?").to_owned(),
            black: self.get("Black").unwrap_or("?").to_owned(),
            start: self.start.expect("the game has begun"),
            plies: self.plies,
        })
    }
}

/// A position in Forsyth-Edwards notation; the two counters at its end are often left out.
fn position(fen: &str) -> Result<Board, String> {
    let fields: Vec<_> = fen.split_whitespace().collect();
    let missing = ["w", "-", "-", "0", "1"];
    if fields.is_empty() || fields.len() > 6 {
        return Err("it has not six fields".to_owned());
    }
    let fields: Vec<_> = fields.iter().chain(&missing[fields.len() - 1..]).copied().collect();
    Board::from_fen(&fields.join(" "), false)
        .or_else(|error| {
            // Some programs name the square behind every double step, also where nobody could take there.
            let mut without_en_passant = fields.clone();
            without_en_passant[3] = "-";
            Board::from_fen(&without_en_passant.join(" "), false).map_err(|_| error)
        })
        .map_err(|error| error.to_string())
}

/// Whether kings and rooks that may castle stand where they do in standard chess.
fn castles_as_in_chess(board: &Board) -> bool {
    use cozy_chess::{Color, File};

    Color::ALL.into_iter().all(|color| {
        let rights = board.castle_rights(color);
        let any = rights.short.is_some() || rights.long.is_some();
        (!any || board.king(color).file() == File::E)
            && rights.short.is_none_or(|file| file == File::H)
            && rights.long.is_none_or(|file| file == File::A)
    })
}

/// As `12. Qxh9` or `12... Qxh9`.
pub(crate) fn ply_name(board: &Board, notation: &str) -> String {
    let dots = match board.side_to_move() {
        cozy_chess::Color::White => ".",
        cozy_chess::Color::Black => "...",
    };
    format!("{}{dots} {notation}", board.fullmove_number())
}

fn find_move(board: &Board, notation: &str) -> Option<Move> {
    let standard = notation.trim_end_matches(['+', '#']).to_owned();
    let mut candidates = vec![standard.clone()];
    if !standard.starts_with('O') {
        // `e2-e4` and `Ng1-f3`, `e8=q` and `e8/Q`, `a7a8q`.
        let long = standard.replace('-', "").replace('/', "=");
        let (body, last) = long.split_at(long.char_indices().next_back().map_or(0, |(index, _)| index));
        let promotes = body.ends_with(['1', '8', '=']) && "nbrq".contains(last) && !last.is_empty();
        candidates.push(if promotes {
            format!("{body}{}", last.to_uppercase())
        } else {
            long
        });
    }
    candidates
        .iter()
        .find_map(|candidate| parse_san_move(board, candidate).ok())
}

/// Where the piece stands that a legal move takes.
pub(crate) fn captured(board: &Board, mv: Move) -> Option<Square> {
    let mover = board.side_to_move();
    if board.color_on(mv.to) == Some(!mover) {
        return Some(mv.to);
    }
    let takes_in_passing = board.piece_on(mv.from) == Some(Piece::Pawn) && mv.from.file() != mv.to.file();
    takes_in_passing.then(|| Square::new(mv.to.file(), mv.from.rank()))
}

/// Takes a text apart.
struct Tokens<'a> {
    rest: &'a str,
    at_line_start: bool,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: text,
            at_line_start: true,
        }
    }

    fn next_char(&mut self) -> Option<char> {
        let next = self.rest.chars().next()?;
        self.rest = &self.rest[next.len_utf8()..];
        self.at_line_start = next == '\n';
        Some(next)
    }

    fn skip_past(&mut self, end: char) -> bool {
        while let Some(next) = self.next_char() {
            if next == end {
                return true;
            }
        }
        false
    }

    /// A tag pair, after its opening bracket.
    fn tag(&mut self) -> Result<Token, String> {
        let unreadable = || "a tag is not readable".to_owned();
        let quote = self.rest.find('"').ok_or_else(unreadable)?;
        let name = self.rest[..quote].trim().to_owned();
        if name.is_empty() || !name.chars().all(|letter| letter.is_alphanumeric() || letter == '_') {
            return Err(unreadable());
        }
        self.rest = &self.rest[quote + 1..];
        let mut value = String::new();
        loop {
            match self.next_char().ok_or_else(unreadable)? {
                '"' if self.rest.trim_start().starts_with(']') => break,
                '\\' if self.rest.starts_with(['"', '\\']) => value.extend(self.next_char()),
                '\n' => return Err(unreadable()),
                letter => value.push(letter),
            }
        }
        self.skip_past(']');
        Ok(Token::Tag(name, value))
    }

    /// A variation, after its opening parenthesis.
    fn skip_variation(&mut self) -> Result<(), String> {
        let mut depth = 1;
        while depth > 0 {
            match self.next_char() {
                Some('(') => depth += 1,
                Some(')') => depth -= 1,
                Some('{') if !self.skip_past('}') => return Err("a comment does not end".to_owned()),
                Some(';') => _ = self.skip_past('\n'),
                Some(_) => {}
                None => return Err("a variation does not end".to_owned()),
            }
        }
        Ok(())
    }
}

impl Iterator for Tokens<'_> {
    type Item = Result<Token, String>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.at_line_start && self.rest.starts_with('%') {
                self.skip_past('\n');
                continue;
            }
            match self.next_char()? {
                '[' => return Some(self.tag()),
                '{' if !self.skip_past('}') => return Some(Err("a comment does not end".to_owned())),
                '{' => {}
                ';' => _ = self.skip_past('\n'),
                '(' => {
                    if let Err(reason) = self.skip_variation() {
                        return Some(Err(reason));
                    }
                }
                ')' => return Some(Err("a variation ends that did not begin".to_owned())),
                '}' => return Some(Err("a comment ends that did not begin".to_owned())),
                '$' => {
                    let digits = self.rest.find(|letter: char| !letter.is_ascii_digit());
                    self.rest = &self.rest[digits.unwrap_or(self.rest.len())..];
                    self.at_line_start = false;
                }
                letter if letter.is_whitespace() => {}
                letter => {
                    let end = self
                        .rest
                        .find(|letter: char| letter.is_whitespace() || "[]{}();$".contains(letter))
                        .unwrap_or(self.rest.len());
                    let word = format!("{letter}{}", &self.rest[..end]);
                    self.rest = &self.rest[end..];
                    return Some(Ok(Token::Word(word)));
                }
            }
        }
    }
}

//! Splits a text into tokens. Comments, variations and numeric annotations are skipped.

/// A token of a file.
#[derive(Debug, PartialEq)]
pub(super) enum Token {
    Tag {
        name: String,
        value: String,
        after_blank_line: bool,
    },
    UnreadableTag {
        starts_line: bool,
    },
    /// The number of a move, with its dots; `None` if it is too large.
    Number {
        number: Option<u64>,
        starts_line: bool,
    },
    /// The result of a game, which ends it.
    Result,
    /// A move or an annotation. Dashes are normalized to `-`, and promotions to `=`.
    Word(String),
}

/// The tokens of a text whose lines end in `\n`.
pub(super) struct Tokens<'a> {
    pub(super) text: &'a str,
    /// The number of bytes read so far.
    pub(super) at: usize,
    /// The number of bytes before the last token, and its line, which starts at one.
    start: usize,
    pub(super) line: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            start: 0,
            line: 1,
        }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn next_char(&mut self) -> Option<char> {
        let next = self.rest().chars().next()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Skips and returns all characters before the first one that does not match.
    pub(super) fn skip_while(&mut self, matches: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let skipped = &rest[..rest.find(|letter| !matches(letter)).unwrap_or(rest.len())];
        self.at += skipped.len();
        skipped
    }

    /// Skips the text up to and including the first `end`. Returns the text before it, or `None` if there is no `end`.
    fn skip_past(&mut self, end: char) -> Option<&'a str> {
        let (skipped, rest) = self.rest().split_once(end)?;
        self.at = self.text.len() - rest.len();
        Some(skipped)
    }

    fn skip_line(&mut self) {
        if self.skip_past('\n').is_none() {
            self.at = self.text.len();
        }
    }

    /// Skips a comment, after its opening brace.
    fn skip_comment(&mut self) -> Result<(), String> {
        let unterminated = || "a comment is not closed".to_owned();
        let comment = self.skip_past('}').ok_or_else(unterminated)?;
        // If this comment is not closed, the brace closes a comment of a later game.
        let mut lines = comment.match_indices('\n').map(|(at, _)| &comment[at + 1..]);
        match lines.find(|line| starts_with_tag(line)) {
            Some(later) if later.contains('{') => Err(unterminated()),
            _ => Ok(()),
        }
    }

    /// Skips a variation, after its opening parenthesis.
    fn skip_variation(&mut self) -> Result<(), String> {
        let mut depth = 1;
        while depth > 0 {
            self.skip_escaped_lines();
            let (before, rest) = self.text.split_at(self.at);
            match self.next_char() {
                Some('(') => depth += 1,
                Some(')') => depth -= 1,
                Some('{') => self.skip_comment()?,
                Some(';') => self.skip_line(),
                // This tag belongs to the next game, and so does the next closing parenthesis.
                Some('[') if starts_line(before) && starts_with_tag(rest) => {
                    return Err("a variation is not closed".to_owned());
                }
                Some(_) => {}
                None => return Err("a variation is not closed".to_owned()),
            }
        }
        Ok(())
    }

    /// Skips lines that start with `%`.
    fn skip_escaped_lines(&mut self) {
        while self.rest().starts_with('%') && (self.at == 0 || self.text[..self.at].ends_with('\n')) {
            self.skip_line();
        }
    }

    fn skip_space(&mut self) {
        self.skip_escaped_lines();
        while !self.skip_while(is_space).is_empty() {
            self.skip_escaped_lines();
        }
    }

    /// Reads a tag pair, after its opening bracket.
    fn tag(&mut self, after_blank_line: bool) -> Option<Token> {
        self.skip_while(is_space);
        let name = self.skip_while(is_in_tag_name);
        self.skip_while(is_space);
        if name.is_empty() || self.next_char() != Some('"') {
            return None;
        }
        let mut value = String::new();
        loop {
            match self.next_char()? {
                '"' if self.rest().trim_start_matches(is_space).starts_with(']') => break,
                '\\' if self.ends_in_backslash() => value.push('\\'),
                '\\' if self.rest().starts_with(['"', '\\']) => value.extend(self.next_char()),
                '\n' => return None,
                letter => value.push(letter),
            }
        }
        self.skip_past(']')?;
        Some(Token::Tag {
            name: name.to_owned(),
            value,
            after_blank_line,
        })
    }

    /// Returns whether the backslash that was just read is the last character of a value, so that it does not escape
    /// the quote after it.
    fn ends_in_backslash(&self) -> bool {
        let line = self.rest().split('\n').next();
        line.is_some_and(|line| line.strip_prefix('"').is_some_and(|end| end.trim() == "]"))
    }
}

impl Iterator for Tokens<'_> {
    type Item = Result<Token, String>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.skip_space();
            self.line += self.text[self.start..self.at].matches('\n').count();
            self.start = self.at;
            let before = &self.text[..self.at];
            let after_blank_line = last_space(before).matches('\n').count() > 1;
            let starts_line = starts_line(before);
            if self.result() {
                return Some(Ok(Token::Result));
            }
            if let Some(number) = self.number(starts_line) {
                return Some(Ok(number));
            }
            let skipped = match self.next_char()? {
                '[' => {
                    let unreadable = Token::UnreadableTag { starts_line };
                    return Some(Ok(self.tag(after_blank_line).unwrap_or(unreadable)));
                }
                '*' => return Some(Ok(Token::Result)),
                '{' => self.skip_comment(),
                '(' => self.skip_variation(),
                ')' => Err("`)` without a variation".to_owned()),
                '}' => Err("`}` without a comment".to_owned()),
                ']' => Err("`]` without a tag".to_owned()),
                ';' => {
                    self.skip_line();
                    Ok(())
                }
                '$' => {
                    self.skip_while(|letter| letter.is_ascii_digit());
                    Ok(())
                }
                _ => {
                    self.at = self.start;
                    return Some(Ok(Token::Word(self.word())));
                }
            };
            if let Err(reason) = skipped {
                return Some(Err(reason));
            }
        }
    }
}

/// Returns the white space at the end of a text.
fn last_space(text: &str) -> &str {
    &text[text.trim_end_matches(is_space).len()..]
}

/// Returns whether the text after this one starts a line, apart from white space.
fn starts_line(before: &str) -> bool {
    let space = last_space(before);
    space.contains('\n') || space.len() == before.len()
}

/// Returns whether the first line of a text starts with a tag, and not with a command such as `[%clk 0:01:00]`.
fn starts_with_tag(text: &str) -> bool {
    let line = text.split('\n').next().unwrap_or_default();
    let tag = line.trim_start_matches(is_space).strip_prefix('[').unwrap_or_default();
    let name = tag.trim_start_matches(is_space);
    let value = name.trim_start_matches(is_in_tag_name).trim_start_matches(is_space);
    name.starts_with(char::is_alphabetic) && value.starts_with('"')
}

fn is_in_tag_name(letter: char) -> bool {
    !is_space(letter) && !"\"[](){}".contains(letter)
}

/// Returns whether a character is white space or invisible.
pub(super) fn is_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}')
}

//! Reads move numbers, results and moves.

use super::tokens::{Token, Tokens, is_space};

/// The results of a finished game, as the points of White and Black.
const RESULTS: [(&str, &str); 5] = [("1", "0"), ("0", "1"), ("1/2", "1/2"), ("½", "½"), ("0.5", "0.5")];

impl<'a> Tokens<'a> {
    /// Reads a move number with its dots, either alone or directly before a move.
    pub(super) fn number(&mut self, starts_line: bool) -> Option<Token> {
        let rest = self.rest();
        let after_digits = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let digits = &rest[..rest.len() - after_digits.len()];
        let after = after_digits.trim_start_matches(['.', '…']);
        let has_dots = after.len() < after_digits.len();
        // Some programs write a null move as zeros.
        if digits.starts_with("00") {
            return None;
        }
        let stands_alone = digits != "0" && !digits.is_empty() && after.chars().next().is_none_or(ends_word);
        if !has_dots && !stands_alone {
            return None;
        }
        self.at = self.text.len() - after.len();
        Some(Token::Number {
            number: digits.parse().ok(),
            starts_line,
        })
    }

    /// Skips a result. Returns `false` if there is none. It may contain spaces, or consist of one half of a draw
    /// (`1/2`).
    pub(super) fn result(&mut self) -> bool {
        let rest = self.rest();
        let whole = |after: &'a str| after.chars().next().is_none_or(ends_word).then_some(after);
        let both = |(white, black)| {
            let dash = rest.strip_prefix(white)?.trim_start_matches(' ');
            let after_dash = dash.strip_prefix(is_dash)?.trim_start_matches(' ');
            whole(after_dash.strip_prefix(black)?)
        };
        let half = |half| whole(rest.strip_prefix(half)?);
        let end = RESULTS.into_iter().find_map(both);
        let end = end.or_else(|| ["1/2", "½"].into_iter().find_map(half));
        self.at = end.map_or(self.at, |end| self.text.len() - end.len());
        end.is_some()
    }

    /// Reads a move or an annotation, with normalized dashes and promotions.
    pub(super) fn word(&mut self) -> String {
        let word = self.skip_while(|letter| !ends_word(letter));
        let mut word = word.replace(is_dash, "-");
        if let Some((promotion, end)) = self.promotion_after(&word) {
            self.at = end;
            word = format!("{}={promotion}", word.trim_end_matches('='));
        }
        word
    }

    /// Returns the promotion after a word and the end of its text, if it is written separately: `a8(Q)`, `a8=(Q)` or
    /// `a8 =Q`.
    fn promotion_after(&self, word: &str) -> Option<(char, usize)> {
        if !word.trim_end_matches(['=', ':']).ends_with(['1', '8'])
            || !word.starts_with(|first: char| first.is_lowercase() || first == 'P')
        {
            return None;
        }
        let rest = self.rest().trim_start_matches(' ');
        let role = rest.trim_start_matches(['=', ' ', '(']);
        let between = &rest[..rest.len() - role.len()];
        let mut after = role.chars();
        let promotion = after.next().filter(|letter| "QRBNqrbn".contains(*letter))?;
        let end = if between.contains('(') {
            after.as_str().trim_start_matches(' ').strip_prefix(')')?
        } else if between.contains('=') || word.ends_with('=') {
            after.as_str()
        } else {
            return None;
        };
        // The novelty mark `N` may follow.
        let is_whole = between.contains('(') || !end.trim_start_matches('N').starts_with(char::is_alphanumeric);
        is_whole.then(|| (promotion, self.text.len() - end.len()))
    }
}

fn ends_word(letter: char) -> bool {
    is_space(letter) || "[]{}();$*".contains(letter)
}

/// Returns whether a character is a minus or one of the dashes that typesetting substitutes for it.
fn is_dash(letter: char) -> bool {
    matches!(letter, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

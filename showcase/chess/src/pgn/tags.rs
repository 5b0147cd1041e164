//! The tags of a game.

/// The tags of a game, or of one section of its tags, in the order of the file.
#[derive(Default)]
pub(super) struct Tags {
    /// The line of the first tag.
    line: usize,
    pairs: Vec<(String, String)>,
}

impl Tags {
    /// Returns the line of the first tag.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// Returns the value of a tag, or its last value if the tag is repeated.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).last()
    }

    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let tags = self.pairs.iter().filter(move |(tag, _)| tag.eq_ignore_ascii_case(name));
        tags.map(|(_, value)| value.trim())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub(super) fn push(&mut self, name: String, value: String, line: usize) {
        if self.is_empty() {
            self.line = line;
        }
        self.pairs.push((name, value));
    }

    pub(super) fn extend(&mut self, later: Self) {
        self.pairs.extend(later.pairs);
    }

    /// Returns whether a tag with this name starts the next game, if no blank line separates the two games.
    pub(super) fn starts_next_game(&self, name: &str) -> bool {
        let is_first = self.pairs.first().is_some_and(|(first, _)| first == name);
        (is_first && self.pairs.iter().any(|(tag, _)| tag != name)) || (name == "Event" && self.get(name).is_some())
    }

    /// Returns whether both have a tag with the same name, so that they belong to different games.
    pub(super) fn repeats(&self, earlier: &Self) -> bool {
        self.pairs.iter().any(|(name, _)| earlier.get(name).is_some())
    }
}

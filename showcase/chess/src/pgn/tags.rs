//! The tags of a game.

/// The tags of a game, or of one section of them, in the order of the file.
#[derive(Default)]
pub(super) struct Tags(Vec<(String, String)>);

impl Tags {
    /// The value of a tag; the last value if the tag is repeated.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).last()
    }

    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let tags = self.0.iter().filter(move |(tag, _)| tag.eq_ignore_ascii_case(name));
        tags.map(|(_, value)| value.trim())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push(&mut self, name: String, value: String) {
        self.0.push((name, value));
    }

    pub(super) fn extend(&mut self, later: Self) {
        self.0.extend(later.0);
    }

    /// Whether a tag of this name begins the next game, if no blank line separates the two games.
    pub(super) fn begins_anew_with(&self, name: &str) -> bool {
        let is_first = self.0.first().is_some_and(|(first, _)| first == name);
        (is_first && self.0.iter().any(|(tag, _)| tag != name)) || (name == "Event" && self.get(name).is_some())
    }

    /// Whether both have a tag of the same name, so that they belong to different games.
    pub(super) fn repeats(&self, earlier: &Self) -> bool {
        self.0.iter().any(|(name, _)| earlier.get(name).is_some())
    }
}

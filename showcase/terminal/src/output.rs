//! The kinds of output, of which an option chooses one.

use std::fmt;

/// A kind of output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// Text, which is the default.
    #[default]
    Text,
    /// JSON (`--json`).
    Json,
    /// A live view in the terminal (`--watch`).
    Watch,
    /// A picture as SVG (`--picture`).
    Picture,
}

impl Output {
    /// Handles an option.
    ///
    /// # Errors
    ///
    /// Fails if an earlier option chose another output.
    pub fn choose(&mut self, chosen: Self) -> Result<(), String> {
        if *self != Self::Text && *self != chosen {
            return Err(format!("{self} and {chosen} cannot be combined"));
        }
        *self = chosen;
        Ok(())
    }

    /// Returns whether the output needs the feature `watch`.
    pub fn is_view(self) -> bool {
        matches!(self, Self::Watch | Self::Picture)
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "--json",
            Self::Watch => "--watch",
            Self::Picture => "--picture",
        })
    }
}

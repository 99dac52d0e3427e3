//! What a value is.

/// What a value is: a secret, something that stands for one, or neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretVerdict {
    /// It may be shown and written.
    Harmless,
    /// It stands for a secret that the user has to fill in.
    Placeholder,
    /// It is a secret, with what it looks like.
    Secret(&'static str),
}

impl SecretVerdict {
    /// Returns the stronger one of two verdicts about a value, of two secrets the first.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match self {
            Self::Secret(_) => self,
            Self::Placeholder | Self::Harmless => self.max(other),
        }
    }

    /// Returns what secret the value looks like, if it is one.
    pub fn secret(self) -> Option<&'static str> {
        match self {
            Self::Secret(what) => Some(what),
            Self::Placeholder | Self::Harmless => None,
        }
    }
}

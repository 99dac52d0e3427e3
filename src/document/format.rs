//! The formats of clients' files.

/// The format of a client's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// JSON, optionally with comments and trailing commas.
    Jsonc,
    /// TOML.
    Toml,
    /// YAML.
    Yaml,
}

impl Format {
    /// Returns the format of a template by its name: `x.jsonc.j2`, `x.toml.j2`, `x.yaml.j2`.
    pub fn of_template(name: &str) -> Option<Self> {
        match name.strip_suffix(".j2")?.rsplit_once('.')?.1 {
            "jsonc" => Some(Self::Jsonc),
            "toml" => Some(Self::Toml),
            "yaml" => Some(Self::Yaml),
            _ => None,
        }
    }

    /// Returns the name of the format for messages.
    pub fn title(self) -> &'static str {
        match self {
            Self::Jsonc => "JSON",
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
        }
    }
}

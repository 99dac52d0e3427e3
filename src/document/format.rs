//! The formats of clients' files.

use camino::Utf8Path;

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

    /// Returns the format of a file by its extension. All other files are JSON.
    pub fn of_file(path: &Utf8Path) -> Self {
        match path.extension() {
            Some("toml") => Self::Toml,
            Some("yaml" | "yml") => Self::Yaml,
            Some(_) | None => Self::Jsonc,
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

//! The file in which a client keeps its own sign-ins.

use crate::fields::{Fields, Shape, Table, field};

/// The fields of the column `sign-ins`.
pub static SIGN_INS: Table = Table {
    title: "`sign-ins`",
    fields: &[
        field("path", Shape::String, "The client's file with its own sign-ins."),
        field("key", Shape::String, "The key in the file whose value contains the sign-ins."),
        field("name", Shape::String, "The field of a sign-in with the name of the entry."),
        field("name-ends-at", Shape::String, "What follows the name of the entry in a key."),
        field("url", Shape::String, "The field of a sign-in with the URL of the server."),
        field("token", Shape::String, "The field with the access token."),
    ],
};

/// The file in which a client keeps the sign-ins that it does not share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInStore {
    /// The path, as in the client table.
    pub path: String,
    /// The key whose value contains the sign-ins. `None` if the whole file does.
    pub key: Option<String>,
    /// The field with the name of the entry. `None` if the key of the sign-in is the name.
    pub name: Option<String>,
    /// What follows the name of the entry in the key of a sign-in.
    pub name_ends_at: Option<String>,
    /// The field with the URL of the server, if there is one.
    pub url: Option<String>,
    /// The field with the access token, at any depth.
    pub token: String,
}

impl SignInStore {
    /// Reads the column. Returns `None` if it has no path.
    pub fn read(fields: Fields<'_>) -> Option<Self> {
        let text = |key: &str| fields.string(key).map(|at| at.value);
        Some(Self {
            path: text("path")?,
            key: text("key"),
            name: text("name"),
            name_ends_at: text("name-ends-at"),
            url: text("url"),
            token: text("token").unwrap_or_else(|| "access_token".to_owned()),
        })
    }
}

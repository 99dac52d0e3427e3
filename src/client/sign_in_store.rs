//! The file in which a client keeps its own sign-ins.

use crate::fields::{Fields, Shape, Table, field};

/// The fields of the column `sign-ins`.
pub static SIGN_INS: Table = Table {
    title: "`sign-ins`",
    fields: &[
        field("path", Shape::String, "The client's file with its own sign-ins."),
        field("key", Shape::String, "The key in the file whose value contains the sign-ins."),
    ],
};

/// The file in which a client keeps the sign-ins that it does not share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInStore {
    /// The path, as in the client table.
    pub path: String,
    /// The key whose value contains the sign-ins. `None` if the whole file does.
    pub key: Option<String>,
}

impl SignInStore {
    /// Reads the column. Returns `None` if it has no path.
    pub fn read(fields: Fields<'_>) -> Option<Self> {
        let text = |key: &str| fields.string(key).map(|at| at.value);
        Some(Self { path: text("path")?, key: text("key") })
    }
}

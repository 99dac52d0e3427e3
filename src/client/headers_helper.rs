//! How a client's entries name a program that prints the headers for a server.

use serde::Serialize;

use crate::fields::{Fields, Shape, Table, field};

/// The column `headers-helper` of a row.
pub(super) static HEADERS_HELPER: Table = Table {
    title: "`headers-helper`",
    fields: &[
        field(
            "field",
            Shape::String,
            "The field with the command that prints all headers as JSON.",
        ),
        field(
            "each",
            Shape::String,
            "The value of a header that a COMMAND prints, if there is no such field.",
        ),
        field("since", Shape::String, "The first version of the client in which this works."),
        field("once", Shape::Boolean, "Whether the client runs the command only when it connects."),
        field(
            "cleared",
            Shape::Boolean,
            "Whether the command gets only the variables in `passes`.",
        ),
        field(
            "own-sign-in-first",
            Shape::Boolean,
            "Whether the client uses its own sign-in, if it has one, in place of the command.",
        ),
    ],
    foreign: &[],
};

/// How a client's entries name a program that prints the headers for a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeadersHelper {
    /// Where the command is in an entry.
    pub place: HelperPlace,
    /// The first version of the client in which this works.
    pub since: Option<String>,
    /// Whether the client runs the command only when it connects.
    pub once: bool,
    /// Whether the command gets only the environment variables that the client passes to every server.
    pub cleared: bool,
    /// Whether the client uses its own sign-in, if it has one, in place of the command.
    pub own_sign_in_first: bool,
}

/// Where the command is in an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum HelperPlace {
    /// In this field. The command prints all headers as JSON.
    Field(String),
    /// In the value of each header, where `COMMAND` stands for the command that prints this value.
    Each(String),
}

impl HeadersHelper {
    /// Reads the column. Returns `None` if it does not say where the command is.
    pub(super) fn read(table: Fields<'_>) -> Option<Self> {
        let text = |name: &str| table.string(name).map(|at| at.value);
        let flag = |name: &str| table.boolean(name).unwrap_or(false);
        let field = text("field").map(HelperPlace::Field);
        Some(Self {
            place: field.or_else(|| text("each").map(HelperPlace::Each))?,
            since: text("since"),
            once: flag("once"),
            cleared: flag("cleared"),
            own_sign_in_first: flag("own-sign-in-first"),
        })
    }
}

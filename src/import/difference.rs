//! What clients have in different versions, and the versions that the user chose.

use std::collections::BTreeMap;

/// A value or a server that clients have in different versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportDifference {
    /// The name of the server, or `launch.` and the name of the field.
    pub name: String,
    /// For each version, the clients that have it, and its text in the declaration.
    pub versions: Vec<(String, String)>,
}

/// The versions that the user chose, by the name of the difference.
pub type ChosenVersions = BTreeMap<String, usize>;

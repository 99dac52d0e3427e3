//! What a server is validated against.

use std::collections::BTreeSet;

use super::identity_provider::IdentityProviders;
use crate::client::ClientTable;
use crate::fields::Spanned;
use crate::suggest::Suggest;

/// Holds what a server is validated against.
pub struct ValidationContext<'a> {
    /// The client table.
    pub table: &'a ClientTable,
    /// The clients of the declaration.
    pub clients: &'a [String],
    /// The name of the server.
    pub name: &'a Spanned<String>,
    /// The names of all declared servers.
    pub names: &'a BTreeSet<&'a str>,
    /// The identity providers.
    pub providers: &'a IdentityProviders,
    /// How commands are suggested.
    pub suggest: &'a Suggest,
    /// Whether servers without `via` have `via = "headers"`.
    pub via_headers: bool,
}

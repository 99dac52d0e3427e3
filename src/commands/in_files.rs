//! The servers in the clients' files, as `init`, `setup` and the first screen name them.

use camino::Utf8Path;

use super::{Failure, Invocation, declared_clients};
use crate::client::ClientTable;
use crate::doctor::on_this_machine;
use crate::overview::{OverviewInput, ServerOverview, overview};
use crate::survey::{FoundSection, survey_user};

/// Reads the user's file of every client on this machine.
pub fn sections<'t>(
    invocation: &Invocation<'_>,
    table: &'t ClientTable,
) -> Result<Vec<FoundSection<'t>>, Failure> {
    let env = invocation.env;
    let found = survey_user(table, &invocation.homes(table), env);
    let sections = found.map_err(|error| Failure::error(&error))?;
    Ok(on_this_machine(sections, &declared_clients(invocation), env))
}

/// Returns the servers in these files, as if nothing was declared.
pub fn undeclared<'a>(
    invocation: &'a Invocation<'_>,
    declaration: &'a Utf8Path,
    table: &'a ClientTable,
    sections: &'a [FoundSection<'a>],
) -> Vec<ServerOverview<'a>> {
    let env = invocation.env;
    overview(&OverviewInput { env, declaration, table, model: None, sections, ledger: None })
}

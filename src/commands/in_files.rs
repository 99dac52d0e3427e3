//! The servers in the clients' files, as `init`, `setup` and the first screen name them.

use super::{Failure, Invocation, declared_clients};
use crate::client::ClientTable;
use crate::doctor::on_this_machine;
use crate::overview::{OverviewInput, overview};
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

/// Returns the names of the servers.
pub fn names(invocation: &Invocation<'_>, table: &ClientTable) -> Result<Vec<String>, Failure> {
    let (env, declaration) = (invocation.env, invocation.declaration_path());
    let sections = sections(invocation, table)?;
    let servers = overview(&OverviewInput {
        env,
        declaration: &declaration,
        table,
        model: None,
        sections: &sections,
        ledger: None,
    });
    Ok(servers.into_iter().map(|server| server.name).collect())
}

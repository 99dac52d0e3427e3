//! The secrets that clients do not pass to the servers that they start.

use std::collections::BTreeMap;

use crate::apply::target::Prepared;
use crate::diagnostic::Diagnostic;
use crate::display::{list, printable};
use crate::launch::inherited::RequiredVariable;
use crate::render::{Rendered, UnpassedSecret};

/// Returns a warning for each such secret of the files of a plan.
pub fn warnings<'a>(targets: impl Iterator<Item = &'a Prepared<'a>>) -> Vec<Diagnostic> {
    diagnostics(targets.map(|target| &target.job.rendered), Diagnostic::warning)
}

/// Returns the titles of these warnings.
pub fn titles<'a>(targets: impl Iterator<Item = &'a Prepared<'a>>) -> Vec<String> {
    warnings(targets).iter().map(Diagnostic::title).collect()
}

/// Makes a diagnostic for each secret, with the clients that do not pass its variable.
pub fn diagnostics<'a>(
    rendered: impl Iterator<Item = &'a Rendered<'a>>,
    make: fn(String) -> Diagnostic,
) -> Vec<Diagnostic> {
    let mut found: BTreeMap<(&str, &RequiredVariable), Vec<&str>> = BTreeMap::new();
    for UnpassedSecret { client, server, variable } in rendered.flat_map(|one| &one.unpassed) {
        let titles = found.entry((server, variable)).or_default();
        // A client may have several homes.
        if !titles.contains(client) {
            titles.push(client);
        }
    }
    let one = |((server, variable), titles): ((&str, &RequiredVariable), Vec<&str>)| {
        let verb = if titles.len() == 1 { "does" } else { "do" };
        let [name, reference] = [&variable.name, &variable.reference].map(|text| printable(text));
        let title = format!(
            "{} {verb} not pass `{name}` to servers, so `{server}` cannot resolve `{reference}` there",
            list(&titles)
        );
        make(title).help(variable.remedy())
    };
    found.into_iter().map(one).collect()
}

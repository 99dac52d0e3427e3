//! Checks for entries of one name in several files that one client merges.

use super::input::DoctorInput;
use super::{Finding, Severity};
use crate::display::printable;
use crate::survey::{EntryScope, FoundEntry, FoundSection};

pub fn findings(input: &DoctorInput<'_>) -> Vec<Finding> {
    let mut found = vec![];
    for (at, section) in input.sections.iter().enumerate() {
        for earlier in input.sections[..at].iter().filter(|it| is_merged(it, section)) {
            for name in names(section).filter(|name| names(earlier).any(|it| it == *name)) {
                found.push(merged(input, name, [earlier, section]));
            }
        }
    }
    found
}

// An entry that has only a switch is the user's own choice.
fn names<'s>(section: &'s FoundSection<'_>) -> impl Iterator<Item = &'s String> {
    let entries = section.entries.as_ref().map(Vec::as_slice).unwrap_or_default();
    let decides = |entry: &&FoundEntry| section.client.decides_launch(&entry.value);
    entries.iter().filter(decides).map(|entry| &entry.name)
}

fn is_merged(one: &FoundSection<'_>, other: &FoundSection<'_>) -> bool {
    let named = |section: &FoundSection<'_>| matches!(section.scope, EntryScope::Directory(_));
    one.client.name == other.client.name
        && one.home == other.home
        && one.scope == other.scope
        && one.path != other.path
        && !named(one)
}

fn merged(input: &DoctorInput<'_>, name: &str, sections: [&FoundSection<'_>; 2]) -> Finding {
    let [one, other] = sections.map(|section| input.env.display(&section.path));
    let (name, title) = (printable(name), &sections[0].client.title);
    let cause = format!("`{name}` is in {one} and in {other}, and {title} mixes the two entries");
    let remedy = format!("remove `{name}` from one of the two files");
    Finding::new(Severity::Broken, "layers", cause, remedy)
}

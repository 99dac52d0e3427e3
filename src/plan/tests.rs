//! Tests of the plan of a file.

use serde_json::json;

use super::*;
use crate::client::ClientTable;
use crate::ledger::hashes;
use crate::render;

#[test]
fn an_entry_that_replaces_two_has_the_other_fields_of_the_first() {
    let entry = |value: Value| value.as_object().unwrap().clone();
    let table = ClientTable::load(None).unwrap();
    let mut rendered = render::nothing(table.get("cursor").unwrap()).unwrap();
    let new = Arc::new(DesiredEntry::from(entry(json!({"command": "new"}))));
    rendered.entries.push(("new".to_owned(), new));
    for old in ["a", "b"] {
        rendered.replaces.insert(old.to_owned(), "new".to_owned());
    }
    let actual: Entries = [
        ("a".to_owned(), json!({"command": "a", "first": 1})),
        ("b".to_owned(), json!({"command": "b", "second": 2})),
    ]
    .into_iter()
    .collect();
    let plan = plan(&rendered, &actual, None, &CoOwners::default(), &Adopt::All);
    let put = plan.edits.iter().find_map(|edit| match edit {
        Edit::Put { name, entry } if name == "new" => Some(entry),
        Edit::Put { .. } | Edit::Set { .. } | Edit::Remove { .. } => None,
    });
    assert_eq!(**put.unwrap(), entry(json!({"command": "new", "first": 1})));
}

#[test]
fn only_entries_that_will_be_written_are_pending() {
    let entry = |command: &str| json!({"command": command}).as_object().unwrap().clone();
    let owned = |command| Owned { fields: Some(hashes(&entry(command))), pending: None };
    let table = ClientTable::load(None).unwrap();
    let mut rendered = render::nothing(table.get("cursor").unwrap()).unwrap();
    for name in ["added", "kept", "theirs"] {
        rendered.entries.push((name.to_owned(), Arc::new(DesiredEntry::from(entry(name)))));
    }
    let actual = ["kept", "theirs", "removed"];
    let actual = actual.map(|name| (name.to_owned(), Value::Object(entry(name))));
    let ours = ["kept", "removed"].map(|name| (name.to_owned(), owned(name)));
    let ours = Target { entries: BTreeMap::from(ours), ..Target::default() };
    let actual: Entries = actual.into_iter().collect();
    let plan = plan(&rendered, &actual, Some(&ours), &CoOwners::default(), &Adopt::None);
    let mut pending = ours.entries.clone();
    pending
        .insert("added".to_owned(), Owned { fields: None, pending: Some(hashes(&entry("added"))) });
    // After a crash, an entry in this list is mcpgen's if the file contains it.
    assert_eq!(plan.pending, pending);
    assert_eq!(plan.steps["theirs"], Step::Theirs);
    assert_eq!(plan.steps["removed"], Step::Remove);
}

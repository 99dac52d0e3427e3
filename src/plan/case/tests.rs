//! Tests of the truth table.

use serde_json::json;

use super::*;
use crate::ledger;

fn entry(value: &Value) -> Entry {
    value.as_object().unwrap().clone()
}

fn owned(fields: Option<&Value>, pending: Option<&Value>) -> Owned {
    let hashes = |value: &Value| ledger::hashes(&entry(value));
    Owned { fields: fields.map(hashes), pending: pending.map(hashes) }
}

fn case<'a>(
    desired: Option<&'a DesiredEntry>,
    actual: Option<&'a Value>,
    owned: Option<&'a Owned>,
    switch: &'a Entry,
) -> Case<'a> {
    let spellings = FieldSpellings::common();
    let others = vec![];
    Case { desired, actual, owned, others, disabled: false, switch, replaced: false, spellings }
}

type Row<'a> = (&'a str, Option<&'a Value>, Option<&'a Value>, Option<&'a Owned>, bool, Step);

fn decides(rows: &[Row<'_>]) {
    for (what, desired, actual, owned, adopt, want) in rows {
        let desired = desired.map(|value| DesiredEntry::from(entry(value)));
        let replaced = what.starts_with("replaced");
        let switch = Entry::new();
        let case = Case { replaced, ..case(desired.as_ref(), *actual, *owned, &switch) };
        assert_eq!(case.decide(*adopt), *want, "{what}");
    }
}

#[test]
fn the_truth_table_holds_for_desired_entries() {
    let d = json!({"command": "new"});
    let newer = json!({"command": "newer"});
    let same = json!({"command": "new", "args": [], "disabled": true});
    let old = json!({"command": "old", "disabled": true});
    let as_old = owned(Some(&json!({"command": "old"})), None);
    let as_new = owned(Some(&d), None);
    let pending = owned(None, Some(&d));
    let odd = json!("text");
    let drift = |drift| Step::Replace { drift };
    decides(&[
        ("missing", Some(&d), None, None, false, Step::Add),
        ("ours, removed by someone", Some(&d), None, Some(&as_old), false, Step::Add),
        ("pending, never written", Some(&d), None, Some(&pending), false, Step::Add),
        ("equal and ours", Some(&d), Some(&same), Some(&as_new), false, Step::Keep),
        ("equal and pending", Some(&d), Some(&same), Some(&pending), false, Step::Keep),
        ("equal and theirs", Some(&d), Some(&same), None, false, Step::Theirs),
        ("equal, theirs, adopted", Some(&d), Some(&same), None, true, Step::Enter),
        ("differs as we wrote it", Some(&d), Some(&old), Some(&as_old), false, drift(false)),
        ("differs, someone edited", Some(&d), Some(&old), Some(&as_new), false, drift(true)),
        ("ours is not a map any more", Some(&d), Some(&odd), Some(&as_new), false, drift(true)),
        ("differs and theirs", Some(&d), Some(&old), None, false, Step::Conflict),
        ("differs, theirs, adopted", Some(&d), Some(&old), None, true, Step::Adopt),
        ("not a map and theirs", Some(&d), Some(&odd), None, false, Step::Conflict),
        (
            "pending, but someone else's",
            Some(&d),
            Some(&old),
            Some(&pending),
            false,
            Step::Conflict,
        ),
        (
            "pending was written, changed since",
            Some(&newer),
            Some(&d),
            Some(&pending),
            false,
            drift(false),
        ),
    ]);
}

#[test]
fn the_truth_table_holds_for_entries_that_are_not_desired() {
    let d = json!({"command": "new"});
    let old = json!({"command": "old", "disabled": true});
    let as_old = owned(Some(&json!({"command": "old"})), None);
    let as_new = owned(Some(&d), None);
    let pending = owned(None, Some(&d));
    decides(&[
        ("not desired, ours", None, Some(&old), Some(&as_old), false, Step::Remove),
        ("not desired, ours, edited", None, Some(&old), Some(&as_new), false, Step::Remove),
        ("not desired, pending was written", None, Some(&d), Some(&pending), false, Step::Remove),
        (
            "not desired, pending, someone else's",
            None,
            Some(&old),
            Some(&pending),
            false,
            Step::Forget,
        ),
        ("not desired, theirs", None, Some(&old), None, true, Step::Leave),
        ("replaced, theirs", None, Some(&old), None, false, Step::Conflict),
        ("replaced, theirs, adopting", None, Some(&old), None, true, Step::Remove),
        ("replaced, ours", None, Some(&old), Some(&as_old), false, Step::Remove),
        ("not desired, missing", None, None, Some(&as_old), false, Step::Forget),
    ]);
}

#[test]
fn an_added_launch_field_is_drift_and_is_removed_but_other_added_fields_stay() {
    let d = DesiredEntry::from(entry(&json!({"command": "c"})));
    let actual = json!({"command": "c", "env": {"A": "b"}, "autoApprove": ["x"]});
    let owned = Owned { fields: Some(ledger::hashes(&d)), pending: None };
    let switch = Entry::new();
    let case = case(Some(&d), Some(&actual), Some(&owned), &switch);
    let step = case.decide(false);
    assert_eq!(step, Step::Replace { drift: true });
    let table = crate::client::ClientTable::load(None).unwrap();
    let rendered = crate::render::nothing(table.get("cursor").unwrap()).unwrap();
    let Some(Edit::Set { set, unset, .. }) = case.edit("x", &step, &rendered) else { panic!() };
    assert_eq!((set, unset), (vec![], vec!["env".to_owned()]));
}

#[test]
fn our_names_of_variables_are_removed_and_those_of_the_user_stay() {
    let d = DesiredEntry::from(entry(&json!({"command": "c"})));
    let written = json!({"command": "c", "env_vars": ["A"]});
    let owned = Owned { fields: Some(ledger::hashes(&entry(&written))), pending: None };
    let surplus = |names: &Value| {
        let actual = json!({"command": "c", "env_vars": names});
        case(Some(&d), Some(&actual), Some(&owned), &Entry::new()).surplus(&d, &entry(&actual))
    };
    assert_eq!(surplus(&json!(["A"])), ["env_vars"]);
    assert_eq!(surplus(&json!(["A", "B"])), [""; 0]);
}

type SharedRow<'a> = (&'a str, Option<&'a Value>, &'a Value, Option<&'a Owned>, &'a Owned, Step);

fn decides_with_an_owner(rows: &[SharedRow<'_>], adopt: bool) {
    let switch = entry(&json!({"disabled": true}));
    for (what, desired, actual, owned, other, want) in rows {
        let desired = desired.map(|value| DesiredEntry::from(entry(value)));
        let alone = case(desired.as_ref(), Some(actual), *owned, &switch);
        let case = Case { others: vec![other], ..alone };
        assert_eq!(case.decide(adopt), *want, "{what}");
    }
}

#[test]
fn the_truth_table_holds_for_entries_of_several_owners() {
    let (old, new) = (json!({"command": "old"}), json!({"command": "new"}));
    let (as_old, as_new) = (owned(Some(&old), None), owned(Some(&new), None));
    let only_pending = owned(None, Some(&new));
    let off = json!({"command": "new", "disabled": true});
    let as_off = owned(Some(&off), None);
    let rows = [
        ("disabled by a co-owner", Some(&new), &off, None, &as_off, Step::Conflict),
        ("ours, disabled by a co-owner", Some(&new), &off, Some(&as_new), &as_off, Step::Conflict),
        ("disabled by the user", Some(&new), &off, None, &as_new, Step::Join),
        ("disabled by the user in ours", Some(&new), &off, Some(&as_new), &as_new, Step::Keep),
        ("enabled by the user", Some(&new), &new, None, &as_off, Step::Join),
        ("equal and theirs", Some(&new), &new, None, &as_new, Step::Join),
        ("equal and printed by merge", Some(&new), &new, None, &only_pending, Step::Join),
        ("differs and theirs", Some(&new), &old, None, &as_old, Step::Conflict),
        ("ours changed", Some(&new), &old, Some(&as_old), &as_old, Step::Conflict),
        ("edited", Some(&new), &old, Some(&as_new), &as_new, Step::Replace { drift: true }),
        ("theirs changed first", Some(&new), &new, Some(&as_old), &as_new, Step::Keep),
        ("not desired", None, &new, Some(&as_new), &as_new, Step::Release),
        ("not desired, never written", None, &old, Some(&as_old), &only_pending, Step::Remove),
    ];
    decides_with_an_owner(&rows, false);
    // What another owner wants is replaced only on request.
    let rows = [
        ("differs and theirs", Some(&new), &old, None, &as_old, Step::Adopt),
        ("ours changed", Some(&new), &old, Some(&as_old), &as_old, Step::Adopt),
        ("edited", Some(&new), &old, Some(&as_new), &as_new, Step::Replace { drift: true }),
    ];
    decides_with_an_owner(&rows, true);
}

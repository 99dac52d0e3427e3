//! The rows of tests/recognized, judged without a command. run.sh copies this file into a small crate.
use crate::secret::literal::{SecretVerdict, judge, judge_arguments, judge_named};

mod recognized {
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Verdict {
        Secret,
        Placeholder,
        Harmless,
    }
    pub mod rows;
    mod values;
}
use recognized::Verdict;
use recognized::rows::{Place, Row, rows};

fn verdict(row: &Row) -> Verdict {
    let value = row.value.as_str();
    let found = match row.place {
        Place::Env(name) | Place::Header(name) => vec![judge_named(name, value)],
        Place::Args => judge_arguments(&value.split(' ').collect::<Vec<_>>()),
        Place::Arg => judge_arguments(&[value]),
        Place::Url => vec![judge(value)],
    };
    match found.into_iter().max() {
        Some(SecretVerdict::Secret(_)) => Verdict::Secret,
        Some(SecretVerdict::Placeholder) => Verdict::Placeholder,
        Some(SecretVerdict::Harmless) | None => Verdict::Harmless,
    }
}

#[test]
fn every_row_is_judged() {
    let wrong: Vec<_> = rows()
        .into_iter()
        .filter(|row| verdict(row) != row.verdict)
        .map(|row| format!("{:?} {row:?}", verdict(&row)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

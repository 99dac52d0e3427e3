//! Finds the values of a server that contain placeholders which the server gets as they are.

use std::collections::BTreeMap;

use super::draft::LocalDraft;
use super::value::ArgumentDraft;
use super::value::DraftValue;
use crate::model::placeholders::{is_placeholder_argument, is_rejected};
use crate::secret::literal::{self, SecretVerdict};

/// Returns the places in a local server. A place with a secret is not among them.
pub fn of_local(local: &LocalDraft) -> Vec<String> {
    let args: Vec<String> = local.args.iter().map(ArgumentDraft::text).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let harmless = literal::judge_arguments(&args).into_iter().all(is_harmless);
    let mut places = of_values("env", &local.env);
    if harmless && args.iter().any(|arg| is_placeholder_argument(&local.command, &args, arg)) {
        places.push("args".to_owned());
    }
    places
}

/// Returns the places in headers.
pub fn of_headers(headers: &BTreeMap<String, DraftValue>) -> Vec<String> {
    of_values("headers", headers)
}

fn of_values(table: &str, values: &BTreeMap<String, DraftValue>) -> Vec<String> {
    let place = |(name, value): (&String, &DraftValue)| match value {
        DraftValue::Plain(text) if is_rejected(text) && is_harmless(literal::judge(text)) => {
            Some(format!("{table}.{name}"))
        }
        DraftValue::Plain(_)
        | DraftValue::Reference(_)
        | DraftValue::Secret(_)
        | DraftValue::Input(_)
        | DraftValue::Missing => None,
    };
    values.iter().filter_map(place).collect()
}

fn is_harmless(verdict: SecretVerdict) -> bool {
    verdict == SecretVerdict::Harmless
}

//! The results as JSON, for programs.

use serde_json::{Value, json};

use crate::display::clean;
use crate::verify::{DistinctLaunch, LaunchSignIn, VerifyResult, sign_in_files};

/// Returns the results as JSON.
pub fn rows(pairs: &[(&DistinctLaunch<'_>, &VerifyResult)]) -> Vec<Value> {
    pairs.iter().map(|(launch, result)| row(launch, result)).collect()
}

fn row(launch: &DistinctLaunch<'_>, result: &VerifyResult) -> Value {
    let verified = result.as_ref().and_then(|result| result.as_ref().ok());
    let unverified = result.as_ref().and_then(|result| result.as_ref().err());
    let outcome = match result {
        None => "not-verified",
        Some(Ok(_)) => "ok",
        Some(Err(_)) => "failed",
    };
    let files = sign_in_files(launch);
    let references = match &launch.sign_in {
        LaunchSignIn::References(references) => references.iter().map(|it| clean(it)).collect(),
        LaunchSignIn::Cache(_) | LaunchSignIn::Client | LaunchSignIn::None => vec![],
    };
    json!({
        "server": launch.server.name,
        "clients": launch.clients.iter().map(|client| &client.name).collect::<Vec<_>>(),
        "withheld": launch.withheld,
        "result": outcome,
        "tools": verified.map(|verified| verified.tools),
        "milliseconds": verified.map(|verified| verified.took.as_millis()),
        "key": files.map(|files| files.key().as_str()),
        "directory": files.map(|files| files.directory()),
        "references": references,
        "error": unverified.map(|unverified| unverified.error.code()),
        "message": unverified.map(|unverified| unverified.error.to_string()),
        "stderr": unverified.and_then(|unverified| unverified.stderr.as_ref()),
    })
}

//! Which revision a server speaks: `server/discover`, asked before anything else, and what its answer proves.

use serde_json::{Value, json};

use super::identity::ClientIdentity;
use super::{Action, Modern, VERSION, failure, shown};

const UNSUPPORTED_VERSION: i64 = -32022;
const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";
// The revisions that a client can be answered in.
const OLDER: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/// Says how to go on with a server.
#[derive(Debug)]
pub enum DiscoverOutcome {
    /// It speaks 2026-07-28. The steps are the answer to `initialize`, and asking for the stream of changes.
    Modern(Box<Modern>, Vec<Action>),
    /// Nothing says so: `initialize` goes out as it is.
    Legacy,
    /// It names the very revision that it was asked in: it is to be asked once more.
    Again,
    /// It speaks none that a bridge can be between; this is the client's answer.
    Incompatible(Value),
}

/// Makes the request that a server is asked first.
pub fn probe(initialize: &Value, id: &str) -> Value {
    ClientIdentity::of(initialize).request(&id.into(), "server/discover", json!({}))
}

/// Judges a server by its answer: the message that came, or an error of the relay's where none did.
///
/// `asked` is how often it has been asked. Only an answer that nobody else could give makes it one of 2026-07-28;
/// for all others `initialize` is the better question, which those that speak both revisions answer too.
pub fn judge(initialize: &Value, answer: &Value, asked: u32) -> DiscoverOutcome {
    if let Some(result) = answer.get("result") {
        return found(initialize, result);
    }
    if answer.pointer("/error/code").and_then(Value::as_i64) != Some(UNSUPPORTED_VERSION) {
        return DiscoverOutcome::Legacy;
    }
    let supported = versions(answer.pointer("/error/data/supported"));
    if !supported.contains(&VERSION) {
        elsewhere(initialize, &supported)
    } else if asked < 2 {
        DiscoverOutcome::Again
    } else {
        incompatible(initialize, &format!("it names {VERSION} and refuses to speak it"))
    }
}

fn found(initialize: &Value, result: &Value) -> DiscoverOutcome {
    let supported = versions(result.get("supportedVersions"));
    if supported.is_empty() || !result["capabilities"].is_object() {
        return DiscoverOutcome::Legacy;
    }
    if !supported.contains(&VERSION) {
        return elsewhere(initialize, &supported);
    }
    let mut modern = Modern::new(ClientIdentity::of(initialize), result.clone());
    let mut steps = vec![Action::ToClient(greeting(initialize, result))];
    steps.extend(modern.listen());
    DiscoverOutcome::Modern(Box::new(modern), steps)
}

// Revisions are dates: what is older has `initialize`.
fn elsewhere(initialize: &Value, supported: &[&str]) -> DiscoverOutcome {
    if supported.is_empty() || supported.iter().any(|version| *version < VERSION) {
        return DiscoverOutcome::Legacy;
    }
    let speaks = shown(&supported.join(", "));
    incompatible(initialize, &format!("it speaks {speaks}, and the bridge speaks {VERSION}"))
}

fn incompatible(initialize: &Value, why: &str) -> DiscoverOutcome {
    let why = format!("no revision of MCP is shared with the server: {why}");
    DiscoverOutcome::Incompatible(failure(&initialize["id"], super::UNCARRIED, &why))
}

fn versions(list: Option<&Value>) -> Vec<&str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Makes the answer to `initialize` that a server without it would have given.
pub fn greeting(initialize: &Value, discovered: &Value) -> Value {
    let asked = initialize.pointer("/params/protocolVersion").and_then(Value::as_str);
    let version = OLDER.into_iter().find(|known| Some(*known) == asked).unwrap_or(OLDER[0]);
    let named = |info: Option<&Value>| info.filter(|info| info["name"].is_string()).cloned();
    // Servers of the revision's drafts named themselves beside their capabilities.
    let info = named(discovered["_meta"].get(SERVER_INFO))
        .or_else(|| named(discovered.get("serverInfo")))
        .unwrap_or_else(|| json!({ "name": "remote server", "version": VERSION }));
    let mut result = json!({
        "protocolVersion": version,
        "capabilities": discovered["capabilities"],
        "serverInfo": info,
    });
    if let Some(instructions) = discovered.get("instructions").filter(|text| text.is_string()) {
        result["instructions"] = instructions.clone();
    }
    super::result(&initialize["id"], &result)
}

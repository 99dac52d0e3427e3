//! Finds out which revision a server speaks, from its response to `server/discover`, which is the first request.

use serde_json::{Value, json};

use super::identity::ClientIdentity;
use super::{Action, Modern, VERSION, failure, shown};

const UNSUPPORTED_VERSION: i64 = -32022;
const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";
// The revisions in which the bridge can respond to a client.
const OLDER: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/// How to continue with a server.
#[derive(Debug)]
pub enum DiscoverOutcome {
    /// The server speaks 2026-07-28. The actions respond to `initialize` and open the stream of changes.
    Modern(Box<Modern>, Vec<Action>),
    /// The server may speak an older revision: `initialize` is sent unchanged.
    Legacy,
    /// The server supports the revision of the request, but has refused it: the request is sent once more.
    Again,
    /// The server and the bridge have no common revision. The value is the response to the client.
    Incompatible(Value),
}

/// Makes the first request to a server, `server/discover`.
pub fn probe(initialize: &Value, id: &str) -> Value {
    ClientIdentity::of(initialize).request(&id.into(), "server/discover", json!({}))
}

/// Decides how to continue, from the server's response or, if there is none, from the error of the relay.
///
/// `asked` is the number of requests so far. A server counts as one of 2026-07-28 only if no other server could send
/// its response. All other servers get `initialize`, to which a server that speaks both revisions responds too.
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

// Revisions are dates, and older revisions have `initialize`.
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

/// Makes the response to `initialize` that a server of an older revision would send.
pub fn greeting(initialize: &Value, discovered: &Value) -> Value {
    let asked = initialize.pointer("/params/protocolVersion").and_then(Value::as_str);
    let version = OLDER.into_iter().find(|known| Some(*known) == asked).unwrap_or(OLDER[0]);
    let named = |info: Option<&Value>| info.filter(|info| info["name"].is_string()).cloned();
    // In drafts of this revision, the server's name was next to its capabilities.
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

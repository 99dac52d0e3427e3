//! Reads `server.json`, the format of the MCP registry
//! (<https://github.com/modelcontextprotocol/registry/blob/main/docs/reference/server-json/generic-server-json.md>).

use serde_json::{Map, Value, json};

use crate::commands::Failure;
use crate::diagnostic::Diagnostic;

/// A server of a registry, as an entry of a client.
pub struct RegistryServer {
    /// The last part of its name.
    pub name: String,
    /// The entry.
    pub entry: Value,
    /// The secrets that the server needs, as references to environment variables.
    pub secrets: Vec<(String, String)>,
}

/// Reads a server. Returns `None` if the text is not a `server.json`.
pub fn read(text: &str) -> Option<Result<RegistryServer, Failure>> {
    let root: Value = serde_json::from_str(text).ok()?;
    // The registry's API wraps it.
    let root = root.get("server").filter(|inner| inner.is_object()).unwrap_or(&root);
    let list = |key: &str| root.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let (remotes, packages) = (list("remotes"), list("packages"));
    if remotes.is_empty() && packages.is_empty() {
        return None;
    }
    let name = root.get("name").and_then(Value::as_str).unwrap_or_default();
    let name = server_name(name.rsplit('/').next().unwrap_or_default());
    let mut secrets = vec![];
    let found = remotes.iter().find_map(|remote| from_remote(remote, &mut secrets));
    let found = found.or_else(|| packages.iter().find_map(|it| from_package(it, &mut secrets)));
    Some(match found {
        Some(entry) => Ok(RegistryServer { name, entry, secrets }),
        None => {
            Err(Diagnostic::error("the server has neither a URL nor a package that can be started")
                .note("the known packages are those of npm, PyPI, NuGet and OCI")
                .help("add the server by the command that starts it")
                .into())
        }
    })
}

fn server_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    name.chars().map(plain).collect::<String>().trim_matches('-').to_owned()
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

fn from_remote(remote: &Value, secrets: &mut Vec<(String, String)>) -> Option<Value> {
    let kind = match text(remote, "type")? {
        "streamable-http" | "http" => "http",
        "sse" => "sse",
        _ => return None,
    };
    // A template has variables that only the user knows.
    let url = text(remote, "url").filter(|url| !url.contains('{'))?;
    let mut entry = json!({ "type": kind, "url": url });
    let headers = inputs(remote, "headers", secrets);
    if !headers.is_empty() {
        entry["headers"] = Value::Object(headers);
    }
    Some(entry)
}

fn from_package(package: &Value, secrets: &mut Vec<(String, String)>) -> Option<Value> {
    if text(package.get("transport")?, "type") != Some("stdio") {
        return None;
    }
    let (id, version) = (text(package, "identifier")?, text(package, "version"));
    let with = |mark: &str| version.map_or(id.to_owned(), |version| format!("{id}{mark}{version}"));
    let (program, mut args) = match text(package, "registryType")? {
        "npm" => ("npx", vec!["-y".to_owned(), with("@")]),
        "pypi" => ("uvx", vec![with("==")]),
        "nuget" => ("dnx", vec![with("@"), "--yes".to_owned()]),
        "oci" => ("docker", ["run", "-i", "--rm"].map(str::to_owned).to_vec()),
        _ => return None,
    };
    let env = inputs(package, "environmentVariables", secrets);
    if program == "docker" {
        let names = env.keys().cloned().chain(secrets.iter().map(|(name, _)| name.clone()));
        args.extend(names.flat_map(|name| ["-e".to_owned(), name]));
        args.extend(arguments(package, "runtimeArguments"));
        args.push(if id.contains(':') { id.to_owned() } else { with(":") });
    } else {
        let runtime = arguments(package, "runtimeArguments");
        let runtime =
            runtime.into_iter().filter(|argument| !["-y", "--yes"].contains(&argument.as_str()));
        args.splice(0..0, runtime);
    }
    args.extend(arguments(package, "packageArguments"));
    let mut entry = json!({ "command": program, "args": args });
    if !env.is_empty() {
        entry["env"] = Value::Object(env);
    }
    Some(entry)
}

fn arguments(package: &Value, key: &str) -> Vec<String> {
    let list = package.get(key).and_then(Value::as_array);
    let words = |argument: &Value| {
        let value = text(argument, "value").or(text(argument, "default"));
        match text(argument, "type") {
            Some("named") => {
                text(argument, "name").into_iter().chain(value).map(str::to_owned).collect()
            }
            Some(_) | None => value.map(str::to_owned).into_iter().collect::<Vec<String>>(),
        }
    };
    list.into_iter().flatten().flat_map(words).collect()
}

// Values that are known. A secret becomes a reference, and what the user has to set becomes a placeholder.
fn inputs(holder: &Value, key: &str, secrets: &mut Vec<(String, String)>) -> Map<String, Value> {
    let mut known = Map::new();
    for input in holder.get(key).and_then(Value::as_array).into_iter().flatten() {
        let Some(name) = text(input, "name") else { continue };
        let is = |flag: &str| input.get(flag).and_then(Value::as_bool).unwrap_or_default();
        if is("isSecret") {
            let variable: String = name
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
                .collect();
            secrets.push((name.to_owned(), format!("env:{variable}")));
        } else if let Some(value) = text(input, "value").or(text(input, "default")) {
            known.insert(name.to_owned(), json!(value));
        } else if is("isRequired") {
            known.insert(name.to_owned(), json!(format!("${{{name}}}")));
        }
    }
    known
}

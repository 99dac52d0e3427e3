//! Fields that users know from clients' files, and what a declaration has in their place.

use crate::fields::{FieldReplacement, ForeignField};

const fn renamed(name: &'static str, own: &'static str) -> ForeignField {
    ForeignField { name, replacement: FieldReplacement::Field(own) }
}

const fn explained(name: &'static str, help: &'static str) -> ForeignField {
    ForeignField { name, replacement: FieldReplacement::Help(help) }
}

const SECTION: &str = "declare each server in a table of its own: [servers.NAME]";
const TYPE: &str = "remove the line; for the older SSE: transport = \"sse\"";
const PER_CLIENT: &str = "it belongs to one client: extra.CLIENT = { … }";
const ALLOW: &str = "for all clients: tools = { allow = [\"TOOL\"] }";
const DENY: &str = "for all clients: tools = { deny = [\"TOOL\"] }";
const MILLISECONDS: &str = "in seconds: timeout = 60";

/// What users write at the top level.
pub const IN_DECLARATION: &[ForeignField] = &[
    explained("mcpServers", SECTION),
    explained("mcp_servers", SECTION),
    explained("mcp", SECTION),
    explained("context_servers", SECTION),
    explained("extensions", SECTION),
    explained("server", SECTION),
];

/// What users write in the table of a server.
pub const IN_SERVER: &[ForeignField] = &[
    renamed("httpUrl", "url"),
    renamed("serverUrl", "url"),
    renamed("uri", "url"),
    renamed("endpoint", "url"),
    renamed("cmd", "command"),
    renamed("program", "command"),
    renamed("arguments", "args"),
    renamed("environment", "env"),
    renamed("envs", "env"),
    renamed("working_directory", "cwd"),
    renamed("workingDirectory", "cwd"),
    renamed("http_headers", "headers"),
    renamed("tool_timeout_sec", "timeout"),
    renamed("startup_timeout_sec", "startup-timeout"),
    ForeignField { name: "disabled", replacement: FieldReplacement::Opposite("enabled") },
    renamed("active", "enabled"),
    explained("type", TYPE),
    explained("transportType", TYPE),
    explained("bearer_token_env_var", "auth = { token = \"env:NAME\" }"),
    explained("bearerTokenEnvVar", "auth = { token = \"env:NAME\" }"),
    explained("bearer_token", "auth = { token = \"keyring:NAME\" }"),
    explained("apiKey", "auth = { token = \"keyring:NAME\" }"),
    explained("env_http_headers", "secrets = { HEADER = \"env:NAME\" }"),
    explained("env_vars", "secrets = { NAME = \"env:NAME\" }"),
    explained("envFile", "secrets = { NAME = \"dotenv:PATH#NAME\" }"),
    explained("oauth", "auth = \"oauth\", or auth = { mode = \"oauth\", … }"),
    explained("includeTools", ALLOW),
    explained("enabled_tools", ALLOW),
    explained("excludeTools", DENY),
    explained("disabled_tools", DENY),
    explained("disabledTools", DENY),
    explained("startup_timeout_ms", "in seconds: startup-timeout = 20"),
    explained("requestTimeout", MILLISECONDS),
    explained("autoApprove", PER_CLIENT),
    explained("alwaysAllow", PER_CLIENT),
    explained("alwaysLoad", PER_CLIENT),
    explained("trust", PER_CLIENT),
    explained("description", "write it as a comment: # …"),
];

/// Returns whether users write a name for one of the fields of a server that say how it is reached.
pub fn is_reach(name: &str) -> bool {
    let is_it = |field: &&ForeignField| field.name == name;
    let reaches = |field: &ForeignField| {
        matches!(field.replacement, FieldReplacement::Field("command" | "url"))
    };
    IN_SERVER.iter().find(is_it).is_some_and(reaches)
}

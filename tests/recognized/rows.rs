//! The values with their verdicts. No token is written in full, since scanners would report it.

use super::Verdict::{self, Harmless, Placeholder, Secret};
use super::values::{
    HARMLESS_ARGUMENTS, HARMLESS_NAMES, HARMLESS_URLS, HARMLESS_VALUES, LOOK_ALIKES,
    PASSWORD_NAMES, PLACEHOLDERS, SECRET_ARGUMENTS, SECRET_NAMES,
};

/// Where a value is.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    Env(&'static str),
    Header(&'static str),
    /// Arguments, separated by spaces.
    Args,
    /// One argument.
    Arg,
    Url,
}

#[derive(Debug)]
pub struct Row {
    pub place: Place,
    pub value: String,
    pub verdict: Verdict,
    secret: Option<String>,
}

impl Row {
    /// The part that no output may show.
    pub fn secret(&self) -> &str {
        self.secret.as_deref().unwrap_or(&self.value)
    }
}

const PASSWORD: &str = "correct-Horse7";
const OPAQUE: &str = "q7Zk2mX9vB4nR8tL1pW6";
const OTHER: &str = "w5Ry8cT3hJ6sD1fG0kLz";

fn random(length: usize) -> String {
    "q7Zk2mX9vB4nR8tL1pW6dF3g".chars().cycle().take(length).collect()
}

fn hex(length: usize) -> String {
    "9f3b71c0a8e4d256".chars().cycle().take(length).collect()
}

pub fn rows() -> Vec<Row> {
    [named(), formed(), headers(), arguments(), urls()].into_iter().flatten().collect()
}

fn row(place: Place, value: impl Into<String>, verdict: Verdict) -> Row {
    Row { place, value: value.into(), verdict, secret: None }
}

fn secret(place: Place, value: String, secret: &str) -> Row {
    Row { place, value, verdict: Secret, secret: Some(secret.to_owned()) }
}

fn named() -> Vec<Row> {
    let mut rows = vec![];
    rows.extend(SECRET_NAMES.iter().map(|name| row(Place::Env(name), OPAQUE, Secret)));
    rows.extend(PASSWORD_NAMES.iter().map(|name| row(Place::Env(name), "hunter2", Secret)));
    rows.extend(HARMLESS_NAMES.iter().map(|name| row(Place::Env(name), OTHER, Harmless)));
    let flag = |name: &&str| row(Place::Args, format!("--{name} {OTHER}"), Harmless);
    rows.extend(HARMLESS_NAMES.iter().map(flag));
    let harmless = HARMLESS_VALUES.iter();
    rows.extend(harmless.map(|(name, value)| row(Place::Env(name), *value, Harmless)));
    let placeholders = PLACEHOLDERS.iter();
    rows.extend(placeholders.map(|(name, value)| row(Place::Env(name), *value, Placeholder)));
    rows
}

fn formed() -> Vec<Row> {
    let token = |(prefix, rest): (&str, String)| {
        secret(Place::Env("ANY"), format!("{prefix}{rest}"), &rest)
    };
    let mut rows: Vec<Row> = tokens().into_iter().map(token).collect();
    rows.extend(LOOK_ALIKES.iter().map(|value| row(Place::Env("ANY"), *value, Harmless)));
    rows.extend(LOOK_ALIKES.iter().map(|value| row(Place::Arg, *value, Harmless)));
    rows
}

fn headers() -> Vec<Row> {
    vec![
        secret(Place::Header("Authorization"), "Bearer abc7".to_owned(), "abc7"),
        row(Place::Header("X-API-Key"), OPAQUE, Secret),
        row(Place::Header("Cookie"), "sid=4f5Q9x8zz", Secret),
        row(Place::Header("Authorization"), "Bearer YOUR_TOKEN", Placeholder),
        row(Place::Header("X-API-Key"), "<api-key>", Placeholder),
        row(Place::Header("X-Team"), "acme", Harmless),
        row(Place::Header("Accept"), "text/event-stream", Harmless),
        row(Place::Header("X-Request-Id"), OTHER, Harmless),
    ]
}

fn arguments() -> Vec<Row> {
    let with = |form: &str| form.replace('@', PASSWORD).replace("%40", "@");
    let args = SECRET_ARGUMENTS.iter().map(|form| secret(Place::Args, with(form), PASSWORD));
    let arg = ["{\"apiKey\": \"@\"}", "{\"a\": {\"password\": \"@\"}}", "Authorization: Bearer @"];
    let arg = arg.into_iter().map(|form| secret(Place::Arg, with(form), PASSWORD));
    let harmless = HARMLESS_ARGUMENTS.iter().map(|form| row(Place::Args, *form, Harmless));
    args.chain(arg).chain(harmless).collect()
}

fn urls() -> Vec<Row> {
    let urls = secret_urls().into_iter();
    let secrets = urls.map(|(form, key)| secret(Place::Url, form.replace('@', &key), &key));
    let placeholders =
        ["https://a.example/mcp?api_key=YOUR_API_KEY", "https://a.example/mcp?token=<token>"];
    let placeholders = placeholders.into_iter().map(|url| row(Place::Url, url, Placeholder));
    let harmless = HARMLESS_URLS.iter().map(|url| row(Place::Url, *url, Harmless));
    secrets.chain(placeholders).chain(harmless).collect()
}

fn secret_urls() -> Vec<(&'static str, String)> {
    let key = random(32);
    let mut urls: Vec<(&str, String)> = [
        "https://a.example/mcp?tavilyApiKey=@",
        "https://a.example/mcp?exaApiKey=@&x=1",
        "https://a.example/mcp?token=@",
        "https://a.example/mcp?api_key=@",
        "https://hooks.slack.com/services/@",
        "https://discord.com/api/webhooks/123/@",
        "https://a.example/mcp/@/sse",
        "https://mcp.zapier.com/api/mcp/s/@/mcp",
        "https://f.azurewebsites.net/api?code=@",
        "https://a.blob.core.windows.net/c?sv=2024&sig=@",
    ]
    .map(|form| (form, key.clone()))
    .into();
    urls.push(("https://a.example/mcp?password=@", PASSWORD.to_owned()));
    urls
}

fn tokens() -> Vec<(&'static str, String)> {
    let mut tokens: Vec<(&str, String)> = [
        "ghp_",
        "gho_",
        "github_pat_",
        "gsk_",
        "tvly-",
        "figd_",
        "dckr_pat_",
        "xai-",
        "r8_",
        "pplx-",
        "sk-proj-",
        "sk-ant-",
        "sk_live_",
        "rk_live_",
        "glpat-",
        "hf_",
        "npm_",
        "ya29.",
        "whsec_",
        "ntn_",
        "lin_api_",
        "AIza",
        "SG.",
        "pypi-AgE",
        "nvapi-",
        "re_",
        "hvs.",
        "GOCSPX-",
        "ATATT3",
        "xoxb-",
        "xapp-",
    ]
    .map(|prefix| (prefix, random(64)))
    .into();
    let hexes =
        ["sbp_", "shpat_", "shpss_", "dop_v1_", "doo_v1_", "pul-", "rubygems_", "sntryu_", "dapi"];
    tokens.extend(hexes.map(|prefix| (prefix, hex(64))));
    tokens.push(("AKIA", "Q7ZK2MX9VB4NR8TL".to_owned()));
    tokens.push(("-----BEGIN RSA PRIVATE KEY-----\n", random(64)));
    tokens.push(("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.", random(43)));
    tokens
}

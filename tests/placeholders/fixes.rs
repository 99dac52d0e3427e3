//! What `check` says to write in place of a placeholder.

use super::helps;
use crate::case::{Case, Run};

fn check(case: &Case, server: &str) -> Run {
    case.put("mcp.toml", format!("clients = ['codex', 'zed']\n[servers.a]\n{server}\n"));
    case.run(&["check", "-f", "mcp.toml"])
}

#[test]
fn the_fix_for_a_placeholder_in_an_argument_passes_the_same_argument() {
    let keyring = "keep the whole argument in the keyring: ";
    for (argument, help) in [
        ("--token=${TOK}", "in its place: { secret = \"env:TOK\", prefix = \"--token=\" }"),
        ("$TOK", "in its place: { secret = \"env:TOK\" }"),
        (
            "db://a:${PW}@b/c",
            "in its place: { secret = \"env:PW\", prefix = \"db://a:\", suffix = \"@b/c\" }",
        ),
        ("--url=${API_URL:-https://a.example}", "in its place: \"--url=https://a.example\""),
        ("--token=${TOK:-x}", "in its place: { secret = \"env:TOK\", prefix = \"--token=\" }"),
        (
            "--key=${input:api-key}",
            "in its place: { secret = \"keyring:api-key\", prefix = \"--key=\" }",
        ),
        ("${HOME}/src", "in its place: \"~/src\""),
        ("${A}:${B}", &format!("{keyring}{{ secret = \"keyring:name\" }}")),
        ("--token=${A}Hunter2Hunter2", &format!("{keyring}{{ secret = \"keyring:name\" }}")),
    ] {
        let case = Case::in_memory();
        let run = check(&case, &format!("command = 'x'\nargs = ['{argument}']"));
        assert_eq!(helps(&run.err).first(), Some(&help), "{argument}\n{}", run.err);
        let (_, typed) = help.split_once(": ").unwrap();
        let fixed = check(&case, &format!("command = 'x'\nargs = [{typed}]"));
        assert_eq!(fixed.code, 0, "{argument}\n{}", fixed.err);
    }
}

#[test]
fn the_fix_for_a_token_in_a_header_keeps_its_scheme() {
    for (header, value, help) in [
        (
            "X-Auth",
            "Bearer ${T}",
            "auth = { token = \"env:T\", header = \"X-Auth\", scheme = \"Bearer\" }",
        ),
        ("Authorization", "bearer ${T}", "auth = { token = \"env:T\" }"),
        ("X-Auth", "${T}", "secrets = { X-Auth = \"env:T\" }"),
        (
            "X-Auth",
            "Token ${T}",
            "keep the whole value in the keyring: secrets = { X-Auth = \"keyring:x-auth\" }",
        ),
    ] {
        let case = Case::in_memory();
        let url = "url = 'https://a.example/mcp'\n";
        let run = check(&case, &format!("{url}headers = {{ {header} = '{value}' }}"));
        assert_eq!(helps(&run.err).first(), Some(&help), "{header}: {value}\n{}", run.err);
        let typed = help.strip_prefix("keep the whole value in the keyring: ").unwrap_or(help);
        let fixed = check(&case, &format!("{url}{typed}"));
        assert_eq!(fixed.code, 0, "{typed}\n{}", fixed.err);
    }
    let run = check(&Case::in_memory(), "command = 'x'\nenv = { A = 'Bearer ${T}' }");
    let help = "keep the whole value in the keyring: secrets = { A = \"keyring:a\" }";
    assert_eq!(helps(&run.err).first(), Some(&help), "{}", run.err);
}

#[test]
fn a_secret_in_a_url_is_not_to_be_written_in_place_of_its_placeholder() {
    let case = Case::in_memory();
    let run = check(&case, "url = 'https://a.example/mcp?api_key=${KEY}'");
    let help = "to pass it in a header: secrets = { NAME = \"env:KEY\" }";
    assert_eq!(helps(&run.err).first(), Some(&help), "{}", run.err);
    let run = check(&case, "url = 'https://${HOST}/mcp'");
    assert_eq!(helps(&run.err).first(), Some(&"write the value in place of `${HOST}`"));
}

#[test]
fn every_bridge_replaces_the_variables_in_its_arguments() {
    for (command, args) in [
        ("mcpgen", "'bridge', 'https://a.example'"),
        ("/opt/bin/mcpgen", "'bridge', 'https://a.example'"),
        ("npx", "'-y', 'mcp-remote@0.1.38', 'https://a.example'"),
        ("npx", "'--package=mcp-remote', 'mcp-remote-client', 'https://a.example'"),
        ("node", "'/opt/mcp-remote/dist/proxy.js', 'https://a.example'"),
        ("C:\\mcp-remote.cmd", "'https://a.example'"),
    ] {
        let server = |rest: &str| format!("command = '{command}'\nargs = [{args}, {rest}]");
        let run = check(&Case::in_memory(), &server("'--header', 'X-A: ${FOO}'"));
        assert_eq!(run.code, 0, "{command}\n{}", run.err);
        let run = check(&Case::in_memory(), &server("'--header', 'X-A: $FOO'"));
        assert_eq!(run.code, 1, "{command} does not replace it");
    }
    let run = check(&Case::in_memory(), "command = 'mcpgen'\nargs = ['exec', '${FOO}']");
    assert_eq!(run.code, 1, "{}", run.err);
}

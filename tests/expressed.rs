//! A client gets exactly the optional fields that its row lists in `expresses`, also if its template has all of them.

use serde_json::Value;

use crate::case::Case;

const OPTIONS: [&str; 5] = ["cwd", "timeout", "startup-timeout", "allow", "deny"];
const DECLARATION: &str = r#"clients = ["acme"]
[servers.one]
command = "one"
cwd = "/srv"
timeout = 90
startup-timeout = 40
tools = { allow = ["read"], deny = ["delete"] }
"#;

/// The optional fields in the entry of a client that expresses some of them.
fn fields(expresses: &[&str]) -> Vec<&'static str> {
    let optional: String = OPTIONS
        .iter()
        .map(|option| {
            let field = option.replace('-', "_");
            format!("{{% if s.{field} %}}\"{option}\": {{{{ s.{field} }}}},{{% endif %}}")
        })
        .collect();
    let template = format!(
        "{{ \"servers\": {{ {{% for s in servers %}} {{{{ s.name }}}}: {{ \"command\": {{{{ s.command }}}}, \
         \"args\": {{{{ s.args }}}}, {optional} }}, {{% endfor %}} }} }}"
    );
    let row = format!(
        "[acme]\ntitle = 'Acme'\npath = '~/acme.json'\nsection = 'servers'\ntemplate = 'acme.jsonc.j2'\n\
         accepts = ['stdio']\nexpresses = {expresses:?}\n"
    );
    let case = Case::new()
        .declare(DECLARATION)
        .write(".config/mcpgen/templates/clients.toml", row)
        .write(".config/mcpgen/templates/acme.jsonc.j2", template);
    case.ok(&["apply"]);
    let file: Value = serde_json::from_str(&case.read("acme.json")).unwrap();
    let entry = &file["servers"]["one"];
    OPTIONS.into_iter().filter(|option| entry.get(option).is_some()).collect()
}

#[test]
fn an_entry_has_no_optional_field_that_the_client_does_not_express() {
    assert_eq!(fields(&[]), Vec::<&str>::new());
    assert_eq!(fields(&OPTIONS), OPTIONS);
    for option in OPTIONS {
        assert_eq!(fields(&[option]), [option]);
    }
}

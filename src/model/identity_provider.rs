//! Validates `[idp]`: the identity providers at which people sign in for several servers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::grant::Grant;
use super::oauth::build_oauth;
use super::server::IdentityProvider;
use super::url::{self, UrlError};
use super::{literal_secrets, rules};
use crate::declaration::{Declaration, DeclarationErrors};
use crate::fields::{Fields, Spanned};
use crate::similar::similar_name;

/// The identity providers of a declaration by name. One with errors is `None`.
pub type IdentityProviders = BTreeMap<String, Option<Arc<IdentityProvider>>>;

/// Validates the identity providers whose name is `wanted`.
pub fn build_all(
    declaration: &Declaration,
    wanted: &dyn Fn(&str) -> bool,
    errors: &mut DeclarationErrors,
) -> IdentityProviders {
    let Some(all) = declaration.fields().table("idp") else { return BTreeMap::new() };
    let servers = declaration.servers();
    let mut found = BTreeMap::new();
    for key in all.keys().filter(|key| wanted(key)) {
        let Some(table) = all.table(key) else { continue };
        let span = all.key_span(key).unwrap_or_default();
        let name = Spanned { value: key.to_owned(), span };
        let good = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if !key.starts_with(|c: char| c.is_ascii_alphabetic()) || !key.chars().all(good) {
            let title = format!("{} is not a name", rules::quoted(key));
            errors.at(&name, title, "a name has ASCII letters, digits and `-`");
        }
        if servers.iter().any(|(server, _)| server.value == key) {
            let title = format!("`{key}` is also the name of a server");
            errors
                .at(&name, title, "commands would not know which of the two is meant")
                .add_help("rename the identity provider");
        }
        found.insert(key.to_owned(), build(&name, table, errors).map(Arc::new));
    }
    found
}

fn build(
    name: &Spanned<String>,
    table: Fields<'_>,
    errors: &mut DeclarationErrors,
) -> Option<IdentityProvider> {
    for field in table.keys().filter(|field| !["client-secret", "id-token"].contains(field)) {
        if let Some(text) = table.string(field) {
            literal_secrets::no_secret(&format!("idp.{}.{field}", name.value), &text, errors);
        }
    }
    for (field, line) in
        [("issuer", "issuer = \"https://HOST\""), ("client-id", "client-id = \"ID\"")]
    {
        if table.key_span(field).is_none() && errors.complete {
            let title = format!("`{}` has no `{field}`", name.value);
            errors.at(name, title, "an identity provider needs one").add_help(line);
        }
    }
    if let Some(scope) = table.string("scope").filter(|at| !has_openid(&at.value)) {
        errors
            .at(&scope, "`scope` does not contain `openid`", "the provider would issue no ID token")
            .add_help("scope = \"openid offline_access\"");
    }
    let is_plain = |url: &str| matches!(url::validate(url), Err(UrlError::PlainHttp));
    if let Some(issuer) = table.string("issuer").filter(|at| is_plain(&at.value)) {
        errors
            .at(&issuer, "`issuer` is not an https URL", "others could read the sign-in")
            .add_help("write https://HOST, exactly as the metadata of the provider has it");
    }
    let device = table.boolean("device") == Some(true);
    let oauth = build_oauth(table, if device { Grant::Device } else { Grant::Browser }, errors);
    let id_token = table.string("id-token");
    Some(IdentityProvider {
        name: name.value.clone(),
        issuer: oauth.issuer.clone()?,
        client_id: oauth.client_id.clone()?,
        id_token: id_token.and_then(|at| rules::reference("idp.id-token", &at, errors)),
        oauth,
    })
}

fn has_openid(scope: &str) -> bool {
    scope.split(' ').any(|word| word == "openid")
}

/// Finds the identity provider that `auth` names.
pub fn find(
    table: Fields<'_>,
    providers: &IdentityProviders,
    errors: &mut DeclarationErrors,
) -> Option<Arc<IdentityProvider>> {
    let Some(name) = table.string("idp") else {
        if let Some(mode) = table.key_span("mode").filter(|_| errors.complete) {
            let title = "`mode = \"enterprise\"` needs an `idp`";
            errors.at_span(mode, title, "no `idp`").add_help("idp = \"NAME\"");
        }
        return None;
    };
    let found = providers.get(&name.value);
    if found.is_none() && errors.complete {
        let names = providers.keys().map(String::as_str);
        let similar = similar_name("an identity provider", &name.value, names);
        let help = similar.unwrap_or_else(|| {
            format!("declare it: [idp.{}], with `issuer` and `client-id`", name.value)
        });
        let title = format!("the identity provider {} is not declared", rules::quoted(&name.value));
        errors.at(&name, title, "not in [idp]").add_help(help);
    }
    found.cloned().flatten()
}

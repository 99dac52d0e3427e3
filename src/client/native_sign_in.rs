//! How a client's entries describe the sign-in that the client does itself.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::fields::{Field, Fields, Shape, Table, field};

/// A setting of a sign-in, in the form that an entry has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInSetting {
    /// The id of a pre-registered OAuth client.
    ClientId,
    /// The scope in one string.
    Scope,
    /// The scope as a list.
    Scopes,
    /// The resource indicator.
    Resource,
    /// The issuer of the authorization server.
    Issuer,
    /// The URL of a client metadata document.
    ClientMetadataUrl,
    /// The port of the redirect URL.
    Port,
    /// The whole redirect URL.
    RedirectUrl,
}

/// The settings in the order of the columns.
pub const SIGN_IN_SETTINGS: [SignInSetting; 8] = [
    SignInSetting::ClientId,
    SignInSetting::Scope,
    SignInSetting::Scopes,
    SignInSetting::Resource,
    SignInSetting::Issuer,
    SignInSetting::ClientMetadataUrl,
    SignInSetting::Port,
    SignInSetting::RedirectUrl,
];

const FIELDS: &[Field] = &[
    field("client-id", Shape::String, "The field with the id of the OAuth client."),
    field("scope", Shape::String, "The field with the scope, which is one string."),
    field("scopes", Shape::String, "The field with the scope, which is a list of strings."),
    field("resource", Shape::String, "The field with the resource indicator."),
    field("issuer", Shape::String, "The field with the issuer of the authorization server."),
    field(
        "client-metadata-url",
        Shape::String,
        "The field with the URL of a client metadata document.",
    ),
    field("port", Shape::String, "The field with the port of the redirect URL."),
    field("redirect-url", Shape::String, "The field with the whole redirect URL."),
    field("always", Shape::Open, "Fields that an entry with a sign-in always has."),
    field(
        "enterprise",
        Shape::Open,
        "Fields of an entry whose server accepts the identity of a person (enterprise-managed authorization).",
    ),
    field("redirects", Shape::Strings, "The redirect URLs of the client, if they are fixed."),
    field(
        "without-headers",
        Shape::Boolean,
        "Whether the client rejects an entry with both headers and these fields.",
    ),
];

/// The column `sign-in` of a row.
pub(super) static SIGN_IN: Table = Table { title: "`sign-in`", fields: FIELDS, foreign: &[] };

/// The fields of a client's own sign-in.
#[derive(Debug, Clone)]
pub struct NativeSignIn {
    /// The fields that an entry with a sign-in always has.
    pub always: Map<String, Value>,
    /// The fields of an entry whose server accepts the identity of a person; empty if the client does not support it.
    pub enterprise: Map<String, Value>,
    /// The redirect URLs of the client, if they are fixed.
    pub redirects: Vec<String>,
    /// Whether the client rejects an entry with both headers and these fields.
    pub without_headers: bool,
    paths: Vec<(SignInSetting, Vec<String>)>,
}

impl NativeSignIn {
    /// Reads the column.
    pub(super) fn read(table: Fields<'_>) -> Self {
        let path = |(setting, field): (SignInSetting, &Field)| {
            let path = table.string(field.name)?.value;
            Some((setting, path.split('.').map(str::to_owned).collect()))
        };
        let redirects = table.strings("redirects").map(|list| list.value).unwrap_or_default();
        let open = |name: &str| {
            let fields = table.node(name).and_then(|node| node.to_value().as_object().cloned());
            fields.unwrap_or_default()
        };
        Self {
            always: open("always"),
            enterprise: open("enterprise"),
            redirects: redirects.into_iter().map(|at| at.value).collect(),
            without_headers: table.boolean("without-headers").unwrap_or(false),
            paths: SIGN_IN_SETTINGS.into_iter().zip(FIELDS).filter_map(path).collect(),
        }
    }

    /// Returns the keys that lead to a setting, if the client has it.
    pub fn path(&self, setting: SignInSetting) -> Option<&[String]> {
        self.paths.iter().find(|(known, _)| *known == setting).map(|(_, path)| path.as_slice())
    }

    /// Returns the fields of an entry that contain these settings.
    pub fn roots(&self) -> BTreeSet<&str> {
        let of_settings = self.paths.iter().filter_map(|(_, path)| path.first());
        of_settings.chain(self.always.keys()).map(String::as_str).collect()
    }
}

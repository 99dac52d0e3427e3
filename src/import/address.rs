//! Reads an entry with a URL as a remote server.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::draft::{DraftReach, DraftSignIn, HiddenTools, OAuthDraft, RemoteDraft};
use super::header::DraftHeaders;
use super::note::NoteReason;
use super::value::{DraftValue, ValueReader};
use crate::client::{EntryPart, FieldRole, FieldSpellings, Transport};
use crate::model::url::{self, UrlError};

/// Reads an entry.
///
/// # Errors
/// Fails if the client replaces a part of a value that a declaration cannot express.
pub fn read(
    url: &str,
    (transport, literal): (Option<Transport>, &BTreeMap<String, String>),
    (fields, spellings): (&Map<String, Value>, &FieldSpellings),
    own_sign_in: Option<OAuthDraft>,
    reader: &mut ValueReader<'_>,
) -> Result<DraftReach, NoteReason> {
    let url = &reader.text(EntryPart::Url, "url", url)?;
    let mut headers = DraftHeaders::default();
    for (name, text) in literal {
        headers.add(name, text, reader)?;
    }
    let variables = spellings.all(FieldRole::HeaderVariables, fields);
    for (name, variable) in variables.filter_map(|(_, value)| value.as_object()).flatten() {
        headers.add_variable(name, variable.as_str().unwrap_or_default());
    }
    for (_, variable) in spellings.all(FieldRole::TokenVariable, fields) {
        headers.bearer = variable.as_str().map(DraftValue::variable).or(headers.bearer);
    }
    let sign_in = match headers.bearer.take() {
        Some(token) => DraftSignIn::Token(token, BTreeMap::new()),
        None => own_sign_in.map_or(DraftSignIn::None, DraftSignIn::OAuth),
    };
    let via = matches!(sign_in, DraftSignIn::OAuth(_)).then_some("client");
    let allow_http = url::validate(url) == Err(UrlError::PlainHttp);
    let (url, sse) = (url.to_owned(), transport == Some(Transport::Sse));
    Ok(DraftReach::Remote(RemoteDraft {
        url,
        sse,
        allow_http,
        headers,
        sign_in,
        via,
        tools: HiddenTools::default(),
    }))
}

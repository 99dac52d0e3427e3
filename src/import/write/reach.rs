//! Writes the fields that say how a server is reached.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{DeclarationField, DeclarationWriter};
use crate::import::draft::{DraftSignIn, LocalDraft, RemoteDraft};
use crate::import::plain;
use crate::import::secret_names::SecretSource;
use crate::import::value::ArgumentDraft;
use crate::import::value::DraftValue;

impl DeclarationWriter<'_> {
    /// Writes the fields of a local server.
    pub fn local(&mut self, server: &str, local: &LocalDraft) {
        self.field("command", &DeclarationField::One(json!(local.command)));
        if !local.args.is_empty() {
            self.arguments(server, &local.args);
        }
        self.held(server, "env", &local.env);
        if let Some(cwd) = &local.cwd {
            self.field("cwd", &DeclarationField::One(json!(cwd)));
        }
        self.plain(&plain::of_local(local));
    }

    // If a secret has two references, the user keeps one of two lists.
    fn arguments(&mut self, server: &str, args: &[ArgumentDraft]) {
        let values = |argument: &ArgumentDraft| {
            let values = self.values(server, &argument.name, &argument.value);
            let text = |value| {
                let mut table = Map::new();
                let (prefix, suffix) = (json!(argument.prefix), json!(argument.suffix));
                let around = [("secret", value), ("prefix", prefix), ("suffix", suffix)];
                table.extend(around.map(|(name, value)| (name.to_owned(), value)));
                table.retain(|_, value| *value != "");
                Value::Object(table)
            };
            match argument.value.is_hidden() {
                true => values.into_iter().map(text).collect(),
                false => values,
            }
        };
        let args: Vec<Vec<Value>> = args.iter().map(values).collect();
        let versions = args.iter().map(Vec::len).max().unwrap_or_default();
        let version = |at: usize| {
            args.iter().filter_map(|values| values.get(at).or(values.last())).cloned().collect()
        };
        self.alternatives("args", &(0..versions).map(version).collect::<Vec<Value>>());
    }

    /// Writes the fields of a remote server.
    pub fn remote(&mut self, server: &str, remote: &RemoteDraft) {
        self.field("url", &DeclarationField::One(json!(remote.url)));
        if remote.sse {
            self.field("transport", &DeclarationField::One(json!("sse")));
        }
        if remote.allow_http {
            self.field("allow-http", &DeclarationField::One(json!(true)));
        }
        self.sign_in(server, &remote.sign_in);
        if let Some(via) = remote.via {
            self.field("via", &DeclarationField::One(json!(via)));
        }
        self.held(server, "headers", &remote.headers.others);
        self.plain(&plain::of_headers(&remote.headers.others));
    }

    // The values with placeholders that the server gets as they are.
    fn plain(&mut self, places: &[String]) {
        if !places.is_empty() {
            self.field("plain", &DeclarationField::One(json!(places)));
        }
    }

    fn sign_in(&mut self, server: &str, sign_in: &DraftSignIn) {
        let text = |(name, text): (&&str, &String)| ((*name).to_owned(), vec![json!(text)]);
        let fields = match sign_in {
            DraftSignIn::None => return,
            DraftSignIn::Token(token, texts) => {
                let token = ("token".to_owned(), self.values(server, "token", token));
                std::iter::once(token).chain(texts.iter().map(text)).collect()
            }
            DraftSignIn::OAuth(oauth) => {
                let mut values = oauth.values.clone();
                let mode = values.remove("mode").unwrap_or_else(|| json!("oauth"));
                let mut fields = vec![("mode".to_owned(), vec![mode])];
                let values = values.into_iter();
                fields.extend(values.map(|(name, value)| (name.to_owned(), vec![value])));
                fields.extend(oauth.port.map(|port| ("port".to_owned(), vec![json!(port)])));
                let proofs =
                    [("client-secret", &oauth.client_secret), ("private-key", &oauth.private_key)];
                for (name, proof) in proofs {
                    if let Some(proof) = proof {
                        fields.push((name.to_owned(), self.values(server, name, proof)));
                    }
                }
                if !oauth.authorize_params.is_empty() {
                    let params = json!(oauth.authorize_params);
                    fields.push(("authorize-params".to_owned(), vec![params]));
                }
                if fields == [("mode".to_owned(), vec![json!("oauth")])] {
                    return self.field("auth", &DeclarationField::One(json!("oauth")));
                }
                fields
            }
        };
        self.field("auth", &DeclarationField::Table(fields));
    }

    // Writes literal values in the table `name`, and references in `secrets`.
    fn held(&mut self, server: &str, name: &str, held: &BTreeMap<String, DraftValue>) {
        let (hidden, plain): (Vec<_>, Vec<_>) = held.iter().partition(|(_, it)| it.is_hidden());
        for (name, held) in [(name, plain), ("secrets", hidden)] {
            let pair =
                |(key, it): (&String, &DraftValue)| (key.clone(), self.values(server, key, it));
            let pairs = held.into_iter().map(pair).collect();
            self.table(name, pairs);
        }
    }

    /// Writes a field once for each of its values. If there are several, the user keeps one of them.
    pub fn alternatives(&mut self, name: &str, values: &[Value]) {
        if let [first, _, ..] = values {
            self.decisions += 1;
            let what = if first.is_array() { "list" } else { "line" };
            self.line(&format!("# to decide: where is this secret kept? Keep one {what}."));
        }
        for value in values {
            self.field(name, &DeclarationField::One(value.clone()));
        }
    }

    fn references(&mut self, server: &str, field: &str, source: &SecretSource) -> Vec<Value> {
        let references = self.keeper.references(server, field, source);
        references.into_iter().map(Value::String).collect()
    }

    fn values(&mut self, server: &str, field: &str, held: &DraftValue) -> Vec<Value> {
        match held {
            DraftValue::Plain(text) | DraftValue::Reference(text) => vec![json!(text)],
            DraftValue::Secret(secret) => {
                self.references(server, field, &SecretSource::File(secret.clone()))
            }
            DraftValue::Input(input) => {
                self.references(server, field, &SecretSource::Input(input.clone()))
            }
            // No other value is the same secret.
            DraftValue::Missing => {
                self.references(server, field, &SecretSource::Input(format!("{server} {field}")))
            }
        }
    }
}

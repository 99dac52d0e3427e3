//! How a server is reached, as fields.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Field, Writer};
use crate::import::draft::{Local, Remote, SignIn};
use crate::import::header::Held;

impl Writer<'_> {
    /// Writes how a program is reached.
    pub fn local(&mut self, server: &str, local: &Local) {
        self.field("command", &Field::One(json!(local.command)));
        if !local.args.is_empty() {
            self.field("args", &Field::One(json!(local.args)));
        }
        self.held(server, "env", &local.env);
        if let Some(cwd) = &local.cwd {
            self.field("cwd", &Field::One(json!(cwd)));
        }
    }

    /// Writes how an address is reached.
    pub fn remote(&mut self, server: &str, remote: &Remote) {
        self.field("url", &Field::One(json!(remote.url)));
        if remote.sse {
            self.field("transport", &Field::One(json!("sse")));
        }
        self.sign_in(server, &remote.sign_in);
        if let Some(via) = remote.via {
            self.field("via", &Field::One(json!(via)));
        }
        self.held(server, "headers", &remote.headers.others);
    }

    fn sign_in(&mut self, server: &str, sign_in: &SignIn) {
        let text = |(name, text): (&&str, &String)| ((*name).to_owned(), vec![json!(text)]);
        let fields = match sign_in {
            SignIn::None => return,
            SignIn::Token(token, texts) => {
                let token = ("token".to_owned(), self.values(server, "token", token));
                std::iter::once(token).chain(texts.iter().map(text)).collect()
            }
            SignIn::OAuth(oauth) => {
                let mut fields = vec![("mode".to_owned(), vec![json!("oauth")])];
                fields.extend(oauth.texts.iter().map(text));
                fields.extend(oauth.port.map(|port| ("port".to_owned(), vec![json!(port)])));
                if let Some(secret) = &oauth.client_secret {
                    let values = self.values(server, "client-secret", secret);
                    fields.push(("client-secret".to_owned(), values));
                }
                if !oauth.authorize_params.is_empty() {
                    let params = json!(oauth.authorize_params);
                    fields.push(("authorize-params".to_owned(), vec![params]));
                }
                if fields.len() == 1 {
                    return self.field("auth", &Field::One(json!("oauth")));
                }
                fields
            }
        };
        self.field("auth", &Field::Table(fields));
    }

    // Plain values in a table of this name, the others in `secrets`.
    fn held(&mut self, server: &str, name: &str, held: &BTreeMap<String, Held>) {
        let (hidden, plain): (Vec<_>, Vec<_>) = held.iter().partition(|(_, it)| it.is_hidden());
        for (name, held) in [(name, plain), ("secrets", hidden)] {
            let pair = |(key, it): (&String, &Held)| (key.clone(), self.values(server, key, it));
            let pairs = held.into_iter().map(pair).collect();
            self.table(name, pairs);
        }
    }

    fn values(&mut self, server: &str, field: &str, held: &Held) -> Vec<Value> {
        match held {
            Held::Plain(text) | Held::Reference(text) => vec![json!(text)],
            Held::Secret(secret) => {
                let references = self.keeper.references(server, field, secret);
                references.into_iter().map(Value::String).collect()
            }
        }
    }
}

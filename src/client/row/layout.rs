//! Another layout of a client's file.

use std::sync::OnceLock;

use camino::Utf8Path;

use super::super::columns::OTHER_LAYOUT;
use super::values::{key_paths, open, strings};
use super::{Client, Fields, NativeSignIn, RowReader, Section};

impl RowReader<'_> {
    /// Reads the other layout, and returns the client with the columns of this layout.
    pub fn other_layout(
        &mut self,
        client: Option<&Client>,
        user_directory: Option<&Utf8Path>,
    ) -> Option<Box<Client>> {
        let fields = self.fields.table("other-layout")?;
        let template = fields.string("template");
        let template = template.and_then(|name| self.template(name, user_directory));
        let section = fields.node("section");
        self.report_missing(fields);
        let (template_name, _, template) = template?;
        let (client, section) = (client?, section?);
        Some(Box::new(Client {
            section: Section { paths: key_paths(section), list_key: None },
            template: template.into(),
            template_name,
            seed: open(fields, "seed"),
            disable: open(fields, "disable"),
            sign_in: fields.table("sign-in").map(NativeSignIn::read),
            own_launch_fields: strings(fields, "launch-fields"),
            fields: OnceLock::new(),
            is_other_layout: true,
            ..client.clone()
        }))
    }

    fn report_missing(&mut self, fields: Fields<'_>) {
        // A misspelled field is reported as such.
        if fields.keys().any(|key| OTHER_LAYOUT.field(key).is_none()) {
            return;
        }
        for key in ["section", "template"].into_iter().filter(|key| fields.node(key).is_none()) {
            let title = format!("`other-layout` of `{}` has no `{key}`", self.item.key);
            let help = format!("add `{key} = …`");
            self.add(title, self.item.key_span.clone(), "this row", &help);
        }
    }
}

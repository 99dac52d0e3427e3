//! Another layout of a client's file.

use std::sync::OnceLock;

use camino::Utf8Path;

use super::values::{key_paths, open, strings};
use super::{Client, NativeSignIn, RowReader, Section};

impl RowReader<'_> {
    /// Reads the other layout, and returns the client with the columns of this layout.
    pub fn other_layout(
        &mut self,
        client: &Client,
        user_directory: Option<&Utf8Path>,
    ) -> Option<Box<Client>> {
        let fields = self.fields.table("other-layout")?;
        let template = fields.string("template");
        let template = template.and_then(|name| self.template(name, user_directory));
        let (Some(section), Some((template_name, _, template))) =
            (fields.node("section"), template)
        else {
            self.incomplete_layout();
            return None;
        };
        Some(Box::new(Client {
            section: Section { paths: key_paths(section), list_key: None },
            template: template.into(),
            template_name,
            seed: open(fields, "seed"),
            disable: open(fields, "disable"),
            sign_in: fields.table("sign-in").map(NativeSignIn::read),
            own_launch_fields: strings(fields, "launch-fields"),
            fields: OnceLock::new(),
            ..client.clone()
        }))
    }

    // An unknown template is already reported.
    fn incomplete_layout(&mut self) {
        if self.faults.is_empty() {
            let title =
                format!("`other-layout` of `{}` has no `section` or no `template`", self.item.key);
            let help = "add `section = …` and `template = …`";
            self.add(title, self.item.key_span.clone(), "this row", help);
        }
    }
}

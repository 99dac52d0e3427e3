//! The types that a field of an entry can have: the column `types` of `templates/rules.toml`.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

/// A type of values in a client's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FieldType {
    Any,
    /// A list with any values.
    Array,
    Boolean,
    False,
    /// A list of strings.
    List,
    /// A number of at least 0.
    NotNegative,
    Null,
    /// A table with any values.
    Object,
    /// A number above 0.
    Positive,
    /// A whole number above 0.
    PositiveInteger,
    String,
    /// A table of strings.
    Table,
}

/// The types that a field can have, for example `string` or `["list", "null"]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "OneOrMany")]
pub struct FieldTypes(Vec<FieldType>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(FieldType),
    Many(Vec<FieldType>),
}

impl From<OneOrMany> for FieldTypes {
    fn from(types: OneOrMany) -> Self {
        match types {
            OneOrMany::One(one) => Self(vec![one]),
            OneOrMany::Many(many) => Self(many),
        }
    }
}

impl FieldTypes {
    /// The names of the types.
    pub const WORDS: &[&str] = &[
        "any",
        "array",
        "boolean",
        "false",
        "list",
        "not-negative",
        "null",
        "object",
        "positive",
        "positive-integer",
        "string",
        "table",
    ];

    /// Returns whether a value has one of the types.
    pub fn accepts(&self, value: &Value) -> bool {
        self.0.iter().any(|one| one.accepts(value))
    }
}

impl fmt::Display for FieldTypes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.0.iter().map(|one| one.words()).collect();
        f.write_str(&words.join(" or "))
    }
}

impl FieldType {
    fn accepts(self, value: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::Array => value.is_array(),
            Self::Boolean => value.is_boolean(),
            Self::False => *value == Value::Bool(false),
            Self::List => value.as_array().is_some_and(|list| list.iter().all(Value::is_string)),
            Self::NotNegative => value.as_f64().is_some_and(|number| number >= 0.0),
            Self::Null => value.is_null(),
            Self::Object => value.is_object(),
            Self::Positive => value.as_f64().is_some_and(|number| number > 0.0),
            Self::PositiveInteger => value.as_u64().is_some_and(|number| number > 0),
            Self::String => value.is_string(),
            Self::Table => value.as_object().is_some_and(|map| map.values().all(Value::is_string)),
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Any => "any value",
            Self::Array => "a list",
            Self::Boolean => "true or false",
            Self::False => "false",
            Self::List => "a list of strings",
            Self::NotNegative => "a number of at least 0",
            Self::Null => "null",
            Self::Object => "a table",
            Self::Positive => "a number above 0",
            Self::PositiveInteger => "a whole number above 0",
            Self::String => "a string",
            Self::Table => "a table of strings",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_name_is_a_type() {
        for word in FieldTypes::WORDS {
            assert!(serde_json::from_value::<FieldTypes>(json!(word)).is_ok(), "{word}");
        }
        let error = serde_json::from_value::<FieldType>(json!("unknown")).unwrap_err();
        let names = error.to_string().matches('`').count() / 2 - 1;
        assert_eq!(names, FieldTypes::WORDS.len(), "{error}");
    }

    #[test]
    fn a_value_is_accepted_if_it_has_one_of_the_types() {
        for (types, value, accepts) in [
            (json!("string"), json!("x"), true),
            (json!("string"), json!(null), false),
            (json!(["string", "null"]), json!(null), true),
            (json!("list"), json!(["x"]), true),
            (json!("list"), json!([1]), false),
            (json!("array"), json!([1]), true),
            (json!("table"), json!({ "A": "b" }), true),
            (json!("table"), json!({ "A": 1 }), false),
            (json!("object"), json!({ "A": 1 }), true),
            (json!(["object", "false"]), json!(true), false),
            (json!("not-negative"), json!(0), true),
            (json!("not-negative"), json!("30"), false),
            (json!("positive"), json!(0.5), true),
            (json!("positive"), json!(0), false),
            (json!("positive-integer"), json!(1.5), false),
            (json!("any"), json!([{}]), true),
        ] {
            let read: FieldTypes = serde_json::from_value(types.clone()).unwrap();
            assert_eq!(read.accepts(&value), accepts, "{types} {value}");
        }
    }
}

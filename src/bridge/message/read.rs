//! Parses the members of a message. A member that occurs twice is an error, because the other end may read another one.

use std::fmt;

use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::JsonRpcMessage;
use super::member::MemberName;

const MEMBERS: MemberName = MemberName(&["id", "method", "params", "result", "error"]);
const PARAMS: MemberName = MemberName(&["name"]);

impl<'de: 'a, 'a> Deserialize<'de> for JsonRpcMessage<'a> {
    fn deserialize<D: Deserializer<'de>>(message: D) -> Result<Self, D::Error> {
        message.deserialize_map(MessageVisitor)
    }
}

struct MessageVisitor;

impl<'de> Visitor<'de> for MessageVisitor {
    type Value = JsonRpcMessage<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut id, mut method, mut params, mut result, mut error) =
            (None, None, None, None, None);
        while let Some(member) = map.next_key_seed(MEMBERS)? {
            match member {
                Some(0) => once(&mut id, &mut map)?,
                Some(1) => once(&mut method, &mut map)?,
                Some(2) => once(&mut params, &mut map)?,
                Some(3) => once(&mut result, &mut map)?,
                Some(_) => once(&mut error, &mut map)?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        // A member that is null exists too.
        let exists = |member: Option<IgnoredAny>| member.is_some();
        Ok(JsonRpcMessage {
            id: id.flatten(),
            method: method.flatten(),
            params: params.flatten(),
            result: exists(result),
            error: exists(error),
        })
    }
}

fn once<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    member: &mut Option<T>,
    map: &mut A,
) -> Result<(), A::Error> {
    match member.replace(map.next_value()?) {
        None => Ok(()),
        Some(_) => Err(A::Error::custom("a member that occurs twice")),
    }
}

/// The `name` in the parameters of a request.
pub struct NameParam(pub Option<String>);

impl<'de> Deserialize<'de> for NameParam {
    fn deserialize<D: Deserializer<'de>>(params: D) -> Result<Self, D::Error> {
        params.deserialize_map(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = NameParam;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the parameters of a request")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut name: Option<Option<String>> = None;
        while let Some(member) = map.next_key_seed(PARAMS)? {
            match member {
                Some(_) => once(&mut name, &mut map)?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(NameParam(name.flatten()))
    }
}

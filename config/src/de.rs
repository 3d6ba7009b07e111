//! From the tree to a section's type, through serde.
//!
//! Written out here because serde's ready-made deserializers forget where a value stood: this one gives every
//! error the deepest place and key that it knows, and says what was expected in the words of this crate.

mod table;

use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, Deserializer, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use crate::Problem;
use crate::problem::{Fault, describe};
use crate::secret::MARKER;
use crate::tree::{Node, Value};

/// Reads a `T` out of `node`.
pub(crate) fn read<'a, T: Deserialize<'a>>(node: &'a Node) -> Result<T, Problem> {
    T::deserialize(Typed(node))
}

/// A node on its way to a type.
#[derive(Clone, Copy)]
struct Typed<'a>(&'a Node);

impl<'a> Typed<'a> {
    fn mismatch(self, expected: impl Into<String>) -> Problem {
        let got = describe(self.unexpected());
        Problem::new(Fault::Value { expected: expected.into(), got }).or_at(&self.0.origin)
    }

    fn unexpected(self) -> Unexpected<'a> {
        match &self.0.value {
            Value::Boolean(value) => Unexpected::Bool(*value),
            Value::Integer(value) => Unexpected::Signed(*value),
            Value::Float(value) => Unexpected::Float(*value),
            Value::Text(text) => Unexpected::Str(text),
            Value::Bare(text) => match (text.parse(), text.parse()) {
                (Ok(number), _) => Unexpected::Signed(number),
                (_, Ok(truth)) => Unexpected::Bool(truth),
                _ => Unexpected::Str(text),
            },
            Value::Array(_) => Unexpected::Seq,
            Value::Table(_) => Unexpected::Map,
        }
    }

    fn text(self) -> Option<&'a str> {
        match &self.0.value {
            Value::Text(text) | Value::Bare(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it lies in the range that the option's type has.
    fn integer(self, low: i64, high: i64) -> Result<i64, Problem> {
        let number = match &self.0.value {
            Value::Integer(number) => Some(*number),
            Value::Bare(text) => text.parse().ok(),
            _ => None,
        };
        number.filter(|number| (low..=high).contains(number)).ok_or_else(|| {
            self.mismatch(match (low, high) {
                (i64::MIN, i64::MAX) => "a whole number".to_owned(),
                (0, i64::MAX) => "a whole number from 0".to_owned(),
                _ => format!("a whole number from {low} to {high}"),
            })
        })
    }

    fn float(self) -> Result<f64, Problem> {
        let number = match &self.0.value {
            Value::Float(number) => Some(*number),
            #[expect(clippy::cast_precision_loss, reason = "an option that wants a fraction takes 1 for 1.0")]
            Value::Integer(number) => Some(*number as f64),
            Value::Bare(text) => text.parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| self.mismatch("a number"))
    }

    /// The error with this node's place, if it has no deeper one.
    fn placed<T>(self, result: Result<T, Problem>) -> Result<T, Problem> {
        result.map_err(|problem| problem.or_at(&self.0.origin))
    }
}

/// The visit of a whole number, its range checked with a message that names the range.
macro_rules! integers {
    ($($method:ident $visit:ident $wide:ty, $low:expr, $high:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            let number = self.integer($low, $high)?;
            // The range was checked: the conversion cannot change the value.
            self.placed(visitor.$visit(<$wide>::try_from(number).unwrap_or_default()))
        }
    )*};
}

impl<'de> Deserializer<'de> for Typed<'de> {
    type Error = Problem;

    integers! {
        deserialize_i8 visit_i64 i64, i8::MIN.into(), i8::MAX.into();
        deserialize_i16 visit_i64 i64, i16::MIN.into(), i16::MAX.into();
        deserialize_i32 visit_i64 i64, i32::MIN.into(), i32::MAX.into();
        deserialize_i64 visit_i64 i64, i64::MIN, i64::MAX;
        deserialize_u8 visit_u64 u64, 0, u8::MAX.into();
        deserialize_u16 visit_u64 u64, 0, u16::MAX.into();
        deserialize_u32 visit_u64 u64, 0, u32::MAX.into();
        deserialize_u64 visit_u64 u64, 0, i64::MAX;
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.placed(match &self.0.value {
            Value::Boolean(value) => visitor.visit_bool(*value),
            Value::Integer(value) => visitor.visit_i64(*value),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Bare(text) => match (text.parse::<i64>(), text.parse::<bool>()) {
                (Ok(number), _) => visitor.visit_i64(number),
                (_, Ok(truth)) => visitor.visit_bool(truth),
                _ => visitor.visit_borrowed_str(text),
            },
            Value::Array(_) => return self.deserialize_seq(visitor),
            Value::Table(_) => return self.deserialize_map(visitor),
        })
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let truth = match &self.0.value {
            Value::Boolean(value) => Some(*value),
            Value::Bare(text) => text.parse().ok(),
            _ => None,
        };
        let truth = truth.ok_or_else(|| self.mismatch("true or false"))?;
        self.placed(visitor.visit_bool(truth))
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let number = self.float()?;
        self.placed(visitor.visit_f64(number))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let text = self.text().ok_or_else(|| self.mismatch("text in quotes"))?;
        self.placed(visitor.visit_borrowed_str(text))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let result = self.placed(visitor.visit_newtype_struct(self));
        if name == MARKER { result.map_err(Problem::without_value) } else { result }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let Value::Array(nodes) = &self.0.value else {
            return Err(self.mismatch("an array such as [\"a\", \"b\"]"));
        };
        self.placed(visitor.visit_seq(table::Elements::new(nodes)))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let Value::Table(entries) = &self.0.value else { return Err(self.mismatch("a table")) };
        self.placed(visitor.visit_map(table::Entries::named_by_the_user(entries)))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let Value::Table(entries) = &self.0.value else { return Err(self.mismatch("a table")) };
        self.placed(visitor.visit_map(table::Entries::with_fields(entries, fields)))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let Some(text) = self.text() else {
            let known = variants.iter().map(|name| (*name).to_owned()).collect();
            let fault = Fault::Word { known, got: describe(self.unexpected()) };
            return Err(Problem::new(fault).or_at(&self.0.origin));
        };
        let word: StrDeserializer<'_, Problem> = text.into_deserializer();
        self.placed(visitor.visit_enum(word))
    }

    /// A field that a struct would skip: the same as one it refuses. (The table fills in the names it has.)
    fn deserialize_ignored_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Problem> {
        Err(Problem::new(Fault::UnknownKey { known: Vec::new() }).or_at(&self.0.key_origin))
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

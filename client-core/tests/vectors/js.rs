//! JavaScript values, including those without JSON: lone surrogates, infinity, `-0`, bytes, `undefined`.

use tidewire_core::wire::base64;

/// A value of the vectors with resolved tags (PROTOCOL, "The vectors").
#[derive(Clone, Debug)]
pub(crate) enum Js {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    /// In UTF-16 units.
    Text(Vec<u16>),
    Array(Vec<Js>),
    Object(Vec<(Vec<u16>, Js)>),
    Bytes(Vec<u8>),
    /// Values that only JavaScript has: dates, maps, functions, typed arrays that the reference treats as objects.
    Foreign,
}

impl Js {
    /// Returns the member `key`; `Undefined` if there is none.
    pub(crate) fn get(&self, key: &str) -> &Js {
        let Js::Object(members) = self else {
            return &Js::Undefined;
        };
        let member = members.iter().rfind(|(name, _)| equals(name, key));
        member.map_or(&Js::Undefined, |(_, value)| value)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        !matches!(self.get(key), Js::Undefined)
    }

    pub(crate) fn items(&self) -> &[Js] {
        match self {
            Js::Array(items) => items,
            _ => &[],
        }
    }

    /// Returns the text with lone surrogates replaced by U+FFFD; empty for other values.
    pub(crate) fn lossy(&self) -> String {
        match self {
            Js::Text(units) => String::from_utf16_lossy(units),
            _ => String::new(),
        }
    }

    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Js::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn is_true(&self) -> bool {
        matches!(self, Js::Bool(true))
    }

    /// Returns whether it is a text with a lone surrogate, which a Rust string cannot hold.
    pub(crate) fn has_lone_surrogate(&self) -> bool {
        matches!(self, Js::Text(units) if String::from_utf16(units).is_err())
    }

    /// Returns `String(value)` for the values that the vectors have as data of Engine.IO packets.
    pub(crate) fn to_text(&self) -> String {
        match self {
            Js::Null => "null".to_owned(),
            Js::Bool(value) => value.to_string(),
            Js::Number(number) => number.to_string(),
            other => other.lossy(),
        }
    }

    /// Returns whether the two are equal except for boxes (`new Number(1)`), which show only their members: an empty object, or the
    /// characters of a text.
    pub(crate) fn is_boxed(&self, open: &Js) -> bool {
        match (self, open) {
            (Js::Object(members), Js::Number(_) | Js::Bool(_)) => members.is_empty(),
            (Js::Object(members), Js::Text(units)) => members.len() == units.len(),
            (Js::Array(a), Js::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_boxed(b))
            }
            (Js::Object(a), Js::Object(b)) => {
                a.len() == b.len()
                    && a.iter()
                        .zip(b)
                        .all(|(a, b)| a.0 == b.0 && a.1.is_boxed(&b.1))
            }
            _ => self == open,
        }
    }

    /// Returns the value with resolved tags.
    pub(crate) fn untagged(&self) -> Js {
        match self {
            Js::Array(items) => Js::Array(items.iter().map(Js::untagged).collect()),
            Js::Object(members) => match members.first() {
                Some((key, value)) if key.first() == Some(&u16::from(b'$')) => {
                    self.tagged(&String::from_utf16_lossy(key), value)
                }
                _ => Js::Object(
                    members
                        .iter()
                        .map(|(key, value)| (key.clone(), value.untagged()))
                        .collect(),
                ),
            },
            other => other.clone(),
        }
    }

    /// Returns the value for a protocol 4 client, whose has-binary2 treats typed arrays as objects.
    pub(crate) fn without_typed_arrays(&self) -> Js {
        match self {
            Js::Array(items) => Js::Array(items.iter().map(Js::without_typed_arrays).collect()),
            Js::Object(members) => {
                let constructor = self.get("$ctor").lossy();
                if !matches!(&*constructor, "" | "Buffer" | "ArrayBuffer") {
                    return Js::Foreign;
                }
                let members = members.iter();
                let inner = members.map(|(key, value)| (key.clone(), value.without_typed_arrays()));
                Js::Object(inner.collect())
            }
            other => other.clone(),
        }
    }

    fn tagged(&self, tag: &str, value: &Js) -> Js {
        match tag {
            "$bin" => Js::Bytes(base64::decode(value.lossy().as_bytes())),
            "$binfill" => {
                let [Js::Number(length), Js::Number(byte)] = value.items() else {
                    return Js::Foreign;
                };
                Js::Bytes(vec![*byte as u8; *length as usize])
            }
            "$undefined" => Js::Undefined,
            "$number" => value.lossy().parse().map_or(Js::Foreign, Js::Number),
            "$utf16" => Js::Text(
                value
                    .items()
                    .iter()
                    .filter_map(Js::number)
                    .map(|unit| unit as u16)
                    .collect(),
            ),
            _ => Js::Foreign,
        }
    }
}

/// Equal if `JSON.stringify` makes equal objects: members in any order, the last of each name.
impl PartialEq for Js {
    fn eq(&self, other: &Js) -> bool {
        match (self, other) {
            (Js::Undefined, Js::Undefined) | (Js::Null, Js::Null) => true,
            (Js::Bool(a), Js::Bool(b)) => a == b,
            (Js::Number(a), Js::Number(b)) => {
                a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
            }
            (Js::Text(a), Js::Text(b)) => a == b,
            (Js::Bytes(a), Js::Bytes(b)) => a == b,
            (Js::Array(a), Js::Array(b)) => a == b,
            (Js::Object(a), Js::Object(b)) => have_same_members(a, b),
            _ => false,
        }
    }
}

type Members = [(Vec<u16>, Js)];

fn have_same_members(a: &Members, b: &Members) -> bool {
    let last =
        |members: &'_ Members, key: &[u16]| members.iter().rposition(|(name, _)| name == key);
    let same = |(key, _): &(Vec<u16>, Js)| match (last(a, key), last(b, key)) {
        (Some(in_a), Some(in_b)) => a[in_a].1 == b[in_b].1,
        _ => false,
    };
    a.iter().all(same) && b.iter().all(|(key, _)| last(a, key).is_some())
}

fn equals(units: &[u16], text: &str) -> bool {
    units.iter().copied().eq(text.encode_utf16())
}

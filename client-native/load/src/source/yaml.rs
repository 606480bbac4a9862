//! YAML with places.

use saphyr::{LoadableYamlNode, MarkedYaml, Marker, Scalar, YamlData};
use serde_json::Number;

use super::node::{Key, Kind, Node};
use super::place::{Fault, Place};

/// Columns before the first text of a line. Each block of a block takes one of them, and a part of the parser's stack.
const MOST_COLUMNS: usize = 200;

/// Reads a file of one document.
pub(crate) fn parse(text: &str) -> Result<Node, Vec<Fault>> {
    if let Some(place) = too_deep(text) {
        let text = format!(
            "nested too deeply: a line has at most {MOST_COLUMNS} columns before its first text"
        );
        return Err(vec![Fault::new(place, text)]);
    }
    let documents = MarkedYaml::load_from_str(text)
        .map_err(|error| vec![Fault::new(place(*error.marker()), error.info())])?;
    match &documents[..] {
        [] => Ok(Node {
            place: Place { line: 1, column: 1 },
            kind: Kind::Table(Vec::new()),
        }),
        [document] => node(document).map_err(|fault| vec![fault]),
        [_, second, ..] => Err(vec![Fault::new(
            place(second.span.start),
            "a second document: expected one",
        )]),
    }
}

/// The first place that may be in too many blocks.
fn too_deep(text: &str) -> Option<Place> {
    let is_deep = |line: &str| {
        let bytes = line.as_bytes();
        bytes.len() > MOST_COLUMNS && (0..MOST_COLUMNS).all(|column| is_indent(bytes, column))
    };
    let line = text.lines().position(is_deep)?;
    Some(Place {
        line: line + 1,
        column: MOST_COLUMNS + 1,
    })
}

/// Returns whether a column has a blank, or the mark of a block: `-`, `?` or `:` before a blank.
fn is_indent(line: &[u8], column: usize) -> bool {
    match line[column] {
        b' ' | b'\t' => true,
        b'-' | b'?' | b':' => matches!(line.get(column + 1), None | Some(b' ' | b'\t')),
        _ => false,
    }
}

fn place(marker: Marker) -> Place {
    Place {
        line: marker.line().max(1),
        column: marker.col() + 1,
    }
}

fn node(yaml: &MarkedYaml<'_>) -> Result<Node, Fault> {
    let place = place(yaml.span.start);
    let kind = match &yaml.data {
        YamlData::Value(scalar) => scalar_kind(scalar, place)?,
        YamlData::Sequence(nodes) => Kind::List(nodes.iter().map(node).collect::<Result<_, _>>()?),
        YamlData::Mapping(entries) => {
            let mut table = Vec::new();
            for (key, value) in entries {
                table.push((name(key)?, node(value)?));
            }
            Kind::Table(table)
        }
        YamlData::Tagged(_, inner) => return node(inner),
        YamlData::Representation(text, ..) => Kind::Text(text.to_string()),
        YamlData::Alias(_) | YamlData::BadValue => {
            return Err(Fault::new(place, "a value that YAML cannot read"));
        }
    };
    Ok(Node { place, kind })
}

fn scalar_kind(scalar: &Scalar<'_>, place: Place) -> Result<Kind, Fault> {
    Ok(match scalar {
        Scalar::Null => Kind::Null,
        Scalar::Boolean(value) => Kind::Bool(*value),
        Scalar::Integer(value) => Kind::Number((*value).into()),
        Scalar::FloatingPoint(value) => {
            let number = Number::from_f64(value.into_inner());
            Kind::Number(number.ok_or_else(|| Fault::new(place, "not a finite number"))?)
        }
        Scalar::String(text) => Kind::Text(text.to_string()),
    })
}

/// Keys are texts; numbers and truth values are written as such.
fn name(key: &MarkedYaml<'_>) -> Result<Key, Fault> {
    let place = place(key.span.start);
    let name = match &key.data {
        YamlData::Value(Scalar::String(text)) => text.to_string(),
        YamlData::Value(Scalar::Integer(number)) => number.to_string(),
        YamlData::Value(Scalar::Boolean(value)) => value.to_string(),
        _ => return Err(Fault::new(place, "a key that is not a text")),
    };
    Ok(Key { place, name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_places() {
        let node = parse("a: 1\nb:\n  - x: [yes, \"no\"]\n").unwrap();
        let list = node.get("b").unwrap().as_list().unwrap();
        let x = list[0].get("x").unwrap();
        assert_eq!(x.place, Place { line: 3, column: 8 });
        let json = serde_json::json!({"a": 1, "b": [{"x": ["yes", "no"]}]});
        assert_eq!(node.to_json(), json);
    }

    #[test]
    fn mistakes_have_places() {
        for (text, line) in [
            ("a: [1\nb: 2\n", 2),
            ("a: 1\n b: 2\n", 2),
            ("a: 1\na: 2\n", 2),
            ("a: 1\n---\nb: 1\n", 3),
            ("\"a", 1),
            ("? [1]\n: 2\n", 1),
            ("a: .nan\n", 1),
        ] {
            let faults = parse(text).unwrap_err();
            assert_eq!(faults[0].place.line, line, "{text}: {faults:?}");
        }
    }

    #[test]
    fn blocks_in_too_many_blocks_are_an_error_with_a_place() {
        let steps: String = (0..10_000)
            .map(|depth| format!("{}-\n", " ".repeat(depth)))
            .collect();
        for (deep, line) in [
            (format!("a:\n{steps}"), 202),
            (format!("a:\n {} 1\n", "- ".repeat(5_000)), 2),
            (format!("{} 1\n", "? ".repeat(5_000)), 1),
        ] {
            let faults = parse(&deep).unwrap_err();
            assert_eq!(faults[0].place.line, line, "{faults:?}");
            assert!(faults[0].text.contains("nested too deeply"));
        }
        let wide = format!("a: {}\nb: {}\n", " ".repeat(5_000), "-".repeat(5_000));
        parse(&wide).unwrap();
    }

    #[test]
    fn an_alias_bomb_is_an_error() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let below = format!("*a{}", level - 1);
            let list = vec![below; 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{list}]\n"));
        }
        assert!(parse(&text).is_err());
    }
}

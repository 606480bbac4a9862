//! Artillery's templates and paths in the words of this crate.

use serde_json_path::JsonPath;

use crate::source::{Fault, Kind, Node, Place};

/// Translates the templates in all texts of a value.
pub(super) fn translate(node: &Node, faults: &mut Vec<Fault>) -> Node {
    let kind = match &node.kind {
        Kind::Text(text) => Kind::Text(match template(text) {
            Ok(text) => text,
            Err(text) => {
                faults.push(Fault::new(node.place, text));
                String::new()
            }
        }),
        Kind::List(nodes) => Kind::List(nodes.iter().map(|it| translate(it, faults)).collect()),
        Kind::Table(entries) => Kind::Table(
            entries
                .iter()
                .map(|(key, node)| (key.clone(), translate(node, faults)))
                .collect(),
        ),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => node.kind.clone(),
    };
    Node {
        place: node.place,
        kind,
    }
}

/// Translates `{{ $name }}`: artillery's names begin with a dollar sign.
fn template(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let Some(length) = rest[start..].find("}}") else {
            break;
        };
        out.push_str(&rest[..start]);
        let inside = rest[start + 2..start + length].trim_matches('{');
        out.push_str("{{");
        out.push_str(&expression(inside)?);
        out.push_str("}}");
        // `{{{ name }}}` is the same as `{{ name }}`.
        rest = rest[start + length + 2..].trim_start_matches('}');
    }
    out.push_str(rest);
    Ok(out)
}

fn expression(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('$') {
        out.push_str(&rest[..start]);
        rest = &rest[start + 1..];
        let end = rest
            .find(|it: char| !it.is_ascii_alphanumeric() && it != '_')
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        rest = after;
        match name {
            "loopCount" => out.push_str("loop_count"),
            "loopElement" => out.push_str("loop_element"),
            "randomNumber" => out.push_str("random_int"),
            "randomString" => match after.split_once(')') {
                Some((arguments, after)) if arguments.trim() == "(" => {
                    out.push_str("random_text(10)");
                    rest = after;
                }
                _ => out.push_str("random_text"),
            },
            "uuid" => out.push_str("uuid()"),
            "processEnvironment" | "env" => {
                let Some(after) = rest.strip_prefix('.') else {
                    return Err(format!("`${name}` needs a name: ${name}.NAME"));
                };
                let end = after
                    .find(|it: char| !it.is_ascii_alphanumeric() && it != '_')
                    .unwrap_or(after.len());
                out.push_str(&format!("env(\"{}\")", &after[..end]));
                rest = &after[end..];
            }
            _ => {
                return Err(format!(
                    "`${name}` is not understood: known are $loopCount, $loopElement, $randomNumber(a, b), $randomString(n), $uuid and $processEnvironment.NAME"
                ));
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// Reads a path. jsonpath-plus, which artillery uses, allows `$.0.name-x`, where RFC 9535 has `$[0]['name-x']`.
pub(super) fn path(text: &str, place: Place) -> Result<JsonPath, Fault> {
    let standard = standard_path(text);
    JsonPath::parse(&standard).map_err(|error| {
        Fault::new(
            place,
            format!("`{text}` is not a JSONPath: {}", error.message()),
        )
    })
}

fn standard_path(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.trim();
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        match character {
            '[' => {
                // A bracket is kept as it is.
                let end = after.find(']').map_or(rest.len(), |end| end + 2);
                out.push_str(&rest[..end]);
                rest = &rest[end..];
            }
            '.' if !after.starts_with(['.', '*', '[']) => {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                push_segment(&after[..end], &mut out);
                rest = &after[end..];
            }
            _ => {
                out.push(character);
                rest = after;
            }
        }
    }
    out
}

fn push_segment(name: &str, out: &mut String) {
    let is_number = !name.is_empty() && name.bytes().all(|it| it.is_ascii_digit());
    let is_plain = name
        .chars()
        .enumerate()
        .all(|(at, it)| it == '_' || it.is_alphabetic() || (at > 0 && it.is_ascii_digit()));
    match (is_number, is_plain) {
        (true, _) => out.push_str(&format!("[{name}]")),
        (false, true) => out.push_str(&format!(".{name}")),
        (false, false) => {
            let quoted = name.replace('\\', "\\\\").replace('\'', "\\'");
            out.push_str(&format!("['{quoted}']"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollar_names_are_translated() {
        for (text, translated) in [
            ("plain $5", "plain $5"),
            ("a {{ $loopCount }} b", "a {{ loop_count }} b"),
            ("{{{ name }}}", "{{ name }}"),
            ("{{ $randomNumber(1, 5) }}", "{{ random_int(1, 5) }}"),
            ("{{ $randomString() }}{{x}}", "{{ random_text(10) }}{{x}}"),
            ("{{ $randomString(3) }}", "{{ random_text(3) }}"),
            ("{{ $processEnvironment.HOME }}", "{{ env(\"HOME\") }}"),
            ("{{ $uuid }}", "{{ uuid() }}"),
            ("{{ open", "{{ open"),
        ] {
            assert_eq!(template(text).unwrap(), translated);
        }
        assert!(
            template("{{ $scenario.name }}")
                .unwrap_err()
                .contains("$scenario")
        );
        assert!(template("{{ $env }}").is_err());
    }

    #[test]
    fn paths_are_those_of_the_standard() {
        for (text, standard) in [
            ("$.0.status", "$[0].status"),
            ("$", "$"),
            ("$.a-b.c", "$['a-b'].c"),
            ("$..id", "$..id"),
            ("$.list[*].x", "$.list[*].x"),
            ("$.*", "$.*"),
            ("$[0]['a.b']", "$[0]['a.b']"),
        ] {
            assert_eq!(standard_path(text), standard);
            assert!(path(text, Place::default()).is_ok(), "{text}");
        }
        assert!(path("$[", Place::default()).is_err());
    }
}

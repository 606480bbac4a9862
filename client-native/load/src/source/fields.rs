//! The fields of a table, read one by one. A field that no reader asks for is a mistake.

use std::time::Duration;

use super::duration::{EXPECTED, parse as parse_duration};
use super::node::{Key, Kind, Node};
use super::place::{Fault, Place};

/// Reads the fields of a table and collects mistakes.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    place: Place,
    /// Describes the table in error texts.
    what: &'a str,
    entries: &'a [(Key, Node)],
    /// The names that were asked for.
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// The fields of a table; another value is a mistake, and has none.
    pub(crate) fn new(node: &'a Node, what: &'a str, faults: &mut Vec<Fault>) -> Fields<'a> {
        let entries = match &node.kind {
            Kind::Table(entries) => &entries[..],
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) => {
                let found = node.describe();
                faults.push(Fault::new(
                    node.place,
                    format!("{found}: expected a table, {what}"),
                ));
                &[]
            }
        };
        Fields {
            place: node.place,
            what,
            entries,
            known: Vec::new(),
        }
    }

    /// The place of the table.
    pub(crate) fn place(&self) -> Place {
        self.place
    }

    /// Asks for a field.
    pub(crate) fn get(&mut self, name: &'static str) -> Option<&'a Node> {
        if !self.known.contains(&name) {
            self.known.push(name);
        }
        self.entries
            .iter()
            .find(|(key, _)| key.name == name)
            .map(|(_, node)| node)
    }

    /// Asks for a field that must be there.
    pub(crate) fn need(&mut self, name: &'static str, faults: &mut Vec<Fault>) -> Option<&'a Node> {
        let node = self.get(name);
        if node.is_none() {
            let what = self.what;
            faults.push(Fault::new(self.place, format!("{what} needs `{name}`")));
        }
        node
    }

    /// Returns the first field that is there of these. Others of them beside it are mistakes.
    pub(crate) fn one_of(
        &mut self,
        names: &[&'static str],
        faults: &mut Vec<Fault>,
    ) -> Option<(&'static str, &'a Node)> {
        let mut found = None;
        for name in names {
            let Some(node) = self.get(name) else { continue };
            match found {
                None => found = Some((*name, node)),
                Some((first, _)) => faults.push(Fault::new(
                    node.place,
                    format!("`{name}` beside `{first}`: {} has one of them", self.what),
                )),
            }
        }
        if found.is_none() {
            let list = list(names);
            let found = match self.entries.first() {
                Some((key, _)) => match nearest(&key.name, names) {
                    Some(near) => format!(", and found `{}`: did you mean `{near}`?", key.name),
                    None => format!(", and found `{}`", key.name),
                },
                None => String::new(),
            };
            let what = self.what;
            faults.push(Fault::new(
                self.place,
                format!("{what} needs one of {list}{found}"),
            ));
        }
        found
    }

    /// A duration.
    pub(crate) fn time(&mut self, name: &'static str, faults: &mut Vec<Fault>) -> Option<Duration> {
        time(self.get(name)?, faults)
    }

    /// A duration above 0.
    pub(crate) fn span(&mut self, name: &'static str, faults: &mut Vec<Fault>) -> Option<Duration> {
        let node = self.get(name)?;
        match time(node, faults)? {
            Duration::ZERO => expected(node, "a time above 0", faults),
            time => Some(time),
        }
    }

    /// A text.
    pub(crate) fn text(&mut self, name: &'static str, faults: &mut Vec<Fault>) -> Option<&'a str> {
        text(self.get(name)?, faults)
    }

    /// A number that is not negative.
    pub(crate) fn number(&mut self, name: &'static str, faults: &mut Vec<Fault>) -> Option<f64> {
        number(self.get(name)?, faults)
    }

    /// A whole number that is not negative.
    pub(crate) fn count(&mut self, name: &'static str, faults: &mut Vec<Fault>) -> Option<u64> {
        count(self.get(name)?, faults)
    }

    /// A weight among others: a whole number of 32 bits. Default: 1.
    pub(crate) fn weight(&mut self, faults: &mut Vec<Fault>) -> u32 {
        let weight =
            self.get("weight")
                .and_then(|node| match u32::try_from(count(node, faults)?) {
                    Ok(weight) => Some(weight),
                    Err(_) => expected(node, "a weight of at most 4294967295", faults),
                });
        weight.unwrap_or(1)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, name: &'static str, faults: &mut Vec<Fault>) -> Option<bool> {
        let node = self.get(name)?;
        match node.kind {
            Kind::Bool(value) => Some(value),
            _ => expected(node, "true or false", faults),
        }
    }

    /// A list; a value that is not one is a mistake.
    pub(crate) fn list(&mut self, name: &'static str, faults: &mut Vec<Fault>) -> &'a [Node] {
        let Some(node) = self.get(name) else {
            return &[];
        };
        match node.as_list() {
            Some(nodes) => nodes,
            None => expected(node, "a list", faults).unwrap_or(&[]),
        }
    }

    /// Ends the reading: fields that were not asked for are mistakes, which name the nearest known one.
    pub(crate) fn end(self, faults: &mut Vec<Fault>) {
        for (key, _) in self.entries {
            if self.known.contains(&&key.name[..]) {
                continue;
            }
            let hint = match nearest(&key.name, &self.known) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("expected {}", list(&self.known)),
            };
            let text = format!("unknown field `{}` of {}: {hint}", key.name, self.what);
            faults.push(Fault::new(key.place, text));
        }
    }
}

/// Reports another value than the expected one.
fn expected<T>(node: &Node, what: &str, faults: &mut Vec<Fault>) -> Option<T> {
    let found = node.describe();
    faults.push(Fault::new(node.place, format!("{found}: expected {what}")));
    None
}

/// Reads a duration: a text with a unit, or a number of seconds.
pub(crate) fn time(node: &Node, faults: &mut Vec<Fault>) -> Option<Duration> {
    let text = match &node.kind {
        Kind::Text(text) => text.clone(),
        Kind::Number(number) => number.to_string(),
        Kind::Null | Kind::Bool(_) | Kind::List(_) | Kind::Table(_) => {
            return expected(node, EXPECTED, faults);
        }
    };
    match parse_duration(&text) {
        Ok(time) => Some(time),
        Err(text) => {
            faults.push(Fault::new(node.place, text));
            None
        }
    }
}

/// Reads a text.
pub(crate) fn text<'a>(node: &'a Node, faults: &mut Vec<Fault>) -> Option<&'a str> {
    match &node.kind {
        Kind::Text(text) => Some(text),
        _ => expected(node, "a text", faults),
    }
}

fn number(node: &Node, faults: &mut Vec<Fault>) -> Option<f64> {
    let value = match &node.kind {
        Kind::Number(number) => number.as_f64(),
        _ => None,
    };
    match value {
        Some(value) if value >= 0.0 => Some(value),
        _ => expected(node, "a number that is not negative", faults),
    }
}

/// Reads a whole number that is not negative.
pub(crate) fn count(node: &Node, faults: &mut Vec<Fault>) -> Option<u64> {
    match &node.kind {
        Kind::Number(number) if number.is_u64() => number.as_u64(),
        _ => expected(node, "a whole number that is not negative", faults),
    }
}

fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match &quoted[..] {
        [] => "nothing".into(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}

/// The known name that is nearest to a misspelled one.
fn nearest(name: &str, known: &[&'static str]) -> Option<&'static str> {
    known
        .iter()
        .map(|known| (distance(known, name), *known))
        .min()
        .filter(|(distance, known)| *distance <= known.len().div_ceil(3))
        .map(|(_, known)| known)
}

/// The number of changes between two words (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let next = (diagonal + usize::from(x != *y))
                .min(row[j] + 1)
                .min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::toml::parse;

    #[test]
    fn unknown_fields_name_the_nearest_one() {
        let node = parse("durattion = 1\nzzz = 2\n").unwrap();
        let mut faults = Vec::new();
        let mut fields = Fields::new(&node, "a phase", &mut faults);
        assert!(fields.time("duration", &mut faults).is_none());
        fields.number("arrivals", &mut faults);
        fields.end(&mut faults);
        let texts: Vec<_> = faults.iter().map(|fault| &fault.text[..]).collect();
        assert_eq!(
            texts,
            [
                "unknown field `durattion` of a phase: did you mean `duration`?",
                "unknown field `zzz` of a phase: expected `duration` or `arrivals`",
            ]
        );
        assert_eq!(faults[1].place, Place { line: 2, column: 1 });
    }

    #[test]
    fn a_field_that_two_readers_ask_for_is_named_once() {
        let node = parse("c = 1\n").unwrap();
        let mut faults = Vec::new();
        let mut fields = Fields::new(&node, "it", &mut faults);
        for name in ["aaaa", "bbbb", "aaaa"] {
            fields.get(name);
        }
        fields.end(&mut faults);
        assert_eq!(
            faults[0].text,
            "unknown field `c` of it: expected `aaaa` or `bbbb`"
        );
    }

    #[test]
    fn a_span_is_not_empty() {
        let node = parse("a = \"0s\"\nb = 0\nc = \"1us\"\n").unwrap();
        let mut faults = Vec::new();
        let mut fields = Fields::new(&node, "it", &mut faults);
        let spans = ["a", "b", "c"].map(|name| fields.span(name, &mut faults));
        assert_eq!(spans, [None, None, Some(Duration::from_micros(1))]);
        assert_eq!(faults[0].text, "the text `0s`: expected a time above 0");
    }

    #[test]
    fn values_of_another_type_say_what_was_expected() {
        let node = parse("a = -1\nb = \"x\"\nc = 1.5\nd = []\n").unwrap();
        let mut faults = Vec::new();
        let mut fields = Fields::new(&node, "it", &mut faults);
        fields.number("a", &mut faults);
        fields.time("b", &mut faults);
        fields.count("c", &mut faults);
        fields.text("d", &mut faults);
        fields.need("e", &mut faults);
        assert_eq!(faults.len(), 5);
        assert!(faults[0].text.starts_with("the number -1: expected"));
        assert_eq!(faults[4].text, "it needs `e`");
    }
}

//! TOML with places.

use serde_json::Number;
use toml::de::{DeTable, DeValue};

use super::node::{Key, Kind, Node};
use super::place::{Fault, Lines, Place};

/// Reads a document.
pub(crate) fn parse(text: &str) -> Result<Node, Vec<Fault>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let lines = Lines::of(text);
    if !errors.is_empty() {
        let fault = |error: &toml::de::Error| {
            let start = error.span().map_or(0, |span| span.start);
            Fault::new(lines.place(start), error.message().trim())
        };
        return Err(errors.iter().map(fault).collect());
    }
    Reader(lines)
        .table(document.get_ref(), Place { line: 1, column: 1 })
        .map_err(|fault| vec![fault])
}

struct Reader<'a>(Lines<'a>);

impl Reader<'_> {
    fn place(&self, byte: usize) -> Place {
        self.0.place(byte)
    }

    fn table(&self, table: &DeTable<'_>, place: Place) -> Result<Node, Fault> {
        let mut entries = Vec::new();
        for (key, value) in table {
            let start = key.span().start;
            let key = Key {
                place: self.place(start),
                name: key.get_ref().to_string(),
            };
            // A table of a header has no span of its own that helps; its key has.
            let span = value.span();
            let place = match value.get_ref() {
                DeValue::Table(_) => key.place,
                _ => self.place(span.start),
            };
            entries.push((key, start, self.value(value.get_ref(), place)?));
        }
        // The order of the file.
        entries.sort_by_key(|(_, start, _)| *start);
        let entries = entries.into_iter().map(|(key, _, node)| (key, node));
        Ok(Node {
            place,
            kind: Kind::Table(entries.collect()),
        })
    }

    fn value(&self, value: &DeValue<'_>, place: Place) -> Result<Node, Fault> {
        let kind = match value {
            DeValue::String(text) => Kind::Text(text.to_string()),
            DeValue::Boolean(value) => Kind::Bool(*value),
            DeValue::Integer(number) => {
                let value = i64::from_str_radix(number.as_str(), number.radix());
                Kind::Number(Number::from(value.map_err(|_| {
                    Fault::new(place, format!("`{number}` is not a number of 64 bits"))
                })?))
            }
            DeValue::Float(number) => {
                let value: Option<f64> = number.as_str().parse().ok();
                Kind::Number(value.and_then(Number::from_f64).ok_or_else(|| {
                    Fault::new(place, format!("`{number}` is not a finite number"))
                })?)
            }
            DeValue::Datetime(time) => Kind::Text(time.to_string()),
            DeValue::Array(values) => {
                let node = |value: &toml::Spanned<DeValue<'_>>| {
                    self.value(value.get_ref(), self.place(value.span().start))
                };
                Kind::List(values.iter().map(node).collect::<Result<_, _>>()?)
            }
            DeValue::Table(table) => return self.table(table, place),
        };
        Ok(Node { place, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_places_and_order() {
        let node = parse("b = 1\na = [true, \"x\"]\n\n[[t]]\nk = 1.5\n").unwrap();
        let names: Vec<_> = node.as_table().unwrap().iter().collect();
        assert_eq!(names[0].0.name, "b");
        assert_eq!(names[1].1.place, Place { line: 2, column: 5 });
        let list = names[1].1.as_list().unwrap();
        assert_eq!(
            list[1].place,
            Place {
                line: 2,
                column: 12
            }
        );
        let table = &names[2].1.as_list().unwrap()[0];
        assert_eq!(table.get("k").unwrap().place, Place { line: 5, column: 5 });
        assert_eq!(table.to_json(), serde_json::json!({"k": 1.5}));
    }

    #[test]
    fn mistakes_have_places() {
        for (text, line, column) in [
            ("a = \n", 1, 4),
            ("a = 1\nb = [1,\n", 2, 5),
            ("a = 1\na = 2\n", 2, 1),
            ("x = 99999999999999999999\n", 1, 5),
            ("x = nan\n", 1, 5),
        ] {
            let faults = parse(text).unwrap_err();
            assert_eq!(faults[0].place.line, line, "{text}: {faults:?}");
            assert!(
                faults[0].place.column.abs_diff(column) <= 4,
                "{text}: {faults:?}"
            );
        }
    }
}

//! Data for users: the rows of CSV and JSON files.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use minijinja::Value;
use rand::RngExt;

use super::scope::Scope;
use crate::source::read_text;

/// Bytes of a data file that are read.
const MOST_BYTES: u64 = 1 << 30;

/// Which row a user gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pick {
    /// One after the other, and the first one again after the last.
    InOrder,
    /// Any.
    AtRandom,
    /// Each row once; users beyond them fail.
    Once,
}

/// The rows of a file.
#[derive(Debug)]
pub(crate) struct Data {
    columns: Vec<Arc<str>>,
    rows: Vec<Box<[Value]>>,
    /// The variable whose members are the columns; without, each column is a variable.
    name: Option<Arc<str>>,
    pick: Pick,
    file: String,
}

impl Data {
    /// Reads a file: JSON (a list of objects) if its name ends in `.json`, one object in each line in `.jsonl`, else CSV.
    ///
    /// `fields` names the columns of a CSV file without a head.
    pub(crate) fn read(
        path: &Path,
        name: Option<&str>,
        pick: Pick,
        fields: Option<Vec<String>>,
        skips_head: bool,
        delimiter: u8,
    ) -> Result<Data, String> {
        let file = path.display().to_string();
        let text = read_text(path, MOST_BYTES)?;
        let ending = path.extension().and_then(|it| it.to_str()).unwrap_or("");
        let table = match ending {
            "json" => json(&text),
            "jsonl" | "ndjson" => json_lines(&text),
            _ => csv(&text, fields, skips_head, delimiter),
        };
        let (columns, rows) = table.map_err(|error| format!("{file}{error}"))?;
        if rows.is_empty() {
            return Err(format!("{file} has no row"));
        }
        Ok(Data {
            columns,
            rows,
            name: name.map(Into::into),
            pick,
            file,
        })
    }

    /// The variables that the data gives.
    pub(crate) fn variables(&self) -> Vec<Arc<str>> {
        match &self.name {
            Some(name) => vec![name.clone()],
            None => self.columns.clone(),
        }
    }

    /// Gives a user the row of its turn, or any.
    pub(crate) fn give(&self, scope: &Scope) -> Result<(), String> {
        let turn = usize::try_from(scope.turn()).unwrap_or(usize::MAX);
        let index = match self.pick {
            Pick::AtRandom => scope.random(|random| random.random_range(0..self.rows.len())),
            Pick::InOrder => turn % self.rows.len(),
            Pick::Once => turn,
        };
        let Some(row) = self.rows.get(index) else {
            let (file, rows) = (&self.file, self.rows.len());
            return Err(format!("{file} has {rows} rows, and all are used"));
        };
        let columns = self.columns.iter().cloned().zip(row.iter().cloned());
        match &self.name {
            None => columns.for_each(|(column, value)| scope.set(column, value)),
            Some(name) => {
                let columns = columns.map(|(column, value)| (column.to_string(), value));
                let row = Value::from_pairs(columns);
                scope.set(name.clone(), row);
            }
        }
        Ok(())
    }
}

type Table = (Vec<Arc<str>>, Vec<Box<[Value]>>);

/// Errors begin with the place: `:line: text`.
fn csv(
    text: &str,
    fields: Option<Vec<String>>,
    skips_head: bool,
    delimiter: u8,
) -> Result<Table, String> {
    let columns_are_named = fields.is_some();
    let has_head = !columns_are_named || skips_head;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(has_head)
        .delimiter(delimiter)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let columns: Vec<Arc<str>> = match fields {
        Some(fields) => fields.into_iter().map(Into::into).collect(),
        None => {
            let head = reader.headers().map_err(|error| format!(": {error}"))?;
            head.iter().map(Into::into).collect()
        }
    };
    if let Some(name) = repeated(&columns) {
        return Err(format!(":1: two columns are named `{name}`"));
    }
    if let Some(empty) = columns.iter().position(|column| column.is_empty()) {
        return Err(format!(":1: column {} has no name", empty + 1));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| format!(": {error}"))?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() < columns.len() {
            let missing = &columns[record.len()];
            return Err(format!(
                ":{line}: {} columns, expected {}: `{missing}` is missing",
                record.len(),
                columns.len()
            ));
        }
        // A script that names the columns may leave out the last ones, as in artillery.
        if record.len() > columns.len() && !columns_are_named {
            return Err(format!(
                ":{line}: {} columns, expected {}: a value with a comma needs quotes",
                record.len(),
                columns.len()
            ));
        }
        rows.push(record.iter().take(columns.len()).map(cell).collect());
    }
    Ok((columns, rows))
}

fn repeated(columns: &[Arc<str>]) -> Option<&str> {
    let mut known = HashSet::new();
    let mut columns = columns.iter().filter(|column| !column.is_empty());
    columns
        .find(|column| !known.insert(*column))
        .map(|it| &**it)
}

/// Numbers are numbers, unless they would not be written back the same: `007` is a text.
fn cell(text: &str) -> Value {
    match text.parse::<i64>() {
        Ok(number) if number.to_string() == text => Value::from(number),
        _ => Value::from(text),
    }
}

fn json(text: &str) -> Result<Table, String> {
    let rows: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(text)
        .map_err(|error| {
            let (line, column) = (error.line(), error.column());
            format!(":{line}:{column}: expected a list of objects: {error}")
        })?;
    objects(
        rows.into_iter()
            .enumerate()
            .map(|(row, object)| (row + 1, object)),
        "object",
    )
}

fn json_lines(text: &str) -> Result<Table, String> {
    let mut rows = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let row = serde_json::from_str(line)
            .map_err(|error| format!(":{}: expected an object: {error}", number + 1))?;
        rows.push((number + 1, row));
    }
    objects(rows.into_iter(), "line")
}

/// The columns are the members of the first object, which the others must have, too.
fn objects(
    objects: impl Iterator<Item = (usize, serde_json::Map<String, serde_json::Value>)>,
    what: &str,
) -> Result<Table, String> {
    let mut columns: Vec<Arc<str>> = Vec::new();
    let mut known: HashSet<Arc<str>> = HashSet::new();
    let mut rows = Vec::new();
    for (number, object) in objects {
        if rows.is_empty() {
            columns = object.keys().map(|key| key.as_str().into()).collect();
            known.extend(columns.iter().cloned());
        }
        let mut row = Vec::new();
        for column in &columns {
            let value = object
                .get(&**column)
                .ok_or_else(|| format!(": {what} {number} has no `{column}`"))?;
            row.push(Value::from(minijinja::value::Serde(value)));
        }
        if let Some(key) = object.keys().find(|key| !known.contains(key.as_str())) {
            return Err(format!(
                ": {what} {number} has `{key}`, and the first {what} has not"
            ));
        }
        rows.push(row.into());
    }
    Ok((columns, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_has_typed_cells_and_mistakes_with_lines() {
        let (columns, rows) = csv("name, n\nAnn, 7\n\"B, b\",007\n", None, false, b',').unwrap();
        assert_eq!(columns, ["name", "n"].map(Arc::<str>::from));
        assert_eq!(rows[0][1], Value::from(7));
        assert_eq!(rows[1][0], Value::from("B, b"));
        assert_eq!(rows[1][1], Value::from("007"));
        let error = csv("a,b\n1,2\n3\n", None, false, b',').unwrap_err();
        assert_eq!(error, ":3: 1 columns, expected 2: `b` is missing");
        assert!(
            csv("a,\n1,2\n", None, false, b',')
                .unwrap_err()
                .contains("has no name")
        );
    }

    #[test]
    fn csv_with_surplus_or_repeated_columns_is_an_error() {
        let error = csv("a,b\n1,2\n1,2,3\n", None, false, b',').unwrap_err();
        assert_eq!(
            error,
            ":3: 3 columns, expected 2: a value with a comma needs quotes"
        );
        let error = csv("a,b,a\n1,2,3\n", None, false, b',').unwrap_err();
        assert_eq!(error, ":1: two columns are named `a`");
        let twice = Some(vec!["x".to_owned(), "x".to_owned()]);
        assert!(csv("1,2\n", twice, false, b',').is_err());
        let one = Some(vec!["x".to_owned()]);
        assert!(csv("1,2\n", one, false, b',').is_ok());
    }

    #[test]
    fn csv_without_a_head_takes_given_names() {
        let fields = || Some(vec!["x".to_owned()]);
        let (_, rows) = csv("1\n2\n", fields(), false, b',').unwrap();
        assert_eq!(rows.len(), 2);
        let (_, rows) = csv("head\n2\n", fields(), true, b';').unwrap();
        assert_eq!(rows.len(), 1);
    }

    #[test]
    fn json_rows_have_the_same_members() {
        let (columns, rows) = json(r#"[{"a":1,"b":[2]},{"b":3,"a":4}]"#).unwrap();
        assert_eq!((columns.len(), rows.len()), (2, 2));
        assert!(
            json(r#"[{"a":1},{"b":2}]"#)
                .unwrap_err()
                .contains("object 2 has no `a`")
        );
        let more = json(r#"[{"a":1},{"a":2,"b":3}]"#).unwrap_err();
        assert_eq!(more, ": object 2 has `b`, and the first object has not");
        assert!(json("{}").unwrap_err().starts_with(":1:"));
        let error = json_lines("{\"a\":1}\n\n[]\n").unwrap_err();
        assert!(error.starts_with(":3: expected an object"), "{error}");
    }
}

//! Documents state the defaults that the code has.
//!
//! The names of settings are read from the sources, so a renamed field needs no change here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tidewire_core::{Config, Reconnection};

/// Methods of the native builder that have another name than the field of the core they set.
const RENAMED: [(&str, &str); 4] = [
    ("offline_events", "offline_packets"),
    ("reconnection_delay", "delay"),
    ("reconnection_delay_max", "delay_max"),
    ("detection_timeout", "detection"),
];

/// npm options and the fields of the core that they set, where the two share a default.
const NPM_DELAYS: [(&str, &str); 2] = [
    ("reconnectionDelay", "delay"),
    ("reconnectionDelayMax", "delay_max"),
];

#[test]
fn each_field_of_the_config_documents_its_default() {
    let source = read("client-core/src/config.rs");
    for (name, fields) in [
        ("Config", fields(&Config::default())),
        ("Reconnection", fields(&Reconnection::default())),
    ] {
        let documented = documented(body(&source, &format!("pub struct {name} {{")), "pub ");
        for (field, value) in fields {
            let text = documented
                .get(&field)
                .unwrap_or_else(|| panic!("{name}::{field} documents no default"));
            assert_states(&format!("{name}::{field}"), text, &value);
        }
    }
}

#[test]
fn the_bounds_of_the_core_are_the_defaults_of_the_config() {
    let text = read("client-core/src/lib.rs");
    let fields = fields(&Config::default());
    let mut count = 0;
    for mention in text.split("[`Config::").skip(1) {
        let Some((name, rest)) = mention.split_once("`]") else {
            continue;
        };
        let Some(bound) = rest.strip_prefix(" (").and_then(|it| it.split_once(')')) else {
            continue;
        };
        let value = fields
            .get(name)
            .unwrap_or_else(|| panic!("there is no Config::{name}"));
        assert_states(
            &format!("client-core/src/lib.rs, Config::{name}"),
            bound.0,
            value,
        );
        count += 1;
    }
    assert!(count >= 5, "only {count} bounds were found");
}

#[test]
fn the_native_builder_documents_the_defaults_of_the_core() {
    let fields = all_fields();
    let builder = builder_docs();
    let mut count = 0;
    for (method, text) in &builder {
        // A method takes no `None`, so it has words of its own for that default.
        if let Some(value) = fields.get(method).filter(|value| *value != "None") {
            assert_states(&format!("Builder::{method}"), text, value);
            count += 1;
        }
    }
    for (method, field) in RENAMED {
        assert_states(
            &format!("Builder::{method}"),
            &builder[method],
            &fields[field],
        );
        count += 1;
    }
    assert!(count >= 10, "only {count} defaults were found");
}

#[test]
fn the_bounds_of_the_native_client_are_those_of_its_builder() {
    let builder = builder_docs();
    let text = read("client-native/src/lib.rs");
    let mut count = 0;
    for row in text.lines().filter(|line| line.contains("([`Builder::")) {
        let cells: Vec<&str> = row.split('|').collect();
        let method = row
            .split_once("[`Builder::")
            .and_then(|(_, it)| it.split_once('`'));
        let (Some((method, _)), Some(cell)) = (method, cells.get(2)) else {
            continue;
        };
        if let Some(text) = builder.get(method) {
            let (in_table, in_docs) = (quantities(cell), quantities(text));
            assert!(
                in_docs.starts_with(&in_table),
                "{method}: {in_table:?} in the table, {in_docs:?} in the docs"
            );
            count += 1;
        }
    }
    assert!(count >= 3, "only {count} bounds were found");
}

#[test]
fn sentences_about_delays_name_the_default_delays() {
    let fields = fields(&Reconnection::default());
    let expected = [quantity(&fields["delay"]), quantity(&fields["delay_max"])];
    for file in ["README.md", "client-native/src/lib.rs"] {
        let text = read(file).replace("\n//!", "");
        for sentence in text.split(". ") {
            let Some((_, range)) = sentence.split_once("from ") else {
                continue;
            };
            let is_range = sentence.contains("pause") || sentence.contains("delay");
            if let [first, last, ..] = &quantities(range)[..]
                && is_range
                && range.contains(&format!("{first} to {last}"))
            {
                assert_eq!([first, last], expected.each_ref(), "{file}: {sentence}");
            }
        }
    }
}

#[test]
fn npm_options_document_the_defaults_of_socket_io_client() {
    let options = npm_options();
    let fields = fields(&Reconnection::reference());
    for (option, field) in NPM_DELAYS {
        let millis = number_in(&fields[field]);
        assert_eq!(options[option], millis, "{option}");
    }
    let factor: f64 = options["randomizationFactor"].parse().unwrap();
    let percent: f64 = fields["randomization_percent"].parse().unwrap();
    assert_eq!(factor * 100.0, percent);
}

#[test]
fn the_npm_readme_states_the_defaults_of_the_options() {
    let readme = read("client-wasm/npm/README.md");
    let mut count = 0;
    for (option, default) in npm_options() {
        let mention = format!("`{option}` (");
        let Some((_, rest)) = readme.split_once(&mention) else {
            continue;
        };
        let Some((stated, _)) = rest
            .split_once(')')
            .filter(|(it, _)| it.starts_with(char::is_numeric))
        else {
            continue;
        };
        assert_eq!(
            stated.replace(',', ""),
            default,
            "`{option}` in the npm README"
        );
        count += 1;
    }
    assert!(count >= 2, "only {count} defaults were found");
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).expect(file)
}

fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().expect("xtask has a parent").to_owned()
}

/// Returns the text between `start` and the closing brace at the beginning of a line.
fn body<'a>(source: &'a str, start: &str) -> &'a str {
    let (_, rest) = source.split_once(start).expect("the type");
    rest.split_once("\n}").expect("its end").0
}

fn all_fields() -> BTreeMap<String, String> {
    let mut all = fields(&Config::default());
    all.extend(fields(&Reconnection::default()));
    all
}

/// Returns the fields of a struct with their values, as `Debug` shows them.
fn fields(value: &dyn std::fmt::Debug) -> BTreeMap<String, String> {
    let text = format!("{value:?}");
    let (_, list) = text.split_once(" { ").expect("a struct");
    let list = list.strip_suffix(" }").expect("a struct");
    let mut fields = BTreeMap::new();
    let (mut depth, mut start) = (0, 0);
    for (at, sign) in list.char_indices().chain([(list.len(), ',')]) {
        match sign {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                let (name, value) = list[start..at].split_once(": ").expect("a field");
                fields.insert(name.trim().to_owned(), value.to_owned());
                start = at + 1;
            }
            _ => {}
        }
    }
    fields
}

/// Returns the default that each item's doc comment states, up to the end of its sentence. Items begin with `prefix`.
fn documented(source: &str, prefix: &str) -> BTreeMap<String, String> {
    let mut defaults = BTreeMap::new();
    let mut doc = String::new();
    for line in source.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("///") {
            doc.push_str(text);
        } else if let Some(item) = line.strip_prefix(prefix) {
            let name = item.split([':', '(', '<']).next().unwrap_or_default();
            if let Some(default) = default_in(&doc) {
                defaults.insert(name.to_owned(), default);
            }
            doc.clear();
        } else if !line.starts_with('#') {
            doc.clear();
        }
    }
    defaults
}

fn default_in(doc: &str) -> Option<String> {
    let start = doc.to_lowercase().find("default: ")? + "default: ".len();
    let rest = doc.get(start..)?;
    Some(rest.split(". ").next()?.trim_end_matches('.').to_owned())
}

/// Returns the defaults that the methods of the native builder document.
fn builder_docs() -> BTreeMap<String, String> {
    let mut docs = BTreeMap::new();
    let mut folders = vec![root().join("client-native/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = fs::read_to_string(&path).expect("a source");
            if source.contains("impl Builder {") {
                docs.extend(documented(&source, "pub fn "));
            }
        }
    }
    docs
}

/// Returns the `@default` of each npm option.
fn npm_options() -> BTreeMap<String, String> {
    let source = read("client-wasm/npm/src/options.ts");
    let mut options = BTreeMap::new();
    let mut default = None;
    for line in source.lines().map(str::trim) {
        if let Some((_, rest)) = line.split_once("@default ") {
            default = Some(rest.trim_end_matches("*/").trim().to_owned());
        } else if let Some((name, _)) = line.split_once([':', '?']) {
            options.extend(default.take().map(|default| (name.to_owned(), default)));
        }
    }
    options
}

/// Fails unless a text states the value, which is as `Debug` shows it.
fn assert_states(name: &str, text: &str, value: &str) {
    let begins = |word: &str| text.trim_start_matches('`').starts_with(word);
    let is_stated = match value {
        "None" => begins("None") || begins("none") || begins("no "),
        "true" => begins("yes") || begins("true"),
        "false" => begins("no") || begins("false"),
        "[WebSocket]" => text.contains("WebSocket") && !text.contains("polling"),
        "Refuse" => text.to_lowercase().contains("refuse"),
        value if value.starts_with("Some(Reconnection") => begins("Some") || begins("yes"),
        value => quantities(text).first() == Some(&quantity(value)),
    };
    assert!(
        is_stated,
        "{name} documents the default \"{text}\", but it is {value}"
    );
}

/// Returns a number or a span as documents write it: `1,000`, `16 MiB`, `20 s`, `500 ms`.
fn quantity(value: &str) -> String {
    const MIB: u64 = 1 << 20;
    let number: u64 = number_in(value).parse().expect("a number");
    match number {
        _ if value.contains("Millis") && number.is_multiple_of(1000) => {
            format!("{} s", number / 1000)
        }
        _ if value.contains("Millis") => format!("{number} ms"),
        _ if number >= MIB && number.is_multiple_of(MIB) => format!("{} MiB", number / MIB),
        _ => grouped(number),
    }
}

fn number_in(value: &str) -> String {
    value.chars().filter(char::is_ascii_digit).collect()
}

fn grouped(number: u64) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", grouped(number / 1000), number % 1000),
    }
}

/// Returns the numbers in a text, each with its unit.
fn quantities(text: &str) -> Vec<String> {
    let words: Vec<&str> = text
        .split(|sign: char| sign.is_whitespace() || "();".contains(sign))
        .filter(|word| !word.is_empty())
        .map(|word| word.trim_end_matches([',', '.']))
        .collect();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if !word.starts_with(|sign: char| sign.is_ascii_digit()) {
            continue;
        }
        let unit = words.get(at + 1).copied().unwrap_or_default();
        found.push(match unit {
            "s" | "ms" | "KiB" | "MiB" => format!("{word} {unit}"),
            _ => (*word).to_owned(),
        });
    }
    found
}

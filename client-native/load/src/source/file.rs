//! Files of scenarios and data.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::node::Node;
use super::place::{Fault, Faults, Place};
use super::{toml, yaml};

/// Bytes of a scenario, and of a file of certificates, that are read. One that is longer is a mistake.
const MOST_BYTES: u64 = 16 << 20;

/// A file that was read.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) node: Node,
}

impl Source {
    /// The path of another file that this one names: beside it, unless it is absolute.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        match self.path.parent() {
            Some(folder) => folder.join(name),
            None => PathBuf::from(name),
        }
    }

    /// All mistakes of the file, sorted.
    pub(crate) fn faults(&self, mut faults: Vec<Fault>) -> Faults {
        faults.sort_by_key(|fault| fault.place);
        faults.dedup();
        Faults {
            file: self.path.display().to_string(),
            faults,
        }
    }
}

/// Reads a file: YAML if its name ends in `.yml` or `.yaml`, JSON (which is YAML) in `.json`, else TOML.
pub(crate) fn read(path: &Path) -> Result<Source, Faults> {
    let file = path.display().to_string();
    let text = read_text(path, MOST_BYTES).map_err(|text| Faults {
        file: file.clone(),
        faults: vec![Fault::new(Place { line: 1, column: 1 }, text)],
    })?;
    let ending = path.extension().and_then(|it| it.to_str()).unwrap_or("");
    let parsed = match ending {
        "yml" | "yaml" | "json" => yaml::parse(&text),
        _ => toml::parse(&text),
    };
    match parsed {
        Ok(node) => Ok(Source {
            path: path.to_owned(),
            node,
        }),
        Err(faults) => Err(Faults { file, faults }),
    }
}

/// Reads a text file that has at most this many bytes, without the byte order mark that some editors write.
pub(crate) fn read_text(path: &Path, most: u64) -> Result<String, String> {
    let bytes = read_bytes(path, most)?;
    let cannot = |text: &str| format!("cannot read {}: {text}", path.display());
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(cannot("it is UTF-16: save it as UTF-8"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let byte = error.utf8_error().valid_up_to();
        cannot(&format!("byte {byte} is not UTF-8"))
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(text) => text.to_owned(),
        None => text,
    })
}

/// Reads a file of certificates.
pub(crate) fn read_certificates(path: &Path) -> Result<Vec<u8>, String> {
    read_bytes(path, MOST_BYTES)
}

/// Reads a file that has at most this many bytes. A pipe or a device tells its length only by its end.
fn read_bytes(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let cannot = |error: &dyn std::fmt::Display| format!("cannot read {}: {error}", path.display());
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
    match read {
        Ok(length) if length as u64 > most => {
            Err(cannot(&format!("it has more than {most} bytes")))
        }
        Ok(_) => Ok(bytes),
        Err(error) => Err(cannot(&error)),
    }
}

//! Texts of files with places: numbers with units, values with spans, and errors that name a line.
//!
//! Bottom up: `duration`, `place` -> `node` -> `toml`, `yaml` -> `fields` -> `file`.

mod duration;
mod fields;
mod file;
mod node;
mod place;
mod toml;
mod yaml;

pub(crate) use duration::{
    LONGEST, LONGEST_TEXT, parse as parse_duration, plain as plain_duration,
};
pub(crate) use fields::{Fields, time};
pub(crate) use file::{Source, read, read_certificates, read_text};
pub(crate) use node::{Kind, Node};
pub(crate) use place::{Fault, Faults, Place};

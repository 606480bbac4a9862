//! The report of a run, and its forms.

mod advice;
mod bars;
mod canvas;
mod chart;
mod checks;
mod csv;
mod data;
mod html;
mod junit;
mod merge;
mod prometheus;
mod snapshot;
mod text;
mod threshold;

pub(crate) use data::MOST_SHARDS;
pub use data::{Generator, MissingShard, ReasonReport, Report, SeriesReport, Verdict};
pub(crate) use prometheus::exposition;
pub(crate) use snapshot::Snapshot;
pub use threshold::Threshold;

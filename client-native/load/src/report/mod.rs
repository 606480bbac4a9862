//! The report of a run, and its forms.

mod advice;
mod chart;
mod csv;
mod data;
mod html;
mod junit;
mod merge;
mod prometheus;
mod text;
mod threshold;

pub use data::{Generator, ReasonReport, Report, SeriesReport, Verdict};
pub(crate) use prometheus::exposition;
pub use threshold::Threshold;

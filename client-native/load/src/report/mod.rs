//! The report of a run, and its forms.

mod advice;
mod data;
mod text;
mod threshold;

pub use data::{Generator, ReasonReport, Report, SeriesReport, Verdict};
pub use threshold::Threshold;

//! How a step ended.

/// How a step ended that did not fail.
#[derive(Debug)]
pub(crate) enum Outcome {
    Passed,
    /// An optional tool is not installed; the text says which, and how to get it.
    Skipped(&'static str),
}

//! How a step ended.

/// How a step ended that did not fail.
#[derive(Debug)]
pub(crate) enum Outcome {
    Passed,
    /// A part could not be checked here; the text says which, and why.
    PassedWithout(&'static str),
    /// Nothing could be checked; the text says what is missing.
    Skipped(&'static str),
}

//! A fault of the imports, and how to mend it.

/// An import, or a list in xtask, that breaks a rule.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fault {
    pub(super) what: String,
    pub(super) remedy: &'static str,
}

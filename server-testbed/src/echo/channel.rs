//! The kinds of channels, by their names.

/// The status of a subscription that the server itself refuses: above a limit, or with a wrong name.
pub(super) const UNPROCESSABLE: u16 = 422;

/// Who may subscribe, and whether members know each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Public,
    Private,
    Presence,
}

impl Kind {
    pub(super) fn of(channel: &str) -> Self {
        if channel.starts_with("private-") {
            Self::Private
        } else if channel.starts_with("presence-") {
            Self::Presence
        } else {
            Self::Public
        }
    }
}

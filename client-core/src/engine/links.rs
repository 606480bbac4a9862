//! Names for links: each used once.

use crate::output::Link;

#[derive(Debug, Default)]
pub(crate) struct Links {
    last: u32,
}

impl Links {
    pub(crate) fn next(&mut self) -> Link {
        self.last = self.last.wrapping_add(1);
        Link::from_id(self.last)
    }
}

//! A node as its HTTP routes see it.

use std::sync::Arc;

use crate::app::App;
use crate::cluster::Io;

/// The application with its sockets; clones are the same.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) app: Arc<App>,
    pub(crate) io: Io,
}

//! The folder of one run: configuration and logs. It is removed at the end, except with `--keep`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    keep: bool,
}

impl Folder {
    pub(crate) fn new(name: &str, keep: bool) -> io::Result<Self> {
        let path =
            std::env::temp_dir().join(format!("tidewire-cluster-{}-{name}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self { path, keep })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.keep {
            // It is a temporary folder: the system removes what is left.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

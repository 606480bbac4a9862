//! The files of a report.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::options::OutputOptions;
use crate::report::Report;

/// The files that a run writes at its end. They are created before it begins, so that a wrong path costs no run.
#[derive(Debug)]
pub(crate) struct Files(Vec<(PathBuf, Form)>);

#[derive(Clone, Copy, Debug)]
enum Form {
    Json,
}

impl Files {
    /// Creates the files.
    ///
    /// # Errors
    /// The text names the file and the reason.
    pub(crate) fn create(options: &OutputOptions) -> Result<Files, String> {
        let wanted = [(&options.json, Form::Json)];
        let mut files = Vec::new();
        for (path, form) in wanted {
            if let Some(path) = path {
                File::options()
                    .create(true)
                    .append(true)
                    .open(path)
                    .map_err(|error| cannot_write(path, &error))?;
                files.push((path.clone(), form));
            }
        }
        Ok(Files(files))
    }

    /// Writes all files, also if one of them fails.
    ///
    /// # Errors
    /// The texts name the files and the reasons.
    pub(crate) fn write(&self, report: &Report) -> Result<(), Vec<String>> {
        let mut errors = Vec::new();
        for (path, form) in &self.0 {
            let content = match form {
                Form::Json => report.to_json(),
            };
            if let Err(error) = write(path, &content) {
                errors.push(cannot_write(path, &error));
            }
        }
        match errors.is_empty() {
            true => Ok(()),
            false => Err(errors),
        }
    }
}

fn write(path: &Path, content: &str) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(content.as_bytes())?;
    file.flush()?;
    // A full disk may show only now. Devices and pipes cannot be synchronized.
    match file.metadata()?.is_file() {
        true => file.sync_all(),
        false => Ok(()),
    }
}

fn cannot_write(path: &Path, error: &std::io::Error) -> String {
    format!("cannot write {}: {error}", path.display())
}

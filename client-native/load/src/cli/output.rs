//! The files of a report.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::options::OutputOptions;
use crate::report::Report;

/// The files that a run writes at its end. They are created before it begins, so that a wrong path costs no run.
#[derive(Debug)]
pub(crate) struct Files {
    files: Vec<(PathBuf, Form)>,
    baseline: Option<Report>,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Json,
    Csv,
    Html,
    Junit,
}

impl Files {
    /// Creates the files.
    ///
    /// # Errors
    /// The text names the file and the reason.
    pub(crate) fn create(options: &OutputOptions) -> Result<Files, String> {
        let baseline = options.baseline.as_deref().map(read_report).transpose()?;
        let wanted = [
            (&options.json, Form::Json),
            (&options.csv, Form::Csv),
            (&options.html, Form::Html),
            (&options.junit, Form::Junit),
        ];
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
        Ok(Files { files, baseline })
    }

    /// Writes all files, also if one of them fails.
    ///
    /// # Errors
    /// The texts name the files and the reasons.
    pub(crate) fn write(&self, report: &Report) -> Result<(), Vec<String>> {
        let mut errors = Vec::new();
        for (path, form) in &self.files {
            let content = match form {
                Form::Json => report.to_json(),
                Form::Csv => report.to_csv(),
                Form::Html => report.to_html(self.baseline.as_ref()),
                Form::Junit => report.to_junit(),
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

/// Reads a JSON report.
pub(crate) fn read_report(path: &Path) -> Result<Report, String> {
    let file = path.display();
    let json =
        std::fs::read_to_string(path).map_err(|error| format!("cannot read {file}: {error}"))?;
    Report::from_json(&json).map_err(|error| format!("{file}: {error}"))
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

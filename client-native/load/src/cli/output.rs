//! The files of a report.

use std::path::{Path, PathBuf};

use super::options::OutputOptions;
use super::whole_file::{self, Place};
use crate::report::Report;
use crate::source::read_text;

/// Bytes of a JSON report that are read.
const MOST_BYTES: u64 = 1 << 30;

/// The files that a run writes at its end. They are tried before it begins, so that a wrong path costs no run.
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
    /// Tries whether the files can be written. `inputs` are files that the run reads.
    ///
    /// # Errors
    /// The text names the file and the reason: it cannot be written, it is an input, or two reports would be in it.
    pub(crate) fn prepare(options: &OutputOptions, inputs: &[PathBuf]) -> Result<Files, String> {
        let wanted = [
            ("--json", &options.json, Form::Json),
            ("--csv", &options.csv, Form::Csv),
            ("--html", &options.html, Form::Html),
            ("--junit", &options.junit, Form::Junit),
        ];
        let inputs = inputs.iter().chain(&options.baseline);
        let mut taken: Vec<(Place, &str)> = inputs
            .map(|path| (Place::of(path), "an input of this run"))
            .collect();
        let mut files = Vec::new();
        for (option, path, form) in wanted {
            let Some(path) = path else { continue };
            whole_file::try_out(path).map_err(|error| cannot_write(path, &error))?;
            let place = Place::of(path);
            if let Some((_, what)) = taken.iter().find(|(other, _)| other.is(&place)) {
                let file = path.display();
                return Err(format!(
                    "{option} {file}: the file is {what} as well: give {option} another one"
                ));
            }
            taken.push((place, option));
            files.push((path.clone(), form));
        }
        let baseline = options.baseline.as_deref().map(read_report).transpose()?;
        Ok(Files { files, baseline })
    }

    /// Writes all files, also if one of them fails. Returns the errors, which name the files and the reasons.
    pub(crate) fn write(&self, report: &Report) -> impl Iterator<Item = String> {
        let write = |(path, form): &(PathBuf, Form)| {
            let content = match form {
                Form::Json => report.to_json(),
                Form::Csv => report.to_csv(),
                Form::Html => report.to_html(self.baseline.as_ref()),
                Form::Junit => report.to_junit(),
            };
            let error = whole_file::write(path, &content).err()?;
            Some(cannot_write(path, &error))
        };
        self.files
            .iter()
            .filter_map(write)
            .collect::<Vec<_>>()
            .into_iter()
    }
}

/// Reads a JSON report.
pub(crate) fn read_report(path: &Path) -> Result<Report, String> {
    let json = read_text(path, MOST_BYTES)?;
    Report::from_json(&json).map_err(|error| format!("{}: {error}", path.display()))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> String {
    format!("cannot write {}: {error}", path.display())
}

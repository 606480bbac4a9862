//! The step `prose`: finds phrases that the prose rules in CONTRIBUTING.md replace.
//!
//! A phrase is matched word by word, with `*` for the rest of a word. The `regex` crate would not find a phrase that
//! continues on the next line of a comment.
//!
//! If a phrase must stay (a quotation, the history in CHANGELOG.md), its line ends with a comment that holds [`MARKER`]:
//! `// prose: quoted`, or `<!-- prose: quoted -->`.

mod patterns;
mod text;

use std::fs;

use crate::sh::{Error, Sh, root};
use patterns::PATTERNS;

/// A line with this text is not checked.
const MARKER: &str = "prose: quoted";

/// The endings of the files to check.
const ENDINGS: [&str; 7] = [".rs", ".ts", ".mts", ".mjs", ".js", ".md", ".toml"];

/// Files that hold the phrases because they are about them.
const EXEMPT: [&str; 2] = ["xtask/src/prose/patterns.rs", "xtask/src/prose/text.rs"];

/// Folders and files that still have such phrases. If a listed one has none, the step fails: remove its line.
const NOT_YET: &[&str] = &[];

/// Checks all files that git lists. Returns `false` if this is not a git repository.
pub(crate) fn check() -> Result<bool, Error> {
    let list = Sh::new("git").words("ls-files --cached --others --exclude-standard");
    let Some(list) = list.ask() else {
        return Ok(false);
    };
    let mut not_yet: Vec<(&str, usize)> = NOT_YET.iter().map(|folder| (*folder, 0)).collect();
    let mut count = 0;
    for file in list.lines().filter(|file| is_checked(file)) {
        let path = root().join(file);
        // A file that git lists and the working tree lacks was deleted a moment ago.
        if !path.exists() {
            continue;
        }
        let content = fs::read_to_string(&path).map_err(Error::file(&path))?;
        let hits = text::find(&content, PATTERNS, MARKER);
        let folder = not_yet
            .iter_mut()
            .find(|(folder, _)| file.starts_with(folder));
        if let Some((_, known)) = folder {
            *known += hits.len();
            continue;
        }
        count += hits.len();
        for hit in hits {
            println!("{file}:{}: {}", hit.line, hit.text);
            println!("    not \"{}\", but: {}", hit.phrase, hit.say_instead);
        }
    }
    for (folder, known) in &not_yet {
        println!("{known:>5}  in {folder} (not checked yet)");
    }
    verdict(count, &not_yet).map(|()| true)
}

fn is_checked(file: &str) -> bool {
    ENDINGS.iter().any(|ending| file.ends_with(ending)) && !EXEMPT.contains(&file)
}

fn verdict(count: usize, not_yet: &[(&str, usize)]) -> Result<(), Error> {
    if count > 0 {
        return Err(Error::rule(
            format!("{count} phrases that are not plain"),
            format!(
                "write the words that each line above names, or end a quotation's line with `{MARKER}`"
            ),
        ));
    }
    match not_yet.iter().find(|(_, known)| *known == 0) {
        Some((folder, _)) => Err(Error::rule(
            format!("{folder} has none of the phrases"),
            "remove it from NOT_YET in xtask/src/prose/mod.rs",
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_and_documents_are_checked_and_locks_are_not() {
        for file in ["a/b.rs", "README.md", "deny.toml", "x.test.ts"] {
            assert!(is_checked(file), "{file}");
        }
        for file in [
            "Cargo.lock",
            "package-lock.json",
            "xtask/src/prose/patterns.rs",
        ] {
            assert!(!is_checked(file), "{file}");
        }
    }

    #[test]
    fn a_phrase_fails_and_so_does_a_folder_listed_without_need() {
        assert!(verdict(0, &[("a", 1)]).is_ok());
        let found = verdict(2, &[]).unwrap_err();
        assert!(
            found
                .to_string()
                .starts_with("2 phrases that are not plain")
        );
        let stale = verdict(0, &[("a/", 0)]).unwrap_err();
        assert!(stale.to_string().starts_with("a/ has none"), "{stale}");
    }
}

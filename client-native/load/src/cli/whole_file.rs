//! Files that are there whole or not at all: a new one takes the place of an old one once all of it is on the disk.
//!
//! A file that cannot be replaced, such as one that is mounted by itself, is written in place.

use std::fs::{self, File};
use std::io::{Result, Write};
use std::path::{Path, PathBuf};

/// Links that follow each other; the system opens no file behind more.
const MOST_LINKS: usize = 40;

/// Characters of a file's name that its new content takes over: at most four bytes each, of 255.
const MOST_CHARS: usize = 50;

/// A file, whatever path names it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place(Option<PathBuf>);

impl Place {
    /// The place of a path; that of a device or a pipe is never the same as another.
    pub(super) fn of(path: &Path) -> Place {
        Place((!is_device(path)).then(|| target(path)))
    }

    /// Returns whether the file is the same.
    pub(super) fn is(&self, other: &Place) -> bool {
        self.0.is_some() && self == other
    }
}

/// Tries whether a file can be written, and leaves an old one as it is.
pub(super) fn try_out(path: &Path) -> Result<()> {
    if path.is_dir() {
        // The system's own words for it.
        return File::options().append(true).open(path).map(|_| ());
    }
    if is_device(path) {
        return Ok(());
    }
    Beside::create(&target(path)).map(|_| ())
}

/// Writes a file.
pub(super) fn write(path: &Path, content: &str) -> Result<()> {
    if is_device(path) {
        // If it is a file after all, what the process has printed stays.
        let mut device = File::options().append(true).open(path)?;
        device.write_all(content.as_bytes())?;
        return device.flush();
    }
    let path = target(path);
    let mut beside = Beside::create(&path)?;
    fill(&mut beside.file, content)?;
    if beside.take_place_of(&path).is_err() {
        fill(&mut File::create(&path)?, content)?;
    }
    Ok(())
}

fn fill(file: &mut File, content: &str) -> Result<()> {
    file.write_all(content.as_bytes())?;
    // A full disk may show only now.
    file.sync_all()
}

/// Returns whether a path is something that cannot be replaced: a device, a pipe, or what the system opens for the process, such
/// as `/dev/stdout`, behind which a file may be.
fn is_device(path: &Path) -> bool {
    let Ok(kind) = fs::metadata(path) else {
        return false;
    };
    !kind.is_dir() && (!kind.is_file() || places(path).iter().any(|it| is_of_system(it)))
}

fn is_of_system(place: &Path) -> bool {
    // A folder in memory, whose files are like others.
    let is_memory = place.starts_with("/dev/shm");
    (place.starts_with("/proc") || place.starts_with("/dev")) && !is_memory
}

/// The file behind symbolic links, which stay.
fn target(path: &Path) -> PathBuf {
    places(path).pop().unwrap_or_default()
}

/// The places to which symbolic links lead from a path, and at the end that of the file, which may not be there.
fn places(path: &Path) -> Vec<PathBuf> {
    let mut places = vec![place(path)];
    for _ in 0..MOST_LINKS {
        let Some(next) = places.last().and_then(|link| behind(link)) else {
            break;
        };
        places.push(next);
    }
    places
}

fn behind(link: &Path) -> Option<PathBuf> {
    let target = fs::read_link(link).ok()?;
    Some(place(&link.parent()?.join(target)))
}

/// The path without symbolic links to folders.
fn place(path: &Path) -> PathBuf {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match (fs::canonicalize(folder), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// A new file in the folder of another one. It is removed unless it takes its place.
struct Beside {
    path: PathBuf,
    file: File,
}

impl Beside {
    fn create(other: &Path) -> Result<Beside> {
        if other.is_symlink() {
            // A loop, which the system tells in its own words.
            File::open(other)?;
        }
        // Its own name may be as long as the system allows.
        let name = other.file_name().unwrap_or_default().to_string_lossy();
        let name: String = name.chars().take(MOST_CHARS).collect();
        let name = format!(".{name}.{}.part", std::process::id());
        let path = other.with_file_name(name);
        let file = File::create(&path)?;
        Ok(Beside { path, file })
    }

    fn take_place_of(&self, other: &Path) -> Result<()> {
        if let Ok(old) = fs::metadata(other) {
            self.file.set_permissions(old.permissions())?;
        }
        fs::rename(&self.path, other)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // It is gone if it has taken the place.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::env;
    use std::os::unix::fs::symlink;

    use super::*;

    /// A folder that is removed at the end of the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = env::temp_dir().join(format!("tidewire-load-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).expect("a folder for the test");
            Folder(fs::canonicalize(path).expect("it is there"))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn links_stay_also_those_to_a_file_that_is_not_there() {
        let folder = Folder::new("links");
        let path = |name| folder.0.join(name);
        symlink("second", path("first")).unwrap();
        symlink("new.json", path("second")).unwrap();
        for content in ["one", "two"] {
            try_out(&path("first")).unwrap();
            write(&path("first"), content).unwrap();
            assert_eq!(fs::read_to_string(path("new.json")).unwrap(), content);
            assert!(path("first").is_symlink() && path("second").is_symlink());
        }
        assert!(Place::of(&path("first")).is(&Place::of(&path("new.json"))));
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 3);
    }

    #[test]
    fn a_name_may_be_as_long_as_the_system_allows() {
        let folder = Folder::new("long");
        for name in ["a".repeat(255), "é".repeat(127)] {
            let path = folder.0.join(name);
            for content in ["one", "two"] {
                try_out(&path).unwrap();
                write(&path, content).unwrap();
                assert_eq!(fs::read_to_string(&path).unwrap(), content);
            }
        }
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 2);
    }

    #[test]
    fn a_loop_of_links_is_an_error() {
        let folder = Folder::new("loop");
        let path = folder.0.join("loop");
        symlink(&path, &path).unwrap();
        try_out(&path).unwrap_err();
        write(&path, "report").unwrap_err();
        assert!(path.is_symlink());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_the_process_has_open_is_not_replaced() {
        use std::os::fd::AsRawFd;

        let folder = Folder::new("open");
        let path = folder.0.join("out.txt");
        let mut open = File::create(&path).unwrap();
        open.write_all(b"before ").unwrap();
        let link = folder.0.join("link");
        symlink(format!("/proc/self/fd/{}", open.as_raw_fd()), &link).unwrap();
        try_out(&link).unwrap();
        write(&link, "report").unwrap();
        assert!(!Place::of(&link).is(&Place::of(&link)));
        assert_eq!(fs::read_to_string(&path).unwrap(), "before report");
        assert!(!is_of_system(Path::new("/dev/shm/report.json")));
    }
}

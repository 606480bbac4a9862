//! Seeds that once broke a law, from `seeds.txt`.

/// A seed that runs before all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Regression {
    /// The seed.
    pub seed: u64,
    /// The bug it found.
    pub why: &'static str,
}

/// Returns the seeds of `seeds.txt`.
///
/// # Errors
///
/// Returns the first line that is neither a comment nor a seed with a reason.
pub fn regression_seeds() -> Result<Vec<Regression>, String> {
    read(include_str!("../seeds.txt"))
}

fn read(text: &'static str) -> Result<Vec<Regression>, String> {
    let lines = text.lines().enumerate();
    lines
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|(at, line)| read_line(line).ok_or_else(|| complaint(at + 1, line)))
        .collect()
}

fn read_line(line: &'static str) -> Option<Regression> {
    let (seed, why) = line.split_once(' ')?;
    let seed = seed.parse().ok()?;
    let why = why.trim();
    (!why.is_empty()).then_some(Regression { seed, why })
}

fn complaint(number: usize, line: &str) -> String {
    format!("seeds.txt, line {number}: expected a seed, a space and a reason, found {line:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_seed_and_a_reason() {
        let read = read("# comment\n\n17 a reason \n");
        let why = "a reason";
        assert_eq!(read, Ok(vec![Regression { seed: 17, why }]));
    }

    #[test]
    fn anything_else_is_an_error_that_names_the_line() {
        for line in ["17", "17 ", "x why", "-1 why", "99999999999999999999 why"] {
            let text: &'static str = Box::leak(format!("# c\n{line}").into_boxed_str());
            let error = read(text).unwrap_err();
            assert!(error.starts_with("seeds.txt, line 2:"), "{error}");
        }
    }
}

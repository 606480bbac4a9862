//! Durations as people write them: `500ms`, `10s`, `2m`, `1h`, or a number of seconds.

use std::time::Duration;

/// Describes a duration in error texts.
pub(crate) const EXPECTED: &str = "a time such as 500ms, 10s, 1.5m or 1h, or a number of seconds";

/// The longest time in a file or an option, and of a run: clocks have the time at its end.
pub(crate) const LONGEST: Duration = Duration::from_secs(3_650 * 86_400);

/// Describes the longest time in error texts.
pub(crate) const LONGEST_TEXT: &str = "3,650 days";

/// Reads a duration.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let error = || format!("`{text}` is not a time: expected {EXPECTED}");
    let trimmed = text.trim();
    let end = trimmed
        .find(|it: char| !it.is_ascii_digit() && it != '.')
        .unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(end);
    let number: f64 = number.parse().map_err(|_| error())?;
    let seconds = match unit.trim() {
        "us" | "µs" => number / 1e6,
        "ms" | "msec" | "millisecond" | "milliseconds" => number / 1e3,
        "" | "s" | "sec" | "secs" | "second" | "seconds" => number,
        "m" | "min" | "mins" | "minute" | "minutes" => number * 60.0,
        "h" | "hour" | "hours" => number * 3_600.0,
        "d" | "day" | "days" => number * 86_400.0,
        _ => return Err(error()),
    };
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if time <= LONGEST => Ok(time),
        Ok(_) => Err(format!(
            "`{text}` is too long: expected at most {LONGEST_TEXT}"
        )),
        Err(_) => Err(error()),
    }
}

/// Writes a duration as [`parse`] reads it.
pub(crate) fn plain(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        0.0 => "0s".into(),
        _ if seconds < 1.0 => format!("{}ms", seconds * 1e3),
        _ if seconds >= 120.0 && seconds % 60.0 == 0.0 => format!("{}m", seconds / 60.0),
        _ => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_understood_and_written_back() {
        for (text, millis) in [
            ("500ms", 500),
            ("10s", 10_000),
            ("10", 10_000),
            ("1.5m", 90_000),
            (" 2 minutes ", 120_000),
            ("1h", 3_600_000),
            ("0", 0),
        ] {
            let duration = parse(text).unwrap();
            assert_eq!(duration, Duration::from_millis(millis), "{text}");
            assert_eq!(parse(&plain(duration)).unwrap(), duration);
        }
    }

    #[test]
    fn other_texts_are_errors() {
        for text in [
            "",
            "s",
            "-1s",
            "1x",
            "1e400",
            "1..2",
            "ten",
            "99999999999999999999d",
            "3651d",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}

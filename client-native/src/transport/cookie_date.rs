//! The dates of cookies. Source: RFC 6265, 5.1.1.

use std::time::{Duration, SystemTime};

/// Reads the date of an attribute `Expires`: `Wed, 21 Oct 2026 07:28:00 GMT`, and the many forms in use. A date before 1970 is 1970.
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    let is_delimiter = |sign: char| !(sign.is_alphanumeric() || sign == ':');
    for token in text.split(is_delimiter) {
        // Each part is the first token of its form.
        let part = [
            (&mut time, time_of(token)),
            (&mut day, number(token, 1, 2)),
            (&mut month, month_of(token)),
            (&mut year, number(token, 2, 4)),
        ];
        let found = part
            .into_iter()
            .find(|(known, read)| known.is_none() && read.is_some());
        if let Some((known, read)) = found {
            *known = read;
        }
    }
    let (time, day, month) = (time?, day?, month?);
    let year = match year? {
        year @ 70..=99 => year + 1900,
        year @ 0..=69 => year + 2000,
        year => year,
    };
    if !(1..=31).contains(&day) || year < 1601 {
        return None;
    }
    let days = days_since_1970(i64::from(year), i64::from(month), i64::from(day));
    let seconds = days * 86_400 + i64::from(time);
    let since_1970 = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    Some(SystemTime::UNIX_EPOCH + since_1970)
}

/// The seconds since midnight, of `07:28:00`.
fn time_of(token: &str) -> Option<u32> {
    let mut fields = token.split(':').map(|field| number(field, 1, 2));
    let (hours, minutes, seconds) = (fields.next()??, fields.next()??, fields.next()??);
    let is_valid = fields.next().is_none() && hours < 24 && minutes < 60 && seconds < 60;
    is_valid.then_some(hours * 3600 + minutes * 60 + seconds)
}

/// The month, from 1, by its first three letters.
fn month_of(token: &str) -> Option<u32> {
    const MONTHS: &str = "janfebmaraprmayjunjulaugsepoctnovdec";
    let start = token.get(..3)?.to_ascii_lowercase();
    let at = MONTHS.find(&start).filter(|at| at % 3 == 0)?;
    u32::try_from(at / 3 + 1).ok()
}

/// A number with at least `least` digits and at most `most`.
fn number(token: &str, least: usize, most: usize) -> Option<u32> {
    let fits = (least..=most).contains(&token.len());
    let is_number = fits && token.bytes().all(|byte| byte.is_ascii_digit());
    token.parse().ok().filter(|_| is_number)
}

/// The days from 1970-01-01 to a date of the Gregorian calendar.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Counts years from March, so that the leap day is the last one.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days_to_month = (153 * month + 2) / 5;
    let leap_days = year / 4 - year / 100 + year / 400;
    year * 365 + leap_days + days_to_month + day - 719_469
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<u64> {
        let since = parse(text)?.duration_since(SystemTime::UNIX_EPOCH);
        Some(since.unwrap().as_secs())
    }

    #[test]
    fn the_forms_in_use_are_read() {
        for (text, expected) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thu, 01-Jan-1970 00:00:01 GMT", 1),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
            ("Sun Nov  6 08:49:37 1994", 784_111_777),
            ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
            ("Mon, 01 Jan 1900 00:00:00 GMT", 0),
            ("Wed, 21 oct 26 7:28:0", 1_792_567_680),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_date_is_none() {
        for text in [
            "",
            "never",
            "0",
            "Thu, 01 Jan 1970",
            "Thu, 00 Jan 1970 00:00:00 GMT",
            "Thu, 01 Foo 1970 00:00:00 GMT",
            "Thu, 01 Jan 1970 24:00:00 GMT",
            "Thu, 01 Jan 1500 00:00:00 GMT",
            "é, 01 Jän 1970 00:00:00",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}

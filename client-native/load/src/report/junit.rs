//! The thresholds as JUnit XML, which CI systems show.

use super::checks::Check;
use super::data::Report;

impl Report {
    /// The JUnit form: a test case for each threshold, and those that every run has: that it has lasted its time, that users were
    /// connected, and that no shard is missing.
    pub fn to_junit(&self) -> String {
        let checks = self.checks();
        let failed = checks.iter().filter(|check| !check.failures.is_empty());
        let (tests, failures) = (checks.len(), failed.count());
        let (name, seconds) = (escaped(&self.target), self.seconds);
        let cases: String = checks.iter().map(case).collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <testsuites tests=\"{tests}\" failures=\"{failures}\" time=\"{seconds:.3}\">\n\
             <testsuite name=\"tidewire-load {name}\" tests=\"{tests}\" failures=\"{failures}\" time=\"{seconds:.3}\">\n\
             {cases}\
             <system-out>{}</system-out>\n\
             </testsuite>\n</testsuites>\n",
            escaped(&self.to_string())
        )
    }
}

fn case(check: &Check) -> String {
    let name = escaped(&check.name);
    let failure = match &check.failures[..] {
        [] => String::new(),
        failures => format!("<failure message=\"{}\"/>", escaped(&failures.join("; "))),
    };
    format!("<testcase classname=\"tidewire-load\" name=\"{name}\">{failure}</testcase>\n")
}

/// Text in XML and HTML. Control characters, which XML does not allow, become spaces.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(character),
            // XML knows neither control characters nor these two.
            it if it.is_control() || matches!(it, '\u{FFFE}' | '\u{FFFF}') => out.push(' '),
            it => out.push(it),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::data::{MissingShard, Verdict};
    use super::*;

    #[test]
    fn failed_thresholds_are_failures_and_text_is_escaped() {
        let verdict = |threshold: &str, is_met| Verdict {
            threshold: threshold.into(),
            is_met,
            found: "1 ms".into(),
        };
        let report = Report {
            target: "http://a/?x=1&y=\"2\"".into(),
            verdicts: vec![
                verdict("ack.p99 < 1ms", false),
                verdict("errors <= 0", true),
            ],
            ..Report::default()
        };
        let xml = report.to_junit();
        assert!(xml.contains("tests=\"4\" failures=\"1\""));
        let failure =
            "<failure message=\"the threshold ack.p99 &lt; 1ms is not met: found 1 ms\"/>";
        assert!(
            xml.contains(&format!("name=\"ack.p99 &lt; 1ms\">{failure}")),
            "{xml}"
        );
        assert!(xml.contains("x=1&amp;y=&quot;2&quot;"));
        assert!(!xml.contains("< 1ms"));
    }

    #[test]
    fn a_missing_shard_and_an_early_end_are_failures() {
        let missing = |number| MissingShard {
            number,
            of: 3,
            reason: "it is lost".into(),
        };
        let report = Report {
            shards: vec![(0, 3)],
            missing: vec![missing(2), missing(3)],
            is_interrupted: true,
            ..Report::default()
        };
        let xml = report.to_junit();
        assert!(xml.contains("tests=\"3\" failures=\"2\""), "{xml}");
        assert!(xml.contains("shard 2 of 3 is missing: it is lost"), "{xml}");
    }
}

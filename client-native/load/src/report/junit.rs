//! The thresholds as JUnit XML, which CI systems show.

use std::fmt::Write;

use super::data::Report;

impl Report {
    /// The JUnit form: a test case for each threshold, and one for the run, which fails if no user was connected.
    pub fn to_junit(&self) -> String {
        let mut cases = String::new();
        let mut failures = 0;
        let is_well = self.counter(crate::stats::Counter::Connected) > 0
            || self.counter(crate::stats::Counter::Errors) == 0;
        case(
            &mut cases,
            "users are connected",
            is_well,
            "no user was connected",
            &mut failures,
        );
        for verdict in &self.verdicts {
            let found = format!("found {}", verdict.found);
            case(
                &mut cases,
                &verdict.threshold,
                verdict.is_met,
                &found,
                &mut failures,
            );
        }
        let (tests, name) = (self.verdicts.len() + 1, escaped(&self.target));
        let seconds = self.seconds;
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

fn case(cases: &mut String, name: &str, is_met: bool, found: &str, failures: &mut u32) {
    let (name, found) = (escaped(name), escaped(found));
    // Writing to a string does not fail.
    let _ = match is_met {
        true => writeln!(
            cases,
            "<testcase classname=\"tidewire-load\" name=\"{name}\"/>"
        ),
        false => {
            *failures += 1;
            writeln!(
                cases,
                "<testcase classname=\"tidewire-load\" name=\"{name}\"><failure message=\"{found}\"/></testcase>"
            )
        }
    };
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
            it if it.is_control() => out.push(' '),
            it => out.push(it),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::data::Verdict;
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
        assert!(xml.contains("tests=\"3\" failures=\"1\""));
        assert!(xml.contains("name=\"ack.p99 &lt; 1ms\"><failure message=\"found 1 ms\"/>"));
        assert!(xml.contains("x=1&amp;y=&quot;2&quot;"));
        assert!(!xml.contains("< 1ms"));
    }
}

//! The rules of the proxy with their counts, and the sessions that it has seen.

use super::sessions::Sessions;
use super::statement::{Direction, Fault, Rule, Trigger};

#[derive(Debug, Default)]
pub(super) struct Rules {
    /// With the number of occurrences so far.
    rules: Vec<(Rule, u64)>,
    pub(super) sessions: Sessions,
    /// Statements so far.
    statements: u64,
}

impl Rules {
    pub(super) fn len(&self) -> usize {
        self.rules.len()
    }

    pub(super) fn push(&mut self, rule: Rule) {
        self.rules.push((rule, 0));
    }

    pub(super) fn clear(&mut self) {
        self.rules.clear();
    }

    /// Returns the number of the next statement.
    pub(super) fn number_statement(&mut self) -> u64 {
        self.statements += 1;
        self.statements
    }

    /// Returns whether a rule or a forgotten session may meet a request.
    pub(super) fn meet_requests(&self) -> bool {
        let meets_requests = |trigger| match trigger {
            Trigger::Get | Trigger::Post | Trigger::Request | Trigger::WebSocket => true,
            Trigger::Connection | Trigger::Up | Trigger::Down => false,
        };
        self.sessions.has_forgotten() || self.any(meets_requests)
    }

    /// Returns whether a rule may meet a message.
    pub(super) fn meet_messages(&self, direction: Direction) -> bool {
        let wanted = match direction {
            Direction::Up => Trigger::Up,
            Direction::Down => Trigger::Down,
        };
        self.any(|trigger| trigger == wanted)
    }

    fn any(&self, is_wanted: impl Fn(Trigger) -> bool) -> bool {
        self.rules.iter().any(|(rule, _)| is_wanted(rule.trigger))
    }

    /// Counts an occurrence, and returns the fault of the first rule that it meets. Without a text, it meets rules without one.
    pub(super) fn meet(&mut self, triggers: &[Trigger], text: Option<&[u8]>) -> Option<Fault> {
        let mut met = None;
        for (rule, count) in &mut self.rules {
            if !triggers.contains(&rule.trigger) || !has_text(rule, text) {
                continue;
            }
            *count += 1;
            if met.is_none() && (rule.first..=rule.last).contains(count) {
                met = Some(rule.fault.clone());
            }
        }
        met
    }
}

/// A message begins with the text of its rule; the target of a request contains it.
fn has_text(rule: &Rule, text: Option<&[u8]>) -> bool {
    let (wanted, text) = match (&rule.text, text) {
        (None, _) => return true,
        (Some(_), None) => return false,
        (Some(wanted), Some(text)) => (wanted.as_bytes(), text),
    };
    match rule.trigger {
        Trigger::Up | Trigger::Down => text.starts_with(wanted),
        _ => wanted.is_empty() || text.windows(wanted.len()).any(|part| part == wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault_proxy::statement::{Script, Statement};

    fn rules(text: &str) -> Rules {
        let mut rules = Rules::default();
        for (_, statement) in Script::parse(text).unwrap().statements {
            if let Statement::Rule(rule) = statement {
                rules.push(rule);
            }
        }
        rules
    }

    #[test]
    fn a_message_begins_with_a_text_and_a_target_contains_it() {
        let mut rules =
            rules("on message up \"42\": drop\non request \"sid=\": reset\non message down: drop");
        assert_eq!(rules.meet(&[Trigger::Up], Some(b"142")), None);
        assert_eq!(rules.meet(&[Trigger::Up], None), None);
        assert_eq!(
            rules.meet(&[Trigger::Up], Some(b"42\xff")),
            Some(Fault::Drop)
        );
        assert_eq!(
            rules.meet(&[Trigger::Request], Some(b"/?a=b&sid=")),
            Some(Fault::Reset)
        );
        assert_eq!(rules.meet(&[Trigger::Down], None), Some(Fault::Drop));
    }
}

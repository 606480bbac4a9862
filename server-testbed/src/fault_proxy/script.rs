//! The language of scripts: one statement on each line, `[trigger:] fault`.

use std::time::Duration;

use super::lexer::{ScriptError, Words, number};
use super::statement::{
    Direction, Fault, Global, LONGEST_TEXT, Page, Rule, Script, Statement, Trigger,
};

/// Names for the error if there is another word.
const FAULTS: &str = "write a fault: reset, hang, status, redirect, cut-answer, reset-after-answer, drop, duplicate, corrupt, \
                      reorder, inject";
const GLOBALS: &str = "write a trigger (on, after) or a fault of all connections: latency, bandwidth, split, stall, half-open, \
                       refuse, stop-pongs, cut, forget, heal";

impl Script {
    pub(super) fn parse(text: &str) -> Result<Self, ScriptError> {
        let mut statements = Vec::new();
        // Some editors begin a file with it.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (index, line) in text.lines().enumerate() {
            let mut words = Words::of(index + 1, line)?;
            if words.is_empty() {
                continue;
            }
            let place = words.place();
            statements.push((place, statement(&mut words)?));
            if !words.is_empty() {
                return Err(words.error("the statement ends before this: write one on each line"));
            }
        }
        Ok(Self { statements })
    }
}

fn statement(words: &mut Words) -> Result<Statement, ScriptError> {
    if words.take("on") {
        return Ok(Statement::Rule(rule(words)?));
    }
    let mut after = Duration::ZERO;
    if words.take("after") {
        after = milliseconds(words)?;
        words.take_colon()?;
    }
    let fault = global(words)?;
    Ok(Statement::Global { after, fault })
}

fn rule(words: &mut Words) -> Result<Rule, ScriptError> {
    let trigger = trigger(words)?;
    let (first, last) = occurrences(words)?;
    let at_text = words.error(format!("write at most {LONGEST_TEXT} bytes"));
    let text = words.take_text();
    if text.as_ref().is_some_and(|text| text.len() > LONGEST_TEXT) {
        return Err(at_text);
    }
    words.take_colon()?;
    let at_fault = words.error("this fault is not one of this trigger: see faults/README.md");
    let fault = fault(words)?;
    if !applies(trigger, &fault) {
        return Err(at_fault);
    }
    Ok(Rule {
        trigger,
        first,
        last,
        text,
        fault,
    })
}

fn trigger(words: &mut Words) -> Result<Trigger, ScriptError> {
    if words.take("connection") {
        return Ok(Trigger::Connection);
    }
    if words.take("websocket") {
        return Ok(Trigger::WebSocket);
    }
    if words.take("request") {
        return Ok(match (words.take("GET"), words.take("POST")) {
            (true, _) => Trigger::Get,
            (_, true) => Trigger::Post,
            _ => Trigger::Request,
        });
    }
    if words.take("message") {
        return Ok(match direction(words)? {
            Direction::Up => Trigger::Up,
            Direction::Down => Trigger::Down,
        });
    }
    Err(words.error("write connection, request, websocket or message"))
}

fn direction(words: &mut Words) -> Result<Direction, ScriptError> {
    if words.take("up") {
        return Ok(Direction::Up);
    }
    if words.take("down") {
        return Ok(Direction::Down);
    }
    Err(words.error("write up (from the client) or down (from the server)"))
}

/// Reads `3`, `3..5` or `3..`; each occurrence if there is none.
fn occurrences(words: &mut Words) -> Result<(u64, u64), ScriptError> {
    let at_range = words.error("count from 1, and write a range as 3..5 or 3..");
    let Some((first, last)) = words.take_if(|word| match word.split_once("..") {
        Some((first, "")) => Some((number(first)?, u64::MAX)),
        Some((first, last)) => Some((number(first)?, number(last)?)),
        None => number(word).map(|number| (number, number)),
    }) else {
        return Ok((1, u64::MAX));
    };
    match 0 < first && first <= last {
        true => Ok((first, last)),
        false => Err(at_range),
    }
}

fn fault(words: &mut Words) -> Result<Fault, ScriptError> {
    Ok(if words.take("reset") {
        Fault::Reset
    } else if words.take("reset-after-answer") {
        Fault::ResetAfterAnswer
    } else if words.take("cut-answer") {
        Fault::CutAnswer(size(words)?)
    } else if words.take("hang") {
        Fault::Hang
    } else if words.take("status") {
        status(words)?
    } else if words.take("redirect") {
        let text = words.take_text();
        Fault::Redirect(header(text).ok_or_else(|| {
            words.error("write the URL in quotation marks, without control characters")
        })?)
    } else if words.take("drop") {
        Fault::Drop
    } else if words.take("duplicate") {
        Fault::Duplicate
    } else if words.take("corrupt") {
        Fault::Corrupt
    } else if words.take("reorder") {
        Fault::Reorder
    } else if words.take("inject") {
        let text = words.take_text();
        Fault::Inject(text.ok_or_else(|| words.error("write the message in quotation marks"))?)
    } else {
        return Err(words.error(FAULTS));
    })
}

fn header(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.chars().any(char::is_control))
}

fn status(words: &mut Words) -> Result<Fault, ScriptError> {
    let in_range = |word: &str| {
        u16::try_from(number(word)?)
            .ok()
            .filter(|code| (200..600).contains(code))
    };
    let code = words.take_if(in_range);
    let code = code.ok_or_else(|| words.error("write a status from 200 to 599"))?;
    let body = match words.take("html") {
        true => Page::Html,
        false => {
            words.take("json");
            Page::Json
        }
    };
    Ok(Fault::Status(code, body))
}

fn global(words: &mut Words) -> Result<Global, ScriptError> {
    Ok(if words.take("latency") {
        let fixed = milliseconds(words)?;
        let jitter = match words.take("jitter") {
            true => milliseconds(words)?,
            false => Duration::ZERO,
        };
        Global::Latency { fixed, jitter }
    } else if words.take("bandwidth") {
        let at_number = words.error("write at least 1 byte per second");
        match words.take_number("bytes per second")? {
            0 => return Err(at_number),
            bytes => Global::Bandwidth(bytes),
        }
    } else if words.take("split") {
        let at_number = words.error("write at least 1 byte");
        match size(words)? {
            0 => return Err(at_number),
            bytes => Global::Split(bytes),
        }
    } else if words.take("stall") {
        Global::Stall(direction(words)?)
    } else if words.take("half-open") {
        Global::HalfOpen
    } else if words.take("refuse") {
        Global::Refuse
    } else if words.take("stop-pongs") {
        Global::StopPongs
    } else if words.take("cut") {
        Global::Cut
    } else if words.take("forget") {
        Global::Forget
    } else if words.take("heal") {
        Global::Heal
    } else {
        return Err(words.error(GLOBALS));
    })
}

fn size(words: &mut Words) -> Result<usize, ScriptError> {
    let at_number = words.error("this number of bytes is too large");
    usize::try_from(words.take_number("bytes")?).map_err(|_| at_number)
}

/// An hour at most: a longer time is a mistake.
fn milliseconds(words: &mut Words) -> Result<Duration, ScriptError> {
    let at_number = words.error("write at most 3600000 milliseconds");
    match words.take_number("milliseconds")? {
        ms @ 0..=3_600_000 => Ok(Duration::from_millis(ms)),
        _ => Err(at_number),
    }
}

fn applies(trigger: Trigger, fault: &Fault) -> bool {
    match fault {
        Fault::Reset => true,
        // A message that hangs would be a stall of the whole connection.
        Fault::Hang => !matches!(trigger, Trigger::Up | Trigger::Down),
        Fault::ResetAfterAnswer | Fault::CutAnswer(_) => {
            matches!(trigger, Trigger::Get | Trigger::Post | Trigger::Request)
        }
        Fault::Status(..) | Fault::Redirect(_) => matches!(
            trigger,
            Trigger::Get | Trigger::Post | Trigger::Request | Trigger::WebSocket
        ),
        Fault::Drop | Fault::Duplicate | Fault::Corrupt | Fault::Reorder | Fault::Inject(_) => {
            matches!(trigger, Trigger::Up | Trigger::Down)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Script::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_statement_has_a_trigger_and_a_fault() {
        let text = "# comment\n\nlatency 20 jitter 5\nafter 100: cut # now\non message down 3..5 \"42\\\"\": drop\n";
        let statements = Script::parse(text).unwrap().statements;
        let (fixed, jitter) = (Duration::from_millis(20), Duration::from_millis(5));
        let latency = Global::Latency { fixed, jitter };
        let after = Duration::from_millis(100);
        let rule = Rule {
            trigger: Trigger::Down,
            first: 3,
            last: 5,
            text: Some("42\"".to_owned()),
            fault: Fault::Drop,
        };
        let expected = [
            Statement::Global {
                after: Duration::ZERO,
                fault: latency,
            },
            Statement::Global {
                after,
                fault: Global::Cut,
            },
            Statement::Rule(rule),
        ];
        let statements = statements.into_iter().map(|(_, statement)| statement);
        assert_eq!(statements.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_mistake_has_its_line_and_column() {
        assert!(error("cut\nlatencu 3").starts_with("line 2, column 1: write a trigger"));
        assert_eq!(
            error("  latency x"),
            "line 1, column 11: write a whole number of milliseconds"
        );
        assert_eq!(
            error("latency"),
            "line 1, column 8: write a whole number of milliseconds"
        );
        assert_eq!(
            error("on message: drop"),
            "line 1, column 11: write up (from the client) or down (from the server)"
        );
        assert_eq!(
            error("on message up drop"),
            "line 1, column 15: write `:` between the trigger and the fault"
        );
        assert!(
            error("on request 2: drop")
                .starts_with("line 1, column 15: this fault is not one of this trigger")
        );
        assert!(error("on connection 0: reset").starts_with("line 1, column 15: count from 1"));
        assert!(error("on connection 5..2: reset").starts_with("line 1, column 15: count from 1"));
        assert!(error("on request: redirect \"a\u{1}b\"").contains("without control characters"));
        assert!(
            error("on message up: inject \"x")
                .starts_with("line 1, column 23: the text has no end")
        );
        assert!(error("cut cut").starts_with("line 1, column 5: the statement ends before this"));
        assert!(error("on request: status 99").starts_with("line 1, column 20: write a status"));
        assert!(error("bandwidth 0").starts_with("line 1, column 11"));
        assert!(error("split 99999999999999999999").starts_with("line 1, column 7"));
        assert!(error("端口 \"x").starts_with("line 1, column 4"));
    }

    #[test]
    fn no_text_makes_the_parser_panic() {
        let pieces = [
            "on", "message", "up", ":", "\"", "\\", "3..", "..", "é", "#", "drop", " ", "inject",
            "status", "-1",
        ];
        for a in pieces {
            for b in pieces {
                for c in pieces {
                    let _ = Script::parse(&format!("{a} {b}{c}"));
                }
            }
        }
    }
}

//! JSON as `JSON.parse` reads it, because `serde_json` is stricter (`"\ud800"`, `1e400`, deep nesting), and `JSON.stringify` with
//! extracted attachments, as in a host.

use std::iter::Peekable;
use std::str::Chars;

use crate::js::Js;

/// Parses `text`; `None` if `JSON.parse` throws.
pub(crate) fn parse(text: &str) -> Option<Js> {
    let mut reader = Reader(text.chars().peekable());
    let value = reader.value()?;
    reader.skip_blanks();
    reader.0.next().is_none().then_some(value)
}

struct Reader<'a>(Peekable<Chars<'a>>);

impl Reader<'_> {
    fn value(&mut self) -> Option<Js> {
        self.skip_blanks();
        match *self.0.peek()? {
            '{' => self.object(),
            '[' => self.array(),
            '"' => self.string().map(Js::Text),
            't' => self.word("true", Js::Bool(true)),
            'f' => self.word("false", Js::Bool(false)),
            'n' => self.word("null", Js::Null),
            _ => self.number(),
        }
    }

    fn object(&mut self) -> Option<Js> {
        let mut members = Vec::new();
        self.expect('{')?;
        if self.take('}') {
            return Some(Js::Object(members));
        }
        loop {
            self.skip_blanks();
            let key = self.string()?;
            self.skip_blanks();
            self.expect(':')?;
            members.push((key, self.value()?));
            if self.take('}') {
                return Some(Js::Object(members));
            }
            self.expect(',')?;
        }
    }

    fn array(&mut self) -> Option<Js> {
        let mut items = Vec::new();
        self.expect('[')?;
        if self.take(']') {
            return Some(Js::Array(items));
        }
        loop {
            items.push(self.value()?);
            if self.take(']') {
                return Some(Js::Array(items));
            }
            self.expect(',')?;
        }
    }

    fn string(&mut self) -> Option<Vec<u16>> {
        let mut units = Vec::new();
        self.expect('"')?;
        loop {
            match self.0.next()? {
                '"' => return Some(units),
                '\\' => units.push(self.escape()?),
                c if c < ' ' => return None,
                c => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
            }
        }
    }

    fn escape(&mut self) -> Option<u16> {
        Some(match self.0.next()? {
            'b' => 8,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'u' => {
                return (0..4).try_fold(0, |unit, _| {
                    Some(unit << 4 | self.0.next()?.to_digit(16)? as u16)
                });
            }
            c @ ('"' | '\\' | '/') => c as u16,
            _ => return None,
        })
    }

    fn number(&mut self) -> Option<Js> {
        let mut text = String::new();
        self.copy(&mut text, |c| c == '-', 1);
        let whole = text.len();
        let digits = self.copy(&mut text, |c| c.is_ascii_digit(), usize::MAX);
        if digits == 0 || digits > 1 && text[whole..].starts_with('0') {
            return None;
        }
        if self.copy(&mut text, |c| c == '.', 1) == 1
            && self.copy(&mut text, |c| c.is_ascii_digit(), usize::MAX) == 0
        {
            return None;
        }
        if self.copy(&mut text, |c| c == 'e' || c == 'E', 1) == 1 {
            self.copy(&mut text, |c| c == '+' || c == '-', 1);
            if self.copy(&mut text, |c| c.is_ascii_digit(), usize::MAX) == 0 {
                return None;
            }
        }
        text.parse().ok().map(Js::Number)
    }

    fn copy(&mut self, text: &mut String, fits: fn(char) -> bool, most: usize) -> usize {
        let mut count = 0;
        while count < most
            && let Some(c) = self.0.next_if(|c| fits(*c))
        {
            text.push(c);
            count += 1;
        }
        count
    }

    fn word(&mut self, word: &str, value: Js) -> Option<Js> {
        word.chars()
            .all(|c| self.0.next() == Some(c))
            .then_some(value)
    }

    fn expect(&mut self, wanted: char) -> Option<()> {
        self.skip_blanks();
        (self.0.next()? == wanted).then_some(())
    }

    fn take(&mut self, wanted: char) -> bool {
        self.skip_blanks();
        self.0.next_if_eq(&wanted).is_some()
    }

    fn skip_blanks(&mut self) {
        while self.0.next_if(|c| " \t\r\n".contains(*c)).is_some() {}
    }
}

/// Returns the JSON of a value and moves its bytes to `attachments`; `None` if the value has no JSON.
pub(crate) fn stringify(value: &Js, attachments: &mut Vec<Vec<u8>>) -> Option<String> {
    Some(match value {
        Js::Null => "null".to_owned(),
        Js::Bool(value) => value.to_string(),
        Js::Number(number) if is_of_json(*number) => number.to_string(),
        Js::Text(units) => quoted(units),
        Js::Bytes(bytes) => {
            attachments.push(bytes.clone());
            format!(r#"{{"_placeholder":true,"num":{}}}"#, attachments.len() - 1)
        }
        Js::Array(items) => {
            let items: Option<Vec<_>> = items
                .iter()
                .map(|item| stringify(item, attachments))
                .collect();
            format!("[{}]", items?.join(","))
        }
        Js::Object(members) => {
            let member = |(key, value): &(Vec<u16>, Js)| {
                Some(format!(
                    "{}:{}",
                    quoted(key),
                    stringify(value, attachments)?
                ))
            };
            let members: Option<Vec<_>> = members.iter().map(member).collect();
            format!("{{{}}}", members?.join(","))
        }
        Js::Number(_) | Js::Undefined | Js::Foreign => return None,
    })
}

fn is_of_json(number: f64) -> bool {
    number.is_finite() && (number != 0.0 || number.is_sign_positive())
}

fn quoted(units: &[u16]) -> String {
    let mut text = String::from('"');
    for unit in char::decode_utf16(units.iter().copied()) {
        match unit {
            Ok(c @ ('"' | '\\')) => text.extend(['\\', c]),
            Ok(c) if c >= ' ' => text.push(c),
            Ok(c) => text.push_str(&format!("\\u{:04x}", c as u32)),
            Err(half) => text.push_str(&format!("\\u{:04x}", half.unpaired_surrogate())),
        }
    }
    text.push('"');
    text
}

/// Replaces placeholders by their attachments; `None` if the official parsers report "illegal attachments".
pub(crate) fn filled(value: Js, attachments: &[Vec<u8>]) -> Option<Js> {
    if value.get("_placeholder").is_true() {
        let number = value.get("num").number()?;
        let is_valid = number >= 0.0 && number < attachments.len() as f64;
        let attachment = (number.fract() == 0.0).then(|| attachments.get(number as usize));
        let content = attachment.flatten().map(|bytes| Js::Bytes(bytes.clone()));
        return is_valid.then(|| content.unwrap_or(Js::Undefined));
    }
    Some(match value {
        Js::Array(items) => Js::Array(
            items
                .into_iter()
                .map(|item| filled(item, attachments))
                .collect::<Option<_>>()?,
        ),
        Js::Object(members) => Js::Object(
            members
                .into_iter()
                .map(|(key, value)| Some((key, filled(value, attachments)?)))
                .collect::<Option<_>>()?,
        ),
        other => other,
    })
}

//! Encoding values as JSON and attachments, in one pass and one buffer.

use std::cell::Cell;
use std::io;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use super::EncodeError;
use super::error::reason;
use super::shape::Shape;

/// Encoded arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Encoded {
    /// The JSON array, with placeholders for the binary.
    pub(crate) json: Bytes,
    /// The attachments, in the order of their placeholders.
    pub(crate) attachments: Vec<Bytes>,
}

thread_local! {
    /// The buffer into which all messages of a thread are written first.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The capacity up to which the buffer is kept for the next message, in bytes.
const KEPT: usize = 64 << 10;

/// A message of so many bytes takes the buffer along, instead of a copy.
const LARGE: usize = 4 << 10;

/// Written arguments, in the buffer of the thread.
#[derive(Debug)]
pub(crate) struct Written {
    json: Vec<u8>,
    attachments: Vec<Bytes>,
}

impl Written {
    /// The JSON array; `None` if attachments belong to it.
    pub(crate) fn plain_json(&self) -> Option<&[u8]> {
        self.attachments.is_empty().then_some(&self.json)
    }

    /// Moves the arguments into memory of their own.
    pub(crate) fn encode(mut self) -> Encoded {
        let json = if self.json.len() < LARGE {
            Bytes::copy_from_slice(&self.json)
        } else {
            let mut json = std::mem::take(&mut self.json);
            json.shrink_to_fit();
            json.into()
        };
        Encoded {
            json,
            attachments: std::mem::take(&mut self.attachments),
        }
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        if (1..=KEPT).contains(&self.json.capacity()) {
            // A thread that ends has no buffer any more.
            let _ = BUFFER.try_with(|buffer| buffer.set(std::mem::take(&mut self.json)));
        }
    }
}

/// Encodes an event: `["name", args...]`.
pub(crate) fn encode_event<T>(name: &str, args: &T) -> Result<Encoded, EncodeError>
where
    T: Serialize + ?Sized,
{
    write_event(name, args).map(Written::encode)
}

/// Writes an event, as [`encode_event`].
pub(crate) fn write_event<T>(name: &str, args: &T) -> Result<Written, EncodeError>
where
    T: Serialize + ?Sized,
{
    let mut written = empty();
    written.json.push(b'[');
    let named = serde_json::to_writer(&mut written.json, name);
    named.map_err(|error| refused(&error, None))?;
    list(&mut written, args)?;
    Ok(written)
}

/// Encodes the arguments of an ack: `[args...]`.
pub(crate) fn encode_args<T: Serialize + ?Sized>(args: &T) -> Result<Encoded, EncodeError> {
    let mut written = empty();
    list(&mut written, args)?;
    Ok(written.encode())
}

/// Encodes a value as JSON only, such as the auth payload. Binary is an error.
pub(crate) fn encode_value<T: Serialize + ?Sized>(value: &T) -> Result<Bytes, EncodeError> {
    let mut json = Vec::new();
    write(&mut json, None, value).map_err(|error| refused(&error, None))?;
    Ok(json.into())
}

/// Takes the buffer of the thread.
fn empty() -> Written {
    let mut json = BUFFER.try_with(Cell::take).unwrap_or_default();
    json.clear();
    Written {
        json,
        attachments: Vec::new(),
    }
}

/// Completes the array of arguments. The JSON may begin with an event name.
fn list<T: Serialize + ?Sized>(written: &mut Written, args: &T) -> Result<(), EncodeError> {
    let Written { json, attachments } = written;
    let start = json.len();
    let shape = Shape::of_value(args);
    if shape != Shape::Tuple {
        json.push(if start == 0 { b'[' } else { b',' });
    }
    if shape != Shape::Unit {
        write(json, Some(attachments), args)
            .map_err(|error| refused(&error, Some(position(shape, &json[start..]))))?;
    }
    match shape {
        // Removes the comma after the name if no argument follows.
        Shape::Unit if start > 0 => json[start] = b']',
        Shape::Unit | Shape::One => json.push(b']'),
        Shape::Tuple if start > 0 => join(json, start),
        Shape::Tuple => {}
    }
    Ok(())
}

/// Joins `["name"` and the array that begins at `start` into one array.
fn join(json: &mut Vec<u8>, start: usize) {
    if json[start..] == *b"[]" {
        json.truncate(start);
        json.push(b']');
    } else {
        json[start] = b',';
    }
}

fn write<T: Serialize + ?Sized>(
    json: &mut Vec<u8>,
    attachments: Option<&mut Vec<Bytes>>,
    value: &T,
) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(
        json,
        Extract { attachments },
    ))
}

/// Writes compact JSON, and takes binary out of it.
struct Extract<'a> {
    /// The attachments; `None` if binary is not allowed.
    attachments: Option<&'a mut Vec<Bytes>>,
}

impl Formatter for Extract<'_> {
    fn write_byte_array<W>(&mut self, writer: &mut W, value: &[u8]) -> io::Result<()>
    where
        W: io::Write + ?Sized,
    {
        let Some(attachments) = &mut self.attachments else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        let num = attachments.len() as u64;
        attachments.push(Bytes::copy_from_slice(value));
        writer.write_all(br#"{"_placeholder":true,"num":"#)?;
        self.write_u64(writer, num)?;
        writer.write_all(b"}")
    }
}

#[cold]
fn refused(error: &serde_json::Error, position: Option<usize>) -> EncodeError {
    match error.classify() {
        // Writing into memory cannot fail, so this is an error of the formatter.
        serde_json::error::Category::Io => EncodeError::Binary,
        serde_json::error::Category::Syntax => EncodeError::Key { position },
        _ => EncodeError::Refused {
            position,
            reason: reason(error),
        },
    }
}

/// The number of the argument in which `partial`, the JSON so far, breaks off.
#[cold]
fn position(shape: Shape, partial: &[u8]) -> usize {
    let (mut depth, mut commas, mut quoted, mut escaped) = (0, 0, false, false);
    for &byte in partial {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            b',' if depth == 1 && shape == Shape::Tuple => commas += 1,
            _ => {}
        }
    }
    commas + 1
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_bytes::{ByteBuf, Bytes as Slice};

    use super::*;

    fn event<T: Serialize>(args: T) -> String {
        String::from_utf8(encode_event("e", &args).unwrap().json.to_vec()).unwrap()
    }

    fn args<T: Serialize>(args: T) -> String {
        String::from_utf8(encode_args(&args).unwrap().json.to_vec()).unwrap()
    }

    #[test]
    fn a_tuple_is_several_arguments() {
        assert_eq!(event(()), r#"["e"]"#);
        assert_eq!(event((1, "x")), r#"["e",1,"x"]"#);
        assert_eq!(event(((1, 2),)), r#"["e",[1,2]]"#);
        assert_eq!(event([0u8; 0]), r#"["e"]"#);
        assert_eq!(event([[0u8; 0]]), r#"["e",[]]"#);
        assert_eq!(event(vec![1, 2]), r#"["e",[1,2]]"#);
        assert_eq!(event(Some(())), r#"["e",null]"#);
        assert_eq!(event(f64::NAN), r#"["e",null]"#);
        assert_eq!(args(()), "[]");
        assert_eq!(args((1, "x")), r#"[1,"x"]"#);
        assert_eq!(args([0u8; 0]), "[]");
        assert_eq!(args("x"), r#"["x"]"#);
        assert_eq!(
            &encode_event("a\"\n", &()).unwrap().json[..],
            br#"["a\"\n"]"#
        );
    }

    #[test]
    fn binary_becomes_attachments() {
        let tree = BTreeMap::from([("x", vec![Some(ByteBuf::from([3])), None])]);
        let sent =
            encode_event("e", &(Bytes::from_static(b"\x01"), tree, Slice::new(b""))).unwrap();
        let json = concat!(
            r#"["e",{"_placeholder":true,"num":0},"#,
            r#"{"x":[{"_placeholder":true,"num":1},null]},{"_placeholder":true,"num":2}]"#
        );
        assert_eq!(sent.json, json);
        assert_eq!(sent.attachments, [&b"\x01"[..], &b"\x03"[..], b""]);
    }

    #[test]
    fn errors_name_the_argument() {
        let keys = BTreeMap::from([((1, 2), 0)]);
        let error = encode_event("e", &("a,\"[", [1, 2], &keys)).unwrap_err();
        assert_eq!(error, EncodeError::Key { position: Some(3) });
        assert!(
            error
                .to_string()
                .starts_with("argument 3 has a map with keys"),
            "{error}"
        );
        let inside = encode_event("e", &vec![(0, None), (1, Some(&keys))]);
        assert_eq!(inside, Err(EncodeError::Key { position: Some(1) }));
        assert_eq!(
            encode_args(&keys),
            Err(EncodeError::Key { position: Some(1) })
        );
        assert_eq!(
            encode_value(&keys),
            Err(EncodeError::Key { position: None })
        );
        assert_eq!(encode_value(&[Bytes::new()]), Err(EncodeError::Binary));
        assert_eq!(
            encode_value(&BTreeMap::from([("a", 1)])).unwrap(),
            r#"{"a":1}"#
        );
        // JavaScript converts such keys to text, so they are allowed.
        assert_eq!(event(BTreeMap::from([(1, true)])), r#"["e",{"1":true}]"#);
    }
}

//! The functions of templates: random values, the time, the environment.

use minijinja::{Environment, Error, ErrorKind, State, Value};
use rand::{Rng, RngExt};

use super::scope::Scope;

/// The names that every template may use.
pub(crate) const NAMES: &[&str] = &[
    "choice",
    "debug",
    "dict",
    "env",
    "filler",
    "namespace",
    "now",
    "random_float",
    "random_int",
    "random_text",
    "range",
    "uuid",
];

/// The filter that writes the value of an expression as JSON. Unlike `tojson`, it refuses a value that is not there.
pub(crate) const TO_JSON: &str = "__json";

/// Characters of a text that a template may make.
pub(super) const MOST_CHARACTERS: usize = 16 << 20;

/// Adds the functions.
pub(crate) fn add(environment: &mut Environment<'static>) {
    environment.add_filter(TO_JSON, |value: Value| {
        if value.is_undefined() {
            return Err(Error::new(
                ErrorKind::UndefinedError,
                "the value is not there",
            ));
        }
        serde_json::to_string(&value).map_err(|error| invalid(&error.to_string()))
    });
    environment.add_function("random_int", |state: &State<'_, '_>, from: i64, to: i64| {
        if from > to {
            return Err(invalid("random_int(from, to) needs from <= to"));
        }
        random(state, |random| random.random_range(from..=to))
    });
    environment.add_function("random_float", |state: &State<'_, '_>| {
        random(state, RngExt::random::<f64>)
    });
    environment.add_function("random_text", |state: &State<'_, '_>, length: usize| {
        check_length(length)?;
        random(state, |random| text(random, length))
    });
    environment.add_function("uuid", |state: &State<'_, '_>| {
        random(state, |random| uuid(random.random()))
    });
    environment.add_function("choice", |state: &State<'_, '_>, list: Vec<Value>| {
        if list.is_empty() {
            return Err(invalid("choice(list) needs a list that is not empty"));
        }
        let index = random(state, |random| random.random_range(0..list.len()))?;
        Ok(list[index].clone())
    });
    environment.add_function("filler", |length: usize| {
        check_length(length)?;
        Ok::<_, Error>("x".repeat(length))
    });
    environment.add_function("now", || {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0))
    });
    environment.add_function("env", |name: String| {
        std::env::var(&name)
            .map_err(|_| invalid(&format!("the environment has no variable {name}")))
    });
}

fn random<T>(
    state: &State<'_, '_>,
    draw: impl FnOnce(&mut rand::rngs::StdRng) -> T,
) -> Result<T, Error> {
    let scope = state.lookup(Scope::OWN_NAME);
    match scope
        .as_ref()
        .and_then(|scope| scope.downcast_object_ref::<Scope>())
    {
        Some(scope) => Ok(scope.random(draw)),
        None => Err(invalid("random values need a user")),
    }
}

fn check_length(length: usize) -> Result<(), Error> {
    match length > MOST_CHARACTERS {
        true => Err(invalid("a text has at most 16,777,216 characters")),
        false => Ok(()),
    }
}

fn invalid(text: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, text.to_owned())
}

fn text(random: &mut impl Rng, length: usize) -> String {
    const CHARACTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut character = || char::from(CHARACTERS[random.random_range(0..CHARACTERS.len())]);
    (0..length).map(|_| character()).collect()
}

/// A random UUID (RFC 9562, version 4).
fn uuid(random: u128) -> String {
    let bits = (random & !(0xF << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_its_version_and_variant() {
        for random in [0, u128::MAX, 0x1234_5678_9abc_def0_1234_5678_9abc_def0] {
            let uuid = uuid(random);
            assert_eq!(uuid.len(), 36);
            assert_eq!(&uuid[14..15], "4");
            assert!("89ab".contains(&uuid[19..20]), "{uuid}");
        }
    }
}

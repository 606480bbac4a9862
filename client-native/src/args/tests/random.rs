//! Round trips of random values, and random bytes that must not panic. Seeds are fixed, so every run is the same.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::{Either, Flat, Message, Tagged, quick, there_and_back};
use crate::args::{Value, Variadic, decode_args, decode_event, decode_value};
use crate::args::{encode_event, event_name};

/// xorshift64*: random enough for a test.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(super) fn many<T>(&mut self, limit: u64, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(limit)).map(|_| one(self)).collect()
    }

    pub(super) fn text(&mut self) -> String {
        const PIECES: [&str; 12] = [
            "a", "\"", "\\", "\n", "\u{1}", "é", "😀", "\\ud800", "num", "[", "{", ",",
        ];
        match self.below(5) {
            0 => "num".into(),
            1 => "x".into(),
            _ => self
                .many(6, |chance| PIECES[chance.below(12) as usize])
                .concat(),
        }
    }

    pub(super) fn value(&mut self, depth: u64) -> Value {
        match self.below(if depth == 0 { 7 } else { 10 }) {
            0 => Value::Null,
            1 => Value::Bool(self.below(2) == 0),
            2 => Value::Number((self.next() as i64 >> self.below(64)).into()),
            3 => Value::Number(self.next().into()),
            4 => serde_json::Value::from(self.below(1000) as f64 / 8.0).into(),
            5 => Value::String(self.text()),
            6 => Value::Binary(self.many(9, |chance| chance.next() as u8).into()),
            7 => Value::Array(self.many(5, |chance| chance.value(depth - 1))),
            _ => {
                // No key twice: an object that begins like a placeholder would not keep both.
                let members: BTreeMap<_, _> = self
                    .many(5, |chance| (chance.text(), chance.value(depth - 1)))
                    .into_iter()
                    .collect();
                Value::Object(members.into_iter().collect())
            }
        }
    }
}

#[test]
fn random_values_survive() {
    let mut attachments = 0;
    for seed in 0..2000 {
        let mut chance = Chance::new(seed);
        let args = Variadic(chance.many(5, |chance| chance.value(5)));
        there_and_back(&args);
        there_and_back(&(chance.value(3), chance.text(), chance.value(4)));
        attachments += encode_event("e", &args).unwrap().attachments.len();
    }
    assert!(attachments > 500, "{attachments}");
}

fn try_all(json: &[u8], attachments: &[Bytes]) {
    fn one<T>(json: &[u8], text: &str, attachments: &[Bytes])
    where
        T: DeserializeOwned + PartialEq + std::fmt::Debug,
    {
        quick::agrees::<T>(text);
        let error = [
            decode_event::<T>(text, attachments).err(),
            decode_args::<T>(Some(json), attachments).err(),
            decode_value::<T>(json).err(),
        ];
        for error in error.into_iter().flatten() {
            assert!(error.to_string().len() < 500);
        }
    }
    let text = &*String::from_utf8_lossy(json);
    if let Some(name) = event_name(text) {
        assert!(name.rest < text.len());
    }
    for attachments in [&[], attachments] {
        one::<()>(json, text, attachments);
        one::<Variadic<Value>>(json, text, attachments);
        one::<(u8, Option<Bytes>)>(json, text, attachments);
        one::<serde_json::Value>(json, text, attachments);
        one::<Flat>(json, text, attachments);
        one::<Message>(json, text, attachments);
        one::<Vec<Tagged>>(json, text, attachments);
        one::<Either>(json, text, attachments);
    }
}

#[test]
fn random_bytes_do_not_panic() {
    const PIECES: [&[u8]; 20] = [
        b"[",
        b"]",
        b"{",
        b"}",
        b"\"",
        b",",
        b":",
        b"\"e\"",
        b"1",
        b"1.0",
        b"-",
        b"null",
        b"\\ud800",
        b"\\",
        b"\xff",
        b"\xe2\x82",
        b"\n",
        b"{\"_placeholder\":true,\"num\":",
        b"\"num\":",
        b"\"type\":\"image\"",
    ];
    let attachments = [Bytes::from_static(b"x")];
    for seed in 0..3000 {
        let mut chance = Chance::new(seed);
        let mut json = chance
            .many(20, |chance| PIECES[chance.below(20) as usize])
            .concat();
        try_all(&json, &attachments);
        json.splice(0..0, *b"[\"e\",");
        try_all(&json, &attachments);
    }
}

#[test]
fn damaged_payloads_do_not_panic() {
    for seed in 0..1000 {
        let mut chance = Chance::new(seed);
        let args = Variadic(chance.many(4, |chance| chance.value(3)));
        let sent = encode_event(&chance.text(), &args).unwrap();
        let mut json = sent.json.to_vec();
        match chance.below(3) {
            0 => json.truncate(chance.below(json.len() as u64) as usize),
            1 => drop(json.remove(chance.below(json.len() as u64) as usize)),
            _ => json[chance.below(sent.json.len() as u64) as usize] = chance.next() as u8,
        }
        try_all(&json, &sent.attachments);
    }
}

//! Scalars of plain fields, written as their schema's types are.

use async_graphql::ID;
use chrono::{DateTime, Utc};

use super::at_once;
use crate::graphql::scalar::{Decimal, Points};
use crate::http::write_json;

/// A value that is told as the library would tell it.
pub(in crate::graphql) trait Told {
    /// Writes it as JSON.
    fn told(&self, out: &mut Vec<u8>);
}

/// Writes what a resolver gives that takes neither arguments nor context, and therefore gives it at once.
pub(in crate::graphql) fn tell<T: Told>(resolver: impl Future<Output = async_graphql::Result<T>>, out: &mut Vec<u8>) {
    match at_once(resolver) {
        Some(Ok(value)) => value.told(out),
        // A resolver of this kind gives no error: `#[plain]` takes those that give a scalar itself.
        Some(Err(_)) | None => out.extend_from_slice(b"null"),
    }
}

impl<T: Told> Told for Option<T> {
    fn told(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.told(out),
            None => out.extend_from_slice(b"null"),
        }
    }
}

impl Told for &str {
    fn told(&self, out: &mut Vec<u8>) {
        write_json(self, out);
    }
}

impl Told for ID {
    fn told(&self, out: &mut Vec<u8>) {
        write_json(self.as_str(), out);
    }
}

impl Told for Decimal {
    fn told(&self, out: &mut Vec<u8>) {
        write_json(&self.0, out);
    }
}

impl Told for DateTime<Utc> {
    fn told(&self, out: &mut Vec<u8>) {
        write_json(&self.to_rfc3339(), out);
    }
}

impl Told for bool {
    fn told(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
    }
}

impl Told for i64 {
    fn told(&self, out: &mut Vec<u8>) {
        write_json(self, out);
    }
}

impl Told for i32 {
    fn told(&self, out: &mut Vec<u8>) {
        write_json(self, out);
    }
}

impl Told for Points {
    fn told(&self, out: &mut Vec<u8>) {
        self.0.told(out);
    }
}

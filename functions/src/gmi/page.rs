//! A page of one of this dialect's lists.

use latchkey_shared::envelope::gmi::{Failure, Fault, Rule};
use latchkey_shared::runtime::request::Request;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::page::Page;

/// As [`Page::of`]; a cursor that is none is a fault of the request.
pub(super) fn page<P: Ord + Serialize + DeserializeOwned>(
    request: &Request,
    entries: impl Iterator<Item = (P, Value)>,
) -> Result<Page<Value>, Failure> {
    Page::of(request, entries.collect()).map_err(|_| Failure::Invalid(vec![Fault::new("cursor", Rule::Cursor, None)]))
}

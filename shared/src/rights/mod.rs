//! Access rights: which APIs a key may call, and the rules for each, parsed once and shared by all
//! copies of the key.

mod api;
mod path;
mod pattern;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use api::{ApiRights, Costs};
pub(super) use path::is_absolute;

/// The access rights of a key, or of an organisation. Cloning shares them.
#[derive(Clone, Default)]
pub struct Access(Arc<Rights>);

/// The URL patterns are too long or too many to be judged in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the URL patterns are too long or too many")]
pub struct TooExpensive;

/// The call that a key is to be judged for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Call<'a> {
    /// The id of the API.
    pub api: &'a str,
    /// The method, in capitals; empty when unknown.
    pub method: &'a str,
    /// The whole path; empty when unknown.
    pub path: &'a str,
    /// The API's version; empty when unknown or the API has none.
    pub version: &'a str,
}

/// Why a key may not make a call, whatever its limits are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Barred {
    /// Its token alone does not prove who calls.
    #[error("the key needs more than its token")]
    Credential,
    /// Its policies do not exist, or cannot be applied.
    #[error("the key's policies cannot be applied")]
    Policies,
    /// It is inactive.
    #[error("the key is inactive")]
    Inactive,
    /// It has expired.
    #[error("the key has expired")]
    Expired,
    /// It has no access to the API, or not to this version.
    #[error("the key has no access to this version of the API")]
    Api,
    /// It has access to other paths or methods of the API only.
    #[error("the key has no access to this path or method")]
    Resource,
}

#[derive(Default)]
struct Rights {
    /// The document as JSON; empty when there are no access rights.
    text: String,
    apis: BTreeMap<String, ApiRights>,
}

impl Access {
    /// Access rights from a document: API id → rules.
    ///
    /// # Errors
    /// When judging them could take too long.
    pub fn new(document: Map<String, Value>) -> Result<Self, TooExpensive> {
        let mut costs = Costs::bounded();
        Self::compiled(&document, text_of(&document), &mut costs)
    }

    /// Access rights from a document, shared with `known` if they are the same.
    ///
    /// # Errors
    /// When judging them could take too long.
    pub fn new_or_known(document: Map<String, Value>, known: Option<&Self>) -> Result<Self, TooExpensive> {
        let text = text_of(&document);
        match known.filter(|known| known.0.text == text) {
            Some(known) => Ok(known.clone()),
            None => Self::compiled(&document, text, &mut Costs::bounded()),
        }
    }

    /// Access to these methods of one API alone; without methods, to all of them.
    #[must_use]
    pub fn to_api(api: &str, methods: &[&str]) -> Self {
        let mut rules = Map::new();
        if !methods.is_empty() {
            rules.insert("methods".into(), methods.to_vec().into());
        }
        let document = Map::from_iter([(api.to_owned(), Value::Object(rules))]);
        let text = text_of(&document);
        // Without patterns, nothing can cost too much.
        Self::compiled(&document, text, &mut Costs::unbounded()).unwrap_or_default()
    }

    /// Reads stored access rights. When `known` is the same, it is shared and nothing is compiled.
    pub(crate) fn read(text: &str, known: Option<&Self>) -> Result<Self, serde_json::Error> {
        if let Some(known) = known.filter(|known| known.0.text == text) {
            return Ok(known.clone());
        }
        let document = serde_json::from_str(text)?;
        // Nothing too expensive is stored; if it were, it would match nothing.
        let read = Self::compiled(&document, text.to_owned(), &mut Costs::unbounded());
        Ok(read.unwrap_or_default())
    }

    fn compiled(document: &Map<String, Value>, text: String, costs: &mut Costs) -> Result<Self, TooExpensive> {
        let apis = document.iter().filter_map(|(api, rules)| Some((api, rules.as_object()?)));
        let apis = apis.map(|(api, rules)| Ok((api.clone(), ApiRights::read(api, rules, costs)?)));
        Ok(Self(Arc::new(Rights { text, apis: apis.collect::<Result<_, _>>()? })))
    }

    /// The document that the rights were made from.
    #[must_use]
    pub fn document(&self) -> Map<String, Value> {
        // The text was written, or has been read, as such a document.
        serde_json::from_str(&self.0.text).unwrap_or_default()
    }

    /// The document as JSON; empty when there are no access rights.
    pub(crate) fn text(&self) -> &str {
        &self.0.text
    }

    /// Whether there are no access rights.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.text.is_empty()
    }

    /// The APIs that may be called, in order.
    pub fn apis(&self) -> impl ExactSizeIterator<Item = &String> {
        self.0.apis.keys()
    }

    /// Whether this API may be called at all.
    #[must_use]
    pub fn has(&self, api: &str) -> bool {
        self.0.apis.contains_key(api)
    }

    /// The rules for an API that may be called.
    pub(super) fn api(&self, api: &str) -> Option<&ApiRights> {
        self.0.apis.get(api)
    }

    /// Whether both share their memory, so that they were parsed and compiled once.
    #[must_use]
    pub fn is_shared_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Bytes of memory that the rights take up, shared or not.
    #[must_use]
    pub fn size(&self) -> usize {
        /// What a tree adds to each entry.
        const NODE: usize = 16;
        let apis =
            self.0.apis.iter().map(|(api, rights)| NODE + size_of::<(String, ApiRights)>() + api.len() + rights.size());
        size_of::<Rights>() + self.0.text.len() + apis.sum::<usize>()
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl PartialEq for Access {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

fn text_of(document: &Map<String, Value>) -> String {
    if document.is_empty() { String::new() } else { Value::Object(document.clone()).to_string() }
}

#[cfg(test)]
mod tests;

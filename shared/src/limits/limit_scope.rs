//! The part of a key's traffic that has limits of its own.

/// Names one API, or one endpoint of one API. Two different scopes never have the same name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LimitScope(String);

impl LimitScope {
    /// All calls of the API `api`.
    #[must_use]
    pub fn api(api: &str) -> Self {
        Self(format!("api:{api}"))
    }

    /// The calls of the API `api` with this method, in any case, and this path pattern.
    #[must_use]
    pub fn endpoint(api: &str, method: &str, path: &str) -> Self {
        let method = method.to_uppercase();
        // The lengths keep different names from making the same text.
        Self(format!("endpoint:{}:{api}:{}:{method}:{path}", api.len(), method.len()))
    }

    /// The name in the store; never empty.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads back a name that came from the store.
    #[must_use]
    pub fn from_stored(name: &str) -> Self {
        Self(name.to_owned())
    }
}

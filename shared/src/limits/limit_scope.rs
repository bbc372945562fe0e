//! The part of a key's traffic that has limits of its own.

const UNCOUNTED: &str = "uncounted:";
const ENDPOINT: &str = "endpoint:";

/// Names one API, or one endpoint of one API. Two different scopes never have the same name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LimitScope(String);

impl LimitScope {
    /// All calls that are counted under this name: an API's id, or that of a policy.
    #[must_use]
    pub fn api(api: &str) -> Self {
        Self(format!("api:{api}"))
    }

    /// The calls of the API `api`, of which nothing is counted although its counter has a limit.
    #[must_use]
    pub fn uncounted(api: &str) -> Self {
        Self(format!("{UNCOUNTED}{api}"))
    }

    /// Whether nothing is counted.
    #[must_use]
    pub fn is_uncounted(&self) -> bool {
        self.0.starts_with(UNCOUNTED)
    }

    /// The calls of the API `api` with this method, in any case, and this path pattern.
    #[must_use]
    pub fn endpoint(api: &str, method: &str, path: &str) -> Self {
        let method = method.to_uppercase();
        // The lengths keep different names from making the same text.
        Self(format!("{ENDPOINT}{}:{api}:{}:{method}:{path}", api.len(), method.len()))
    }

    /// The API, the method and the path pattern of an endpoint; `None` for any other scope.
    ///
    /// ```
    /// use latchkey_shared::limits::LimitScope;
    ///
    /// let scope = LimitScope::endpoint("orders:v1", "get", "/items/{id}");
    /// assert_eq!(scope.as_endpoint(), Some(("orders:v1", "GET", "/items/{id}")));
    /// assert_eq!(LimitScope::api("orders").as_endpoint(), None);
    /// ```
    #[must_use]
    pub fn as_endpoint(&self) -> Option<(&str, &str, &str)> {
        let (api, rest) = split_counted(self.0.strip_prefix(ENDPOINT)?)?;
        let (method, path) = split_counted(rest)?;
        Some((api, method, path))
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

/// The text that stands behind its length in bytes, and what follows both.
fn split_counted(text: &str) -> Option<(&str, &str)> {
    let (length, rest) = text.split_once(':')?;
    let (counted, rest) = rest.split_at_checked(length.parse().ok()?)?;
    Some((counted, rest.strip_prefix(':')?))
}

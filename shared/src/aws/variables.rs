//! The environment without variables that are empty, and the AWS variables that the SDK would take
//! badly.

use std::collections::HashMap;

use http::Uri;

use crate::settings::InvalidSetting;

/// The endpoint of every service; with `_` and a service's name, of that one.
pub(super) const ENDPOINT: &str = "AWS_ENDPOINT_URL";
/// The endpoint of DynamoDB alone.
const DYNAMODB_ENDPOINT: &str = "AWS_ENDPOINT_URL_DYNAMODB";
/// Whether endpoints that are set count as not set.
const IGNORE_ENDPOINTS: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
/// How often a call is sent at most.
const MAX_ATTEMPTS: &str = "AWS_MAX_ATTEMPTS";
/// How calls are repeated.
const RETRY_MODE: &str = "AWS_RETRY_MODE";

/// The variables of an environment that have a value.
pub(super) struct Variables(HashMap<String, String>);

impl Variables {
    /// Those of an environment.
    ///
    /// # Errors
    /// When a variable is wrong that the SDK would pass over, or stop the program for.
    pub(super) fn of(variables: impl Iterator<Item = (String, String)>) -> Result<Self, InvalidSetting> {
        let variables = Self(variables.filter(|(_, value)| !value.is_empty()).collect());
        for (name, value) in &variables.0 {
            if let Some(problem) = problem(name, value) {
                return Err(InvalidSetting::new(name, problem));
            }
        }
        Ok(variables)
    }

    /// Whether one of them says how calls are repeated.
    pub(super) fn set_retries(&self) -> bool {
        self.0.contains_key(MAX_ATTEMPTS) || self.0.contains_key(RETRY_MODE)
    }

    pub(super) fn into_map(self) -> HashMap<String, String> {
        self.0
    }
}

/// The environment of this process, without variables that are not UTF-8, which AWS has none of.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Whether DynamoDB's endpoint is set in the environment, for it alone or for all services.
#[must_use]
pub fn sets_dynamodb_endpoint() -> bool {
    let value = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let ignored = value(IGNORE_ENDPOINTS).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    !ignored && [ENDPOINT, DYNAMODB_ENDPOINT].into_iter().any(|name| value(name).is_some())
}

/// What is wrong with the value of a variable: the SDK would pass over a wrong endpoint and call AWS,
/// and would panic at wrong retries.
fn problem(name: &str, value: &str) -> Option<&'static str> {
    match name {
        MAX_ATTEMPTS if value.parse::<u32>().is_ok_and(|attempts| attempts > 0) => None,
        MAX_ATTEMPTS => Some("must be a whole number, 1 or larger"),
        RETRY_MODE if ["standard", "adaptive"].contains(&value.to_lowercase().as_str()) => None,
        RETRY_MODE => Some("must be standard or adaptive"),
        name if name.starts_with(ENDPOINT) && !is_http(value) => Some("must be an http(s) URL"),
        _ => None,
    }
}

fn is_http(url: &str) -> bool {
    let url = url.parse::<Uri>().ok();
    url.is_some_and(|url| matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<Variables, String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Variables::of(variables).map_err(|wrong| wrong.to_string())
    }

    #[test]
    fn an_empty_variable_counts_as_not_set() {
        let variables = of(&[(ENDPOINT, ""), (MAX_ATTEMPTS, ""), (RETRY_MODE, ""), ("AWS_PROFILE", ""), ("A", "b")]);
        let variables = variables.unwrap();
        assert!(!variables.set_retries());
        assert_eq!(variables.into_map(), HashMap::from([("A".to_owned(), "b".to_owned())]));
    }

    #[test]
    fn a_variable_that_the_sdk_would_pass_over_or_panic_at_is_refused_by_name() {
        for (name, value) in [
            (ENDPOINT, "localhost:8000"),
            (DYNAMODB_ENDPOINT, "not an endpoint"),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "ftp://localhost"),
            (MAX_ATTEMPTS, "0"),
            (MAX_ATTEMPTS, "many"),
            (RETRY_MODE, "sometimes"),
        ] {
            let wrong = of(&[(name, value)]).err().unwrap();
            assert!(wrong.starts_with(&format!("{name} must be ")), "{wrong}");
            assert!(!wrong.contains(value), "{wrong}");
        }
        for (name, value) in [(ENDPOINT, "http://[::1]:8000"), (MAX_ATTEMPTS, "4"), (RETRY_MODE, "Adaptive")] {
            assert!(of(&[(name, value)]).is_ok(), "{name}={value}");
        }
    }
}

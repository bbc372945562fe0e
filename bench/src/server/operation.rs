//! What is asked of a server, and the answer that counts as success.

use super::pattern::{Numbers, Pattern};
use super::target::Target;

/// The organisation of all keys.
const ORG: &str = "default";
/// The API that all keys may call, which protects `/sample/`.
const API: &str = "test";
/// A rate that no benchmark reaches, so that every check is counted and admitted.
pub(crate) const RATE: u64 = 1_000_000;

/// A kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Makes a key with a token of the server's choice.
    Create,
    /// Makes a key with a name.
    Upsert,
    /// Shows a key.
    Get,
    /// Replaces a key.
    Replace,
    /// Calls the protected API with a key.
    Check,
    /// Asks the gate for a decision.
    Verify,
    /// Lists a hundred keys.
    List,
    /// Deletes a key.
    Delete,
}

/// Keys whose names begin alike.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) prefix: String,
    pub(crate) count: usize,
}

impl Operation {
    /// All of them, in an order in which the keys are there that each needs.
    pub(crate) const ALL: [Self; 8] =
        [Self::Create, Self::Upsert, Self::Get, Self::Replace, Self::Check, Self::Verify, Self::List, Self::Delete];

    /// How tables name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Upsert => "named upsert",
            Self::Get => "get",
            Self::Replace => "replace",
            Self::Check => "check",
            Self::Verify => "verify",
            Self::List => "list",
            Self::Delete => "delete",
        }
    }

    /// Whether Latchkey alone has it: another server has no verify call, and its lists have no pages.
    pub(crate) fn is_our_own(self) -> bool {
        matches!(self, Self::Verify | Self::List)
    }

    /// The request to `target` about each of `keys`.
    pub(crate) fn pattern(self, target: &Target, keys: &Keys) -> Pattern {
        let name = format!("{}{{n}}", keys.prefix);
        let token = format!("{ORG}{name}");
        let by_name = |part: &str| format!("/tyk/keys/{part}");
        let (method, path, body, expected) = match self {
            Self::Create => ("POST", "/tyk/keys/create".to_owned(), key(), r#"{"key":"default"#),
            Self::Upsert => ("POST", by_name(&name), key(), r#"{"key":"default"#),
            Self::Get => ("GET", by_name(&token), String::new(), r#""rate":1000000"#),
            Self::Replace => ("PUT", by_name(&name), key(), r#""action":"modified""#),
            Self::Check => ("GET", "/sample/x".to_owned(), String::new(), ""),
            Self::Verify => ("POST", "/v1/keys/verify".to_owned(), verify(&token), r#""allowed":true"#),
            Self::List => ("GET", "/tyk/keys?limit=100".to_owned(), String::new(), r#"{"keys":["#),
            Self::Delete => ("DELETE", by_name(&token), String::new(), r#""action":"deleted""#),
        };
        let header = match self {
            Self::Check => ("authorization", token),
            Self::Verify => ("authorization", format!("Bearer {}", target.secret)),
            _ => ("x-tyk-authorization", target.secret.clone()),
        };
        let numbers = match self {
            Self::Create | Self::Upsert | Self::Delete => Numbers::rising_from(0),
            _ => Numbers::scattered_below(keys.count),
        };
        Pattern { method, path, header, body, expected, numbers }
    }
}

fn key() -> String {
    format!(
        r#"{{"org_id":"{ORG}","allowance":{RATE},"rate":{RATE},"per":1,"quota_max":-1,"access_rights":{{"{API}":{{"api_id":"{API}","versions":["Default"]}}}}}}"#
    )
}

fn verify(token: &str) -> String {
    format!(r#"{{"key":"{token}","api":"{API}"}}"#)
}

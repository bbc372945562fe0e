//! The table of all functions: their routes, handlers, secrets and store actions. `template.yaml` says the same.

mod gate;
mod gmi;
mod requesty;
mod tyk;

use std::collections::BTreeMap;

use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::secrets::Secret;

use super::unrouted;

pub use gate::*;
pub use gmi::*;
pub use requesty::*;
pub use tyk::*;

/// Answers what no route takes, in the dialect of its path; reaches no table.
pub const UNROUTED: Function = Function {
    name: "unrouted",
    routes: &[],
    secrets: &[Secret::Admin],
    access: &[],
    serves: Serves::Requests(|s, r| Box::pin(unrouted::handle(s, r))),
};

/// Every function.
pub const FUNCTIONS: [&Function; 40] = [
    &TYK_CREATE_KEY,
    &TYK_PREVIEW_KEY,
    &TYK_ASSIGN_POLICIES,
    &TYK_UPSERT_KEY,
    &TYK_GET_KEY,
    &TYK_LIST_KEYS,
    &TYK_DELETE_KEY,
    &TYK_UPSERT_ORG,
    &TYK_GET_ORG,
    &TYK_LIST_ORGS,
    &TYK_DELETE_ORG,
    &GMI_CREATE_KEY,
    &GMI_LIST_KEYS,
    &GMI_DELETE_KEY,
    &GMI_VERIFY_KEY,
    &GMI_GET_PROFILE,
    &GMI_ACCEPT_INVITATION,
    &GMI_DECLINE_INVITATION,
    &GMI_REGISTER_ORG,
    &GMI_LIST_USERS,
    &GMI_INVITE_USERS,
    &GMI_SET_ROLE,
    &GMI_REMOVE_USER,
    &REQUESTY_CREATE_KEY,
    &REQUESTY_LIST_KEYS,
    &REQUESTY_GET_KEY,
    &REQUESTY_GET_USAGE,
    &REQUESTY_SET_LIMIT,
    &REQUESTY_SET_LABELS,
    &REQUESTY_SET_EXPIRY,
    &REQUESTY_DELETE_KEY,
    &REQUESTY_GET_ORG,
    &REQUESTY_SET_ORG,
    &REQUESTY_GET_ORG_USAGE,
    &REQUESTY_CHECK_AUTH,
    &GATE_VERIFY,
    &GATE_REPORT_USAGE,
    &GATE_GET_USAGE,
    &GATE_AUTHORIZER,
    &UNROUTED,
];

/// The routes alone: who needs no more does not link every handler.
const ROUTES: [&[Route]; FUNCTIONS.len()] = {
    let mut routes: [&[Route]; FUNCTIONS.len()] = [&[]; FUNCTIONS.len()];
    let mut at = 0;
    while at < FUNCTIONS.len() {
        routes[at] = FUNCTIONS[at].routes;
        at += 1;
    }
    routes
};

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
pub enum Routed {
    /// To the function at this index of [`FUNCTIONS`], with these path parameters.
    To(usize, BTreeMap<String, String>),
    /// Nowhere: the path exists, but not for this method.
    WrongMethod,
    /// Nowhere: there is no such path.
    Nowhere,
}

/// Finds the function for a method and a path, given as its decoded segments. The route with the fewest
/// parameters wins, as in API Gateway.
#[must_use]
pub fn find(method: &str, segments: &[String]) -> Routed {
    let mut found = Routed::Nowhere;
    let mut fewest = usize::MAX;
    for (index, routes) in ROUTES.iter().enumerate() {
        for route in *routes {
            let Some(params) = matched(route.path, segments) else { continue };
            if route.method != method {
                if found == Routed::Nowhere {
                    found = Routed::WrongMethod;
                }
            } else if params.len() < fewest {
                fewest = params.len();
                found = Routed::To(index, params);
            }
        }
    }
    found
}

/// The parameters of `template` in the path of these segments; `None` when it does not match.
///
/// A parameter `{name}` is a segment without a slash, `{name+}` one that may hold encoded slashes: API Gateway needs a
/// greedy parameter for those. `{proxy+}` is for API Gateway alone: here a trailing slash is no segment.
fn matched(template: &str, segments: &[String]) -> Option<BTreeMap<String, String>> {
    let mut params = BTreeMap::new();
    let mut parts = template.split('/').skip(1);
    for segment in segments {
        let part = parts.next()?;
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => {
                let whole = name.strip_suffix('+').filter(|name| *name != "proxy");
                let plain = !name.ends_with('+') && !segment.contains('/');
                let name = whole.or(plain.then_some(name)).filter(|_| !segment.is_empty())?;
                params.insert(name.to_owned(), segment.clone());
            }
            None if part == segment => {}
            None => return None,
        }
    }
    parts.next().is_none().then_some(params)
}

const fn route(method: &'static str, path: &'static str) -> Route {
    Route { method, path }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(method: &str, path: &str) -> Option<(&'static str, BTreeMap<String, String>)> {
        let segments: Vec<_> = path.split('/').skip(1).map(str::to_owned).collect();
        match find(method, &segments) {
            Routed::To(index, params) => Some((FUNCTIONS[index].name, params)),
            _ => None,
        }
    }

    #[test]
    fn a_fixed_path_wins_over_a_name_for_its_own_method_only() {
        assert_eq!(name("POST", "/tyk/keys/create").unwrap().0, "tyk-create-key");
        let (function, params) = name("DELETE", "/tyk/keys/create").unwrap();
        assert_eq!((function, params["keyName"].as_str()), ("tyk-delete-key", "create"));
    }

    #[test]
    fn a_decoded_slash_matches_no_parameter() {
        let segments = ["tyk", "keys", "a/b"].map(str::to_owned);
        assert_eq!(find("GET", &segments), Routed::Nowhere);
    }

    #[test]
    fn a_user_id_may_hold_an_encoded_slash_and_is_one_segment() {
        let path = |rest: &[&str]| -> Vec<String> {
            ["api", "v1", "organizations", "o", "users"].iter().chain(rest).map(|part| (*part).to_owned()).collect()
        };
        let Routed::To(index, params) = find("DELETE", &path(&["a/b"])) else { panic!("no route") };
        assert_eq!((FUNCTIONS[index].name, params["userId"].as_str()), ("gmi-remove-user", "a/b"));
        assert_eq!(find("PATCH", &path(&["a/b"])), Routed::WrongMethod);
        for nowhere in [path(&["a", "b"]), path(&[""])] {
            assert_eq!(find("DELETE", &nowhere), Routed::Nowhere);
        }
        assert_eq!(find("GET", &["tyk", "keys", "a/b"].map(str::to_owned)), Routed::Nowhere);
    }

    #[test]
    fn known_paths_and_unknown_ones_are_told_apart() {
        let find =
            |method: &str, path: &str| find(method, &path.split('/').skip(1).map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(find("PATCH", "/tyk/keys/abc"), Routed::WrongMethod);
        assert_eq!(find("POST", "/tyk/org/keys"), Routed::WrongMethod);
        assert_eq!(find("GET", "/tyk/keys/a/b"), Routed::Nowhere);
        assert_eq!(find("GET", "/tyk"), Routed::Nowhere);
    }
}

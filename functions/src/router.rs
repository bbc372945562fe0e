//! Which function answers a request.

use std::collections::BTreeMap;

use latchkey_shared::runtime::function::Route;
use latchkey_shared::telemetry;

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
pub enum Routed {
    /// To the function at this index, with these path parameters, by this route.
    To(usize, BTreeMap<String, String>, telemetry::Route),
    /// The path exists, but not for this method.
    WrongMethod,
    /// The path does not exist.
    Nowhere,
}

/// Finds the function for a method and a path, given as its decoded segments, by the routes of each function. The
/// route with the fewest parameters wins, as in API Gateway.
#[must_use]
pub fn find(routes: &[&[Route]], method: &str, segments: &[String]) -> Routed {
    let mut found = Routed::Nowhere;
    let mut fewest = usize::MAX;
    for (index, routes) in routes.iter().enumerate() {
        for route in *routes {
            let Some(params) = route.matched(segments) else { continue };
            if route.method != method {
                if found == Routed::Nowhere {
                    found = Routed::WrongMethod;
                }
            } else if params.len() < fewest {
                fewest = params.len();
                found = Routed::To(index, params, (route.method, route.path));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{FUNCTIONS, ROUTES};

    fn find(method: &str, segments: &[String]) -> Routed {
        super::find(&ROUTES, method, segments)
    }

    fn name(method: &str, path: &str) -> Option<(&'static str, BTreeMap<String, String>)> {
        let segments: Vec<_> = path.split('/').skip(1).map(str::to_owned).collect();
        match find(method, &segments) {
            Routed::To(index, params, _) => Some((FUNCTIONS[index].name, params)),
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
        let Routed::To(index, params, _) = find("DELETE", &path(&["a/b"])) else { panic!("no route") };
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

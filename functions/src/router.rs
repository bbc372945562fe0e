//! Which function answers a request.

use std::collections::BTreeMap;

use crate::dialects::ROUTES;

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
pub enum Routed {
    /// To the function at this index of [`FUNCTIONS`](crate::table::FUNCTIONS), with these path parameters.
    To(usize, BTreeMap<String, String>),
    /// The path exists, but not for this method.
    WrongMethod,
    /// The path does not exist.
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
/// A parameter `{name}` matches a segment without a slash. `{name+}` matches a segment that may contain encoded
/// slashes, for which API Gateway needs a greedy parameter. `{proxy+}` serves only API Gateway: here a trailing slash
/// is not a segment.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::FUNCTIONS;

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

//! The table of all functions: their routes, handlers, secrets and store actions. `template.yaml` says the same.

use std::collections::BTreeMap;

use latchkey_shared::envelope::gate;
use latchkey_shared::envelope::tyk::{self, Failure, Operation};
use latchkey_shared::function::Action::{DeleteItem, GetItem, PutItem, Query, Scan, UpdateItem};
use latchkey_shared::function::{Action, Function, Route, Secret};
use latchkey_shared::request::{Request, Response};
use latchkey_shared::service::Service;
use latchkey_shared::store::Table::{self, Audit, Keys, OrgKeys, Organizations, Usage};

use crate::tyk as endpoints;
use crate::unrouted;

/// Makes a key with a random token.
pub const TYK_CREATE_KEY: Function = Function {
    name: "tyk-create-key",
    routes: &[route("POST", "/tyk/keys/create")],
    secrets: &[Secret::Admin, Secret::Id, Secret::Seal],
    access: &[(Keys, &[GetItem, PutItem]), (OrgKeys, &[PutItem]), (Audit, &[PutItem])],
    handler: |s, r| Box::pin(tyk(Operation::CreateKey, s, r, endpoints::create_key::handle(s, r))),
};

/// Shows a key as it would be made; reaches no table.
pub const TYK_PREVIEW_KEY: Function = Function {
    name: "tyk-preview-key",
    routes: &[route("POST", "/tyk/keys/preview")],
    secrets: &[Secret::Admin],
    access: &[],
    handler: |s, r| Box::pin(tyk(Operation::PreviewKey, s, r, endpoints::preview_key::handle(s, r))),
};

/// Replaces the policies of a key.
pub const TYK_ASSIGN_POLICIES: Function = Function {
    name: "tyk-assign-policies",
    routes: &[route("POST", "/tyk/keys/policy/{keyName}")],
    secrets: &[Secret::Admin, Secret::Id, Secret::Seal],
    access: &[(Keys, &[GetItem, UpdateItem]), (OrgKeys, &[PutItem]), (Audit, &[PutItem])],
    handler: |s, r| Box::pin(tyk(Operation::AssignPolicies, s, r, endpoints::assign_policies::handle(s, r))),
};

/// Adds or replaces a key under the name that the caller chose.
pub const TYK_UPSERT_KEY: Function = Function {
    name: "tyk-upsert-key",
    routes: &[
        route("POST", "/tyk/keys"),
        route("PUT", "/tyk/keys"),
        route("POST", "/tyk/keys/{keyName}"),
        route("PUT", "/tyk/keys/{keyName}"),
    ],
    secrets: &[Secret::Admin, Secret::Id, Secret::Seal],
    access: &[(Keys, &[GetItem, PutItem, UpdateItem]), (OrgKeys, &[PutItem, DeleteItem]), (Audit, &[PutItem])],
    handler: |s, r| Box::pin(tyk(Operation::UpsertKey, s, r, endpoints::upsert_key::handle(s, r))),
};

/// Shows a key.
pub const TYK_GET_KEY: Function = Function {
    name: "tyk-get-key",
    routes: &[route("GET", "/tyk/keys/{keyName}")],
    secrets: &[Secret::Admin, Secret::Id, Secret::Seal],
    access: &[(Keys, &[GetItem])],
    handler: |s, r| Box::pin(tyk(Operation::GetKey, s, r, endpoints::get_key::handle(s, r))),
};

/// Lists keys.
pub const TYK_LIST_KEYS: Function = Function {
    name: "tyk-list-keys",
    // A route of an HTTP API cannot end in a slash, so the documented one takes the rest of the path.
    routes: &[route("GET", "/tyk/keys"), route("GET", "/tyk/keys/{proxy+}")],
    secrets: &[Secret::Admin, Secret::Id, Secret::Seal],
    access: &[(Keys, &[GetItem]), (OrgKeys, &[Query, Scan])],
    handler: |s, r| Box::pin(tyk(Operation::ListKeys, s, r, endpoints::list_keys::handle(s, r))),
};

/// Deletes a key.
pub const TYK_DELETE_KEY: Function = Function {
    name: "tyk-delete-key",
    routes: &[route("DELETE", "/tyk/keys/{keyName}"), route("DELETE", "/tyk/keys")],
    secrets: &[Secret::Admin, Secret::Id],
    access: &[(Keys, &[GetItem, UpdateItem]), (OrgKeys, &[PutItem, DeleteItem]), (Audit, &[PutItem])],
    handler: |s, r| Box::pin(tyk(Operation::DeleteKey, s, r, endpoints::delete_key::handle(s, r))),
};

/// Adds or replaces the limits of an organisation.
pub const TYK_UPSERT_ORG: Function = Function {
    name: "tyk-upsert-org",
    routes: &[route("POST", "/tyk/org/keys/{orgID}"), route("PUT", "/tyk/org/keys/{orgID}")],
    secrets: &[Secret::Admin, Secret::Seal],
    access: &[(Organizations, &[GetItem, PutItem, UpdateItem]), (Audit, &[PutItem])],
    handler: |s, r| Box::pin(tyk(Operation::UpsertOrg, s, r, endpoints::upsert_org::handle(s, r))),
};

/// Shows the limits of an organisation.
pub const TYK_GET_ORG: Function = Function {
    name: "tyk-get-org",
    routes: &[route("GET", "/tyk/org/keys/{orgID}")],
    secrets: &[Secret::Admin, Secret::Seal],
    access: &[(Organizations, &[GetItem])],
    handler: |s, r| Box::pin(tyk(Operation::GetOrg, s, r, endpoints::get_org::handle(s, r))),
};

/// Lists the organisations that have limits.
pub const TYK_LIST_ORGS: Function = Function {
    name: "tyk-list-orgs",
    routes: &[route("GET", "/tyk/org/keys")],
    secrets: &[Secret::Admin, Secret::Seal],
    access: &[(Organizations, &[Query])],
    handler: |s, r| Box::pin(tyk(Operation::ListOrgs, s, r, endpoints::list_orgs::handle(s, r))),
};

/// Deletes the limits of an organisation.
pub const TYK_DELETE_ORG: Function = Function {
    name: "tyk-delete-org",
    routes: &[route("DELETE", "/tyk/org/keys/{orgID}")],
    secrets: &[Secret::Admin],
    access: &[(Organizations, &[GetItem, UpdateItem, DeleteItem]), (Audit, &[PutItem])],
    handler: |s, r| Box::pin(tyk(Operation::DeleteOrg, s, r, endpoints::delete_org::handle(s, r))),
};

/// Decides whether a key may do something now.
pub const GATE_VERIFY: Function = Function {
    name: "gate-verify",
    routes: &[route("POST", "/v1/keys/verify")],
    secrets: &[Secret::Admin, Secret::Id],
    access: GATE_ACCESS,
    handler: |s, r| Box::pin(async move { gate::reply(r, crate::gate::verify::handle(s, r).await) }),
};

/// What a decision touches: keys and organisations' limits, and the use of hours that are over.
pub const GATE_ACCESS: &[(Table, &[Action])] =
    &[(Keys, &[GetItem, UpdateItem]), (Organizations, &[GetItem, UpdateItem]), (Usage, &[UpdateItem])];

/// Answers what no route takes, in the dialect of its path; reaches no table.
pub const UNROUTED: Function = Function {
    name: "unrouted",
    routes: &[],
    secrets: &[Secret::Admin],
    access: &[],
    handler: |s, r| Box::pin(tyk(Operation::Unrouted, s, r, unrouted::handle(s, r))),
};

/// Every function.
pub const FUNCTIONS: [&Function; 13] = [
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
    &GATE_VERIFY,
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

/// The parameters of `template` in the path of these segments; `None` when it does not match. Templates that
/// take the rest of a path are for API Gateway alone: here a trailing slash is no segment.
fn matched(template: &str, segments: &[String]) -> Option<BTreeMap<String, String>> {
    let mut params = BTreeMap::new();
    let mut parts = template.split('/').skip(1);
    for segment in segments {
        let part = parts.next()?;
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) if name.ends_with('+') || segment.is_empty() || segment.contains('/') => return None,
            Some(name) => drop(params.insert(name.to_owned(), segment.clone())),
            None if part == segment => {}
            None => return None,
        }
    }
    parts.next().is_none().then_some(params)
}

const fn route(method: &'static str, path: &'static str) -> Route {
    Route { method, path }
}

/// Answers in the Tyk dialect.
async fn tyk(
    operation: Operation,
    service: &Service,
    request: &Request,
    outcome: impl Future<Output = Result<Response, Failure>>,
) -> Response {
    tyk::reply(operation, service.settings.tyk_edition, request, outcome.await)
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
    fn known_paths_and_unknown_ones_are_told_apart() {
        let find =
            |method: &str, path: &str| find(method, &path.split('/').skip(1).map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(find("PATCH", "/tyk/keys/abc"), Routed::WrongMethod);
        assert_eq!(find("POST", "/tyk/org/keys"), Routed::WrongMethod);
        assert_eq!(find("GET", "/tyk/keys/a/b"), Routed::Nowhere);
        assert_eq!(find("GET", "/tyk"), Routed::Nowhere);
    }
}

//! `GET /tyk/apis` and `GET /tyk/apis/{apiID}`: shows the APIs in `LATCHKEY_APIS` as API definitions.

use latchkey_shared::envelope::tyk::{self, Failure, Refusal, Refusals};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use serde_json::{Value, json};

use super::{answer, caller};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "tyk-list-apis",
    summary: "Lists the APIs in the settings, or shows one of them.",
    routes: &[Route::new("GET", "/tyk/apis"), Route::new("GET", "/tyk/apis/{apiID}")],
    secrets: &[Secret::Admin],
    access: &[],
    serves: Serves::Requests(|s, r| Box::pin(answer(&Refusals::USUAL, s, r, handle))),
};

pub(crate) const NO_SUCH_API: Failure = Failure::Refused("no_such_api", Refusal::not_found("API not found"));

/// Shows one API, or all of them in the order of their ids.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let _scope = caller::admin(&service.secrets, request)?;
    let apis = &service.settings.apis;
    match request.param("apiID") {
        "" => Ok(tyk::success(&apis.iter().map(|(api, org)| definition(api, org)).collect::<Vec<_>>())),
        api => apis.org(api).map(|org| tyk::success(&definition(api, org))).ok_or(NO_SUCH_API),
    }
}

/// The definition of an API that takes keys in the header `Authorization`. It has no target, because Latchkey
/// forwards no requests.
fn definition(api: &str, org: &OrgId) -> Value {
    json!({
        "name": api,
        "slug": api,
        "api_id": api,
        "org_id": org.as_str(),
        "active": true,
        "use_keyless": false,
        "auth": {
            "auth_header_name": "Authorization",
            "use_param": false,
            "param_name": "",
            "use_cookie": false,
            "cookie_name": "",
            "use_certificate": false,
        },
        "version_data": {
            "not_versioned": true,
            "default_version": "",
            "versions": {"Default": {"name": "Default", "expires": "", "use_extended_paths": true}},
        },
        "proxy": {"listen_path": format!("/{api}/"), "target_url": "", "strip_listen_path": true},
    })
}

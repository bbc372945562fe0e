//! The functions of the gate.

use latchkey_shared::envelope::gate::{self, Failure};
use latchkey_shared::runtime::function::Action::{
    self, BatchGetItem, ConditionCheckItem, GetItem, PutItem, Query, UpdateItem,
};
use latchkey_shared::runtime::function::{Function, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{self, Keys, OrgKeys, Organizations, Usage};

use super::route;
use crate::bounded::bounded;
use crate::gate as endpoints;

/// Decides whether a key may do something now.
pub const GATE_VERIFY: Function = Function {
    name: "gate-verify",
    routes: &[route("POST", "/v1/keys/verify")],
    secrets: &[Secret::Admin, Secret::Id],
    access: GATE_ACCESS,
    serves: Serves::Requests(|s, r| {
        Box::pin(async move {
            gate::reply(r, bounded(r, endpoints::verify::handle(s, r)).await.map_err(Failure::undecided))
        })
    }),
};

/// Counts what a call really used.
pub const GATE_REPORT_USAGE: Function = Function {
    name: "gate-report-usage",
    routes: &[route("POST", "/v1/keys/usage")],
    secrets: &[Secret::Admin, Secret::Id],
    access: &[(Keys, &[GetItem, PutItem, UpdateItem, ConditionCheckItem]), (Usage, &[UpdateItem])],
    serves: Serves::Requests(|s, r| Box::pin(gate(r, endpoints::report_usage::handle(s, r)))),
};

/// Tells what was used, of a key or of an organisation.
pub const GATE_GET_USAGE: Function = Function {
    name: "gate-get-usage",
    routes: &[route("GET", "/v1/usage")],
    secrets: &[Secret::Admin],
    access: &[(Keys, &[GetItem, BatchGetItem]), (OrgKeys, &[Query]), (Usage, &[BatchGetItem, Query])],
    serves: Serves::Requests(|s, r| Box::pin(gate(r, endpoints::get_usage::handle(s, r)))),
};

/// Lets API Gateway ask whether a request to another API may pass.
pub const GATE_AUTHORIZER: Function = Function {
    name: "gate-authorizer",
    routes: &[],
    secrets: &[Secret::Id],
    access: GATE_ACCESS,
    serves: Serves::Authorizations(|s, event| Box::pin(endpoints::authorizer::handle(s, event))),
};

/// What a decision touches: keys and organisations' limits, and the use of hours that are over.
pub const GATE_ACCESS: &[(Table, &[Action])] =
    &[(Keys, &[GetItem, UpdateItem]), (Organizations, &[GetItem, UpdateItem]), (Usage, &[UpdateItem])];

/// Answers in the words of the gate.
async fn gate(request: &Request, outcome: impl Future<Output = Result<Response, Failure>>) -> Response {
    gate::reply(request, bounded(request, outcome).await)
}

//! The functions of the gate.

use latchkey_shared::envelope::gate;
use latchkey_shared::function::Action::{self, ConditionCheckItem, GetItem, PutItem, UpdateItem};
use latchkey_shared::function::{Function, Secret, Serves};
use latchkey_shared::store::Table::{self, Keys, Organizations, Usage};

use super::route;
use crate::gate as endpoints;

/// Decides whether a key may do something now.
pub const GATE_VERIFY: Function = Function {
    name: "gate-verify",
    routes: &[route("POST", "/v1/keys/verify")],
    secrets: &[Secret::Admin, Secret::Id],
    access: GATE_ACCESS,
    serves: Serves::Requests(|s, r| Box::pin(async move { gate::reply(r, endpoints::verify::handle(s, r).await) })),
};

/// Counts what a call really used.
pub const GATE_REPORT_USAGE: Function = Function {
    name: "gate-report-usage",
    routes: &[route("POST", "/v1/keys/usage")],
    secrets: &[Secret::Admin, Secret::Id],
    access: &[(Keys, &[GetItem, PutItem, UpdateItem, ConditionCheckItem]), (Usage, &[UpdateItem])],
    serves: Serves::Requests(|s, r| {
        Box::pin(async move { gate::reply(r, endpoints::report_usage::handle(s, r).await) })
    }),
};

/// What a decision touches: keys and organisations' limits, and the use of hours that are over.
pub const GATE_ACCESS: &[(Table, &[Action])] =
    &[(Keys, &[GetItem, UpdateItem]), (Organizations, &[GetItem, UpdateItem]), (Usage, &[UpdateItem])];

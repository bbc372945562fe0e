//! `POST /v1/keys/verify`: a server asks whether to allow a request with a key.

use latchkey_shared::auth::Admin;
use latchkey_shared::envelope::gate::{self, Code, Failure};
use latchkey_shared::keys::Reservation;
use latchkey_shared::limits::Money;
use latchkey_shared::rights::Call;
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::{NotGiven, Secret};

use super::body::Fields;
use super::decide::{self, Decision, Question, decide};
use crate::invoke::invoke;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gate-verify",
    summary: "Decides whether a key may make a request, and counts the request.",
    routes: &[Route::new("POST", "/v1/keys/verify")],
    secrets: &[Secret::Admin, Secret::Id],
    access: decide::ACCESS,
    serves: Serves::Requests(|s, r| {
        Box::pin(async move { gate::reply(invoke(s, r, handle).await.map_err(Failure::undecided)) })
    }),
};

/// The largest cost of one call.
const MAX_COST: i64 = 1_000_000_000;

/// Answers 200 whether the call is allowed or denied.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let admin = Admin::from_bearer(&service.secrets, request).map_err(|_| Failure::NotAdmin)?;
    let body = VerifyBody::read(request.body().await?)?;
    let question = Question {
        presented: &body.key,
        call: Call { api: &body.api, method: &body.method, path: &body.path, version: &body.version },
        cost: body.cost,
        spend: body.spend,
    };
    let decision = decide(service, admin.gate(), &question).await?;
    let reserved = reservation(service, &question, &decision)?;
    let reserved = reserved.as_deref().map(|id| (id, question.spend));
    Ok(gate::answer(decision.code, decision.key.as_ref(), decision.until, decision.now, reserved))
}

/// The id of the reservation, if money was reserved.
fn reservation(service: &Service, question: &Question<'_>, decision: &Decision) -> Result<Option<String>, NotGiven> {
    let reserves = question.cost > 0 && question.spend > Money::default();
    match (&decision.key, decision.code) {
        (Some((key, _)), Code::Ok) if reserves => {
            let reserved = Reservation::new(key, question.spend, decision.now);
            Ok(Some(reserved.id(service.secrets.ids()?)))
        }
        _ => Ok(None),
    }
}

/// A valid body.
struct VerifyBody {
    key: String,
    api: String,
    method: String,
    path: String,
    version: String,
    cost: i64,
    spend: Money,
}

impl VerifyBody {
    /// Reads a body, and reports all of its faults at once.
    fn read(body: &[u8]) -> Result<Self, Failure> {
        let mut fields = Fields::read(body)?;
        let (key, api) = (fields.required_text("key"), fields.required_text("api"));
        let [method, mut path, version] =
            ["method", "path", "version"].map(|name| fields.text(name).unwrap_or_default());
        // Servers often pass the whole request target, with its query.
        path.truncate(path.find(['?', '#']).unwrap_or(path.len()));
        let cost = fields.whole("cost", 0..=MAX_COST, "must be a whole number from 0 to 1000000000").unwrap_or(1);
        let spend = fields.money("spend").unwrap_or_default();
        fields.finish()?;
        Ok(Self { key, api, method, path, version, cost, spend })
    }
}

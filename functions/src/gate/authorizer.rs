//! `gate-authorizer`: decides for API Gateway whether a request to another API may pass.

use latchkey_shared::auth::Gateway;
use latchkey_shared::auth::bearer::{self, Form};
use latchkey_shared::envelope::gate::authorization::{Context, NO_CREDENTIAL_CODE};
use latchkey_shared::limits::Money;
use latchkey_shared::rights::Call;
use latchkey_shared::runtime::event::split_stage;
use latchkey_shared::runtime::function::{Function, Serves, Unauthorized};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::settings::AuthorizerMode;
use latchkey_shared::telemetry;
use serde_json::Value;

use super::decide::{self, Question, decide};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gate-authorizer",
    summary: "Decides for API Gateway whether a request to another API may pass.",
    routes: &[],
    secrets: &[Secret::Id],
    access: decide::ACCESS,
    serves: Serves::Authorizations(|s, event| Box::pin(handle(s, event))),
};

/// Answers in the form that the kind of API expects. In the mode `annotate` every request passes,
/// with the decision as its context.
async fn handle(service: &Service, event: &Value) -> Result<Value, Unauthorized> {
    let Some(event) = AuthorizerEvent::read(event) else {
        telemetry::failed("not_an_event", "not the event of a request authorizer");
        return Err(Unauthorized::Undecided);
    };
    let context = match event.presented {
        Some(presented) => judge(service, &event, presented).await?,
        None => {
            telemetry::decided(NO_CREDENTIAL_CODE, false);
            Context::no_credential()
        }
    };
    telemetry::answered(context.status());
    let passes = context.allowed() || service.settings.authorizer_mode == AuthorizerMode::Annotate;
    match event.method_arn {
        Some(_) if !passes && event.presented.is_none() => Err(Unauthorized::NoCredential),
        Some(method_arn) => Ok(context.policy(passes, method_arn)),
        None => Ok(context.simple(passes)),
    }
}

async fn judge(service: &Service, event: &AuthorizerEvent<'_>, presented: &str) -> Result<Context, Unauthorized> {
    let api = service.settings.api_id.as_deref().unwrap_or(event.api);
    let call = Call { api, method: event.method, path: event.path, version: "" };
    let question = Question { presented, call, cost: 1, spend: Money::default() };
    match decide(service, Gateway::admitted_outside().scope(), &question).await {
        Ok(decision) => {
            let key = decision.key.as_ref().map(|(key, _)| key);
            Ok(Context::decided(decision.code, key, decision.until, decision.now))
        }
        Err(cause) => {
            telemetry::failed(cause.code(), cause);
            Err(Unauthorized::Undecided)
        }
    }
}

/// The event of a request authorizer: the request to decide about.
struct AuthorizerEvent<'a> {
    presented: Option<&'a str>,
    method: &'a str,
    /// As sent, without the stage.
    path: &'a str,
    api: &'a str,
    /// What the policy is for; an HTTP API needs no policy.
    method_arn: Option<&'a str>,
}

impl<'a> AuthorizerEvent<'a> {
    /// Reads the event of an HTTP API in format 2.0, or of a REST API; `None` for any other event.
    fn read(event: &'a Value) -> Option<Self> {
        let context = &event["requestContext"];
        let (method, path, method_arn) = match (event["version"].as_str(), event["type"].as_str()) {
            (Some("2.0"), _) => {
                let (host, stage) = (context["domainName"].as_str(), context["stage"].as_str());
                let (_, path) = split_stage(event["rawPath"].as_str()?, host, stage);
                (context["http"]["method"].as_str()?, path, None)
            }
            (_, Some("REQUEST")) => {
                (event["httpMethod"].as_str()?, event["path"].as_str()?, Some(event["methodArn"].as_str()?))
            }
            _ => return None,
        };
        Some(Self {
            presented: header(event, "authorization").and_then(|value| bearer::parse(value, Form::SchemeOptional).ok()),
            method,
            path,
            api: context["apiId"].as_str()?,
            method_arn,
        })
    }
}

/// The value of a header. Its name matches in any case.
fn header<'a>(event: &'a Value, wanted: &str) -> Option<&'a str> {
    let headers = event["headers"].as_object()?;
    headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).and_then(|(_, value)| value.as_str())
}

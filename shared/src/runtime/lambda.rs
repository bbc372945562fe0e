//! The entry point of every function's binary on Lambda.

use std::sync::Arc;

pub use lambda_runtime::Error;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use serde_json::value::RawValue;
use tracing::level_filters::LevelFilter;

use super::deadline::Deadline;
use super::event::{self, EventResponse};
use super::function::{Function, Reply, Serves, Unauthorized};
use super::instance::Instance;
use super::request::{Request, Response};
use super::service::Service;
use super::telemetry::{self, Format};
use crate::aws::{self, Aws};
use crate::clock::Clock;
use crate::secrets::SecretsUnavailable;
use crate::settings::{self, Settings};

/// Serves `function` until the platform stops it.
///
/// # Errors
/// When a setting is wrong, or the Lambda runtime cannot be reached.
pub fn run(function: &'static Function) -> Result<(), Error> {
    telemetry::start(Format::Json, LevelFilter::INFO);
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let instance = instance(function).await.inspect_err(|error| tracing::error!(%error, "cannot start"))?;
        instance.start();
        serve(function, &instance).await
    })
}

async fn instance(function: &'static Function) -> Result<Arc<Instance>, Error> {
    let environment = settings::environment(&[])?;
    let aws = Aws::load(&Settings::read(environment)?, aws::environment()).await?;
    Ok(Instance::new(function, Box::new(environment), &aws, Clock::System)?)
}

async fn serve(function: &Function, instance: &Arc<Instance>) -> Result<(), Error> {
    match function.serves {
        Serves::Requests(answer) => {
            lambda_runtime::run(service_fn(|event| async move { respond(function, instance, answer, event).await }))
                .await
        }
        Serves::Authorizations(judge) => {
            lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
                let deadline = Deadline::of_invocation(event.context.deadline);
                let service = instance.service(deadline).await;
                let judged = async {
                    service.secrets.available()?;
                    Ok::<_, SecretsUnavailable>(judge(&service, &event.payload).await)
                };
                let judged = deadline.bound(judged).await.unwrap_or_else(|cause| {
                    tracing::error!(function = function.name, %cause, "failed");
                    Err(Unauthorized::Undecided)
                });
                judged.map_err(|unauthorized| unauthorized.to_string())
            }))
            .await
        }
    }
}

/// The error for an event that is not one of an HTTP API; API Gateway answers it by itself.
const NOT_AN_HTTP_EVENT: &str = "not the event of an HTTP API";

/// Answers any event of an HTTP API, failures included.
async fn respond(
    function: &Function,
    instance: &Arc<Instance>,
    answer: for<'a> fn(&'a Service, &'a Request) -> Reply<'a, Response>,
    event: LambdaEvent<Box<RawValue>>,
) -> Result<EventResponse, &'static str> {
    let Some(mut request) = event::request(function.routes, event.payload.get(), event.context.request_id) else {
        tracing::error!(function = function.name, "{NOT_AN_HTTP_EVENT}");
        return Err(NOT_AN_HTTP_EVENT);
    };
    request.function = function.name;
    request.deadline = Deadline::of_invocation(event.context.deadline);
    let service = instance.service(request.deadline).await;
    let response = answer(&service, &request).await;
    Ok(match instance.service_again(&service, response.status()).await {
        Some(newer) => answer(&newer, &request).await.into(),
        None => response.into(),
    })
}

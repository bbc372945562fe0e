//! The entry point of every function's binary on Lambda.

use std::sync::Arc;

pub use lambda_runtime::Error;
use lambda_runtime::{Context, LambdaEvent, service_fn};
use serde_json::Value;
use serde_json::value::RawValue;
use tracing::level_filters::LevelFilter;

use super::deadline::Deadline;
use super::event::{self, EventResponse};
use super::function::{Function, Reply, Serves, Unauthorized};
use super::instance::Instance;
use super::request::{Request, Response};
use super::request_log::RequestLog;
use super::service::Service;
use crate::aws::{self, Aws};
use crate::clock::Clock;
use crate::settings::{self, Settings};
use crate::store::StoreError;
use crate::telemetry;
use crate::telemetry::logging::{self, Format};

/// Serves `function` until the platform stops it.
///
/// # Errors
/// When a setting is wrong, or the Lambda runtime cannot be reached.
pub fn run(function: &'static Function) -> Result<(), Error> {
    logging::start(Format::Json, LevelFilter::INFO);
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

async fn serve(function: &'static Function, instance: &Arc<Instance>) -> Result<(), Error> {
    let log = &RequestLog::new(function, instance.settings(), instance.clock());
    match function.serves {
        Serves::Requests(answer) => {
            lambda_runtime::run(service_fn(|event: LambdaEvent<Box<RawValue>>| async move {
                let LambdaEvent { payload, context } = event;
                log.logged(&context, respond(function, instance, answer, &payload, &context)).await
            }))
            .await
        }
        Serves::Authorizations(judge) => {
            lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
                let LambdaEvent { payload, context } = event;
                log.logged(&context, authorize(instance, judge, &payload, &context)).await
            }))
            .await
        }
    }
}

/// The error for an event that is not one of an HTTP API; API Gateway answers it by itself.
const NOT_AN_HTTP_EVENT: &str = "not the event of an HTTP API";
/// The status with which API Gateway answers an error.
const ERROR: u16 = 500;

/// Answers any event of an HTTP API, failures included.
async fn respond(
    function: &Function,
    instance: &Arc<Instance>,
    answer: for<'a> fn(&'a Service, &'a Request) -> Reply<'a, Response>,
    event: &RawValue,
    context: &Context,
) -> Result<EventResponse, &'static str> {
    let Some(mut request) = event::request(function.routes, event.get(), context.request_id.clone()) else {
        telemetry::failed("not_an_event", NOT_AN_HTTP_EVENT);
        telemetry::answered(ERROR);
        return Err(NOT_AN_HTTP_EVENT);
    };
    if let Some(route) = request.route {
        telemetry::routed(route);
    }
    request.deadline = Deadline::of_invocation(context.deadline);
    let service = instance.service(request.deadline).await;
    let mut response = answer(&service, &request).await;
    if let Some(newer) = instance.service_again(&service, response.status(), request.deadline).await {
        telemetry::runs_again();
        response = answer(&newer, &request).await;
    }
    telemetry::answered(response.status().as_u16());
    Ok(response.into())
}

/// Decides about any event; the error has the text by which API Gateway knows what to answer.
async fn authorize(
    instance: &Arc<Instance>,
    judge: for<'a> fn(&'a Service, &'a Value) -> Reply<'a, Result<Value, Unauthorized>>,
    event: &Value,
    context: &Context,
) -> Result<Value, String> {
    let deadline = Deadline::of_invocation(context.deadline);
    let service = instance.service(deadline).await;
    let judged = match service.secrets.available() {
        Ok(()) => {
            let judged = deadline.bound(async { Ok::<_, StoreError>(judge(&service, event).await) }).await;
            judged.inspect_err(|cause| telemetry::failed(cause.into(), cause)).ok()
        }
        Err(cause) => {
            telemetry::failed(cause.code(), &cause);
            None
        }
    };
    let judged = judged.unwrap_or(Err(Unauthorized::Undecided));
    if judged == Err(Unauthorized::Undecided) {
        telemetry::answered(ERROR);
    }
    judged.map_err(|unauthorized| unauthorized.to_string())
}

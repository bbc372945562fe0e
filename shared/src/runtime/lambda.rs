//! The entry point of every function's binary on Lambda.

pub use lambda_runtime::Error;
use lambda_runtime::{Context, LambdaEvent, service_fn};
use serde_json::Value;
use serde_json::value::RawValue;
use tracing::level_filters::LevelFilter;

use super::deadline::Deadline;
use super::event::{self, EventResponse};
use super::function::{Action, Function, Reply, Serves, Unauthorized};
use super::request::{Request, Response};
use super::request_log::RequestLog;
use super::service::Service;
use crate::clock::Clock;
use crate::secrets::Secrets;
use crate::settings::{self, Settings};
use crate::store::{Store, StoreError};
use crate::telemetry;
use crate::telemetry::logging::{self, Format};

/// Serves `function` until the platform stops it.
///
/// # Errors
/// When a setting is wrong, or the Lambda runtime cannot be reached.
pub fn run(function: &'static Function) -> Result<(), Error> {
    logging::start(Format::Json { timed: false }, LevelFilter::INFO);
    let service = service(function).inspect_err(|error| tracing::error!(%error, "cannot start"))?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let serving = serve(function, &service);
        tokio::pin!(serving);
        // A store that does not respond must not delay the first event.
        tokio::select! {
            biased;
            () = open_connection(function, &service) => serving.await,
            stopped = &mut serving => stopped,
        }
    })
}

async fn open_connection(function: &Function, service: &Service) {
    let mut readable = function.access.iter().filter(|(_, actions)| actions.contains(&Action::GetItem));
    if let Some((table, _)) = readable.next() {
        service.store.open_connection(*table).await;
    }
}

async fn serve(function: &'static Function, service: &Service) -> Result<(), Error> {
    let log = &RequestLog::new(function, service);
    match function.serves {
        Serves::Requests(answer) => {
            lambda_runtime::run(service_fn(|event: LambdaEvent<Box<RawValue>>| async move {
                let LambdaEvent { payload, context } = event;
                log.logged(&context, respond(function, service, answer, &payload, &context)).await
            }))
            .await
        }
        Serves::Authorizations(judge) => {
            lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
                let LambdaEvent { payload, context } = event;
                log.logged(&context, authorize(service, judge, &payload, &context)).await
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
    service: &Service,
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
    let response = answer(service, &request).await;
    telemetry::answered(response.status().as_u16());
    Ok(response.into())
}

/// Decides about any event; the error has the text by which API Gateway knows what to answer.
async fn authorize(
    service: &Service,
    judge: for<'a> fn(&'a Service, &'a Value) -> Reply<'a, Result<Value, Unauthorized>>,
    event: &Value,
    context: &Context,
) -> Result<Value, String> {
    let deadline = Deadline::of_invocation(context.deadline);
    let judged = deadline.bound(async { Ok::<_, StoreError>(judge(service, event).await) }).await;
    let judged = judged.unwrap_or_else(|cause| {
        telemetry::failed((&cause).into(), &cause);
        Err(Unauthorized::Undecided)
    });
    if judged == Err(Unauthorized::Undecided) {
        telemetry::answered(ERROR);
    }
    judged.map_err(|unauthorized| unauthorized.to_string())
}

fn service(function: &Function) -> Result<Service, Error> {
    let env = settings::environment(&[])?;
    let settings = Settings::read(env)?;
    let secrets = Secrets::read(function.secrets, env)?;
    let store = Store::connect(&settings, env)?;
    Ok(Service { settings, secrets, store, clock: Clock::System })
}

//! The entry point of every function's binary on Lambda.

pub use lambda_runtime::Error;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use serde_json::value::RawValue;
use tracing::level_filters::LevelFilter;

use super::deadline::Deadline;
use super::event::{self, EventResponse};
use super::function::{Action, Function, Reply, Serves, Unauthorized};
use super::request::{Request, Response};
use super::service::Service;
use super::telemetry::{self, Format};
use crate::clock::Clock;
use crate::secrets::Secrets;
use crate::settings::{self, Settings};
use crate::store::{Store, StoreError};

/// Serves `function` until the platform stops it.
///
/// # Errors
/// When a setting is wrong, or the Lambda runtime cannot be reached.
pub fn run(function: &'static Function) -> Result<(), Error> {
    telemetry::start(Format::Json, LevelFilter::INFO);
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

async fn serve(function: &Function, service: &Service) -> Result<(), Error> {
    match function.serves {
        Serves::Requests(answer) => {
            lambda_runtime::run(service_fn(|event| async move { respond(function, service, answer, event).await }))
                .await
        }
        Serves::Authorizations(judge) => {
            lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
                let deadline = Deadline::of_invocation(event.context.deadline);
                let judged = deadline.bound(async { Ok::<_, StoreError>(judge(service, &event.payload).await) }).await;
                let judged = judged.unwrap_or_else(|cause| {
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
    service: &Service,
    answer: for<'a> fn(&'a Service, &'a Request) -> Reply<'a, Response>,
    event: LambdaEvent<Box<RawValue>>,
) -> Result<EventResponse, &'static str> {
    let Some(mut request) = event::request(function.routes, event.payload.get(), event.context.request_id) else {
        tracing::error!(function = function.name, "{NOT_AN_HTTP_EVENT}");
        return Err(NOT_AN_HTTP_EVENT);
    };
    request.function = function.name;
    request.deadline = Deadline::of_invocation(event.context.deadline);
    Ok(answer(service, &request).await.into())
}

fn service(function: &Function) -> Result<Service, Error> {
    let env = settings::environment(&[])?;
    let settings = Settings::read(env)?;
    let secrets = Secrets::read(function.secrets, env)?;
    let store = Store::connect(&settings, env)?;
    Ok(Service { settings, secrets, store, clock: Clock::System })
}

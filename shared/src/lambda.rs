//! The Lambda entry: what every function's binary does.

pub use lambda_http::Error;
use lambda_http::lambda_runtime::{self, LambdaEvent};
use lambda_http::{Body, RequestExt, service_fn};
use serde_json::Value;
use tracing::level_filters::LevelFilter;

use crate::clock::Clock;
use crate::config::{self, Settings};
use crate::function::{Action, Function, Serves};
use crate::request::{Query, Request};
use crate::secrets::Secrets;
use crate::service::Service;
use crate::store::Store;
use crate::telemetry::{self, Format};

/// Serves `function` until the platform stops it.
///
/// # Errors
/// When a setting is wrong, or the Lambda runtime cannot be reached.
pub fn run(function: &'static Function) -> Result<(), Error> {
    telemetry::start(Format::Json, LevelFilter::INFO);
    let service = service(function).inspect_err(|error| tracing::error!(%error, "cannot start"))?;
    let service = &service;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let mut readable = function.access.iter().filter(|(_, actions)| actions.contains(&Action::GetItem));
        if let Some((table, _)) = readable.next() {
            service.store.open_connection(*table).await;
        }
        match function.serves {
            Serves::Requests(answer) => {
                lambda_http::run(service_fn(|event: lambda_http::Request| async move {
                    Ok::<_, Error>(answer(service, &request(event)).await.map(Body::from))
                }))
                .await
            }
            Serves::Authorizations(judge) => {
                lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
                    judge(service, &event.payload).await.map_err(|unauthorized| unauthorized.to_string())
                }))
                .await
            }
        }
    })
}

fn service(function: &Function) -> Result<Service, Error> {
    let env = config::environment()?;
    let settings = Settings::read(env)?;
    let secrets = Secrets::read(function.secrets, env)?;
    let store = Store::connect(&settings, env)?;
    Ok(Service { settings, secrets, store, clock: Clock::System })
}

/// API Gateway has decoded the path and its parameters already; the query it leaves as sent.
fn request(event: lambda_http::Request) -> Request {
    let params = event.path_parameters().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let path = event.raw_http_path().to_owned();
    let id = event.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default();
    let (parts, body) = event.into_parts();
    let mut request = Request::new(parts.method, path, Ok(body.to_vec().into()), id);
    request.params = params;
    request.query = Query::parse(parts.uri.query().unwrap_or_default());
    request.headers = parts.headers;
    request
}

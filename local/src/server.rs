//! The local server: the table of functions on one port, each with the secrets it declares and no
//! others.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, Response as Outgoing, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use latchkey_functions::router::{self, Routed};
use latchkey_functions::table::{FUNCTIONS, ROUTES};
use latchkey_functions::unrouted;
use latchkey_shared::clock::Clock;
use latchkey_shared::envelope::cleaned;
use latchkey_shared::runtime::function::{Function, Serves};
use latchkey_shared::runtime::request::{Query, Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::{Secret, Secrets};
use latchkey_shared::settings::{InvalidSetting, Settings};
use latchkey_shared::store::Store;
use latchkey_shared::telemetry::{Record, observe};
use percent_encoding::percent_decode_str;
use tokio::net::TcpListener;

use crate::body::Bodies;
use crate::client_limits::ClientLimits;
use crate::health::wrong_method;
use crate::metrics::{self, Metrics};
use crate::throttle::Throttle;
use crate::{connections, health, pages, request_log, sample};

/// All functions, each with its own service.
pub struct Server {
    services: Vec<(&'static Function, Service)>,
    limits: ClientLimits,
    bodies: Bodies,
    throttle: Throttle,
    metrics: Metrics,
}

impl Server {
    /// Sets up every function: settings and secrets through `get`, a store for each through
    /// `store`.
    ///
    /// # Errors
    /// When a setting or a secret is missing or wrong.
    pub fn new(
        get: impl Fn(&str) -> Option<String>,
        store: impl Fn(&'static Function, &Settings) -> Store,
        clock: &Clock,
        limits: ClientLimits,
    ) -> Result<Self, InvalidSetting> {
        let settings = Settings::read(&get)?;
        let local = [sample::function(&get)?, &health::HEALTH];
        let services = FUNCTIONS.into_iter().chain(local).map(|function| {
            let secrets = Secrets::read(function.secrets, &get)?;
            let store = store(function, &settings);
            let is_sample = function.name == sample::NAME;
            let settings = if is_sample { sample::settings(&settings) } else { settings.clone() };
            Ok((function, Service { settings, secrets, store, clock: clock.clone() }))
        });
        let services = services.collect::<Result<_, InvalidSetting>>()?;
        let (bodies, throttle) = (Bodies::new(&limits), Throttle::new(limits.admin_failures));
        Ok(Self { services, limits, bodies, throttle, metrics: Metrics::new() })
    }

    /// Serves the connections of `listener` until `stop`, and then until the requests in flight are
    /// answered.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let limits = self.limits;
        connections::serve(Arc::new(self), listener, limits, stop).await;
    }

    /// Answers a request of `peer`.
    pub(crate) async fn answer(&self, peer: IpAddr, incoming: http::Request<Incoming>) -> Outgoing<Full<Bytes>> {
        let (parts, body) = incoming.into_parts();
        let path = parts.uri.path();
        let query = parts.uri.query().map_or_else(String::new, |query| format!("?{query}"));
        if let Some(redirect) = cleaned(path, &query) {
            return redirect.map(|body| Full::new(body.into()));
        }
        let stripped = path.trim_end_matches('/');
        if let Some(page) = pages::at(&parts.method, stripped) {
            return page;
        }
        let (incoming, unread) = self.bodies.of(body);
        let announces = announces_body(&parts.headers);
        let id = uuid::Uuid::new_v4().to_string();
        let segments: Option<Vec<_>> = stripped.split('/').skip(1).map(decode).collect();
        // Routes end without a slash, but rules for paths distinguish `/orders/` from `/orders`.
        let path = if segments.as_deref().is_some_and(sample::is_at) { path } else { stripped };
        let request = Request::new(parts.method, path.to_owned(), Ok(Bytes::new()), id);
        let mut request = request.with_incoming(incoming);
        request.segments = segments;
        request.query = Query::parse(parts.uri.query().unwrap_or_default());
        request.headers = parts.headers;
        let answer = self.call(peer, request).await;
        if announces {
            unread.decline()
        } else {
            unread.drain()
        }
        answer
    }

    async fn call(&self, peer: IpAddr, mut request: Request) -> Outgoing<Full<Bytes>> {
        if request.segments.as_deref().is_some_and(metrics::is_at) {
            let answer = wrong_method(&request.method).unwrap_or_else(|| self.metrics.answer());
            return answer.map(|body| Full::new(body.into()));
        }
        let name = name_of(&mut request);
        let Some((function, service)) = self.services.iter().find(|(function, _)| function.name == name) else {
            return broken();
        };
        let Serves::Requests(answer) = function.serves else { return broken() };
        let begun = Instant::now();
        let (response, mut observed) = observe(answer(service, &request)).await;
        (observed.route, observed.status) = (request.route, Some(response.status().as_u16()));
        let took = begun.elapsed();
        let trace_id = request.header("traceparent").and_then(request_log::trace_id);
        let record = Record { request_id: &request.id, trace_id, function: name, observed, took, cold: None };
        self.metrics.count(&record);
        request_log::log(&record, service.settings.request_log);
        if refuses_admin(function, &response) {
            self.throttle.hold_back(peer, service.clock.now()).await;
        }
        response.map(|body| Full::new(body.into()))
    }
}

/// The name of the function that answers the request. Sets the request's path parameters.
fn name_of(request: &mut Request) -> &'static str {
    let segments = request.segments.as_deref().unwrap_or_default();
    if sample::is_at(segments) {
        return sample::NAME;
    }
    if let Some(route) = health::route(segments) {
        request.route = Some((route.method, route.path));
        return health::HEALTH.name;
    }
    match router::find(&ROUTES, request.method.as_str(), segments) {
        Routed::To(index, params, route) => {
            request.params = params;
            request.route = Some(route);
            FUNCTIONS.get(index).map_or(unrouted::FUNCTION.name, |function| function.name)
        }
        Routed::WrongMethod | Routed::Nowhere => unrouted::FUNCTION.name,
    }
}

/// Whether `function` refused a caller without the admin secret. In the Requesty dialect 403 is for
/// known keys that lack a permission.
fn refuses_admin(function: &Function, response: &Response) -> bool {
    let refused = match response.status() {
        StatusCode::UNAUTHORIZED => true,
        StatusCode::FORBIDDEN => !function.name.starts_with("requesty-"),
        _ => false,
    };
    refused && function.secrets.contains(&Secret::Admin)
}

/// Whether the client waits for a response before it sends its body.
fn announces_body(headers: &HeaderMap) -> bool {
    headers.get(header::EXPECT).is_some_and(|expected| expected.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

fn decode(segment: &str) -> Option<String> {
    percent_decode_str(segment).decode_utf8().ok().map(|decoded| decoded.into_owned())
}

/// The response when a handler has failed to make one.
pub(crate) fn broken() -> Outgoing<Full<Bytes>> {
    status(StatusCode::INTERNAL_SERVER_ERROR)
}

fn status(status: StatusCode) -> Outgoing<Full<Bytes>> {
    let mut response = Outgoing::new(Full::default());
    *response.status_mut() = status;
    response
}

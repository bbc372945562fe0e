//! Requests as API Gateway's HTTP API hands them over, payload format 2.0.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_harness::ADMIN;
use latchkey_shared::runtime::function::Route;
use serde_json::{Value, json};

/// One request.
pub(crate) struct Event {
    method: &'static str,
    route: String,
    path: String,
    params: BTreeMap<&'static str, String>,
    query: String,
    headers: BTreeMap<&'static str, String>,
    body: Value,
    base64: bool,
}

impl Event {
    /// The administrator's request for a route, such as `GET /tyk/keys/{keyName}`.
    pub(crate) fn admin(route: &'static str) -> Self {
        let (method, path) = route.split_once(' ').unwrap();
        Self { route: route.to_owned(), ..Self::unrouted(method, path) }
    }

    /// The administrator's request for a route of the table.
    pub(crate) fn routed(route: &'static Route) -> Self {
        Self { route: format!("{} {}", route.method, route.path), ..Self::unrouted(route.method, route.path) }
    }

    /// The administrator's request for this route with a trailing slash, and with `rest` after it.
    pub(crate) fn slash(route: &'static str, rest: &'static str) -> Self {
        let (method, path) = route.split_once(' ').unwrap();
        let slash = Route::new(method, path).with_slash().unwrap();
        let event = Self { route: format!("{method} {slash}"), ..Self::unrouted(method, &format!("{path}/{rest}")) };
        Self { params: BTreeMap::from([("proxy", rest.to_owned())]), ..event }
    }

    /// The administrator's request that no route takes.
    pub(crate) fn unrouted(method: &'static str, path: &str) -> Self {
        Self {
            method,
            route: "$default".to_owned(),
            path: path.to_owned(),
            params: BTreeMap::new(),
            query: String::new(),
            headers: BTreeMap::from([("x-tyk-authorization", ADMIN.to_owned())]),
            body: Value::Null,
            base64: false,
        }
    }

    /// With this value for a parameter of the path; API Gateway has decoded it.
    pub(crate) fn param(mut self, name: &'static str, value: &str) -> Self {
        let open = self.path.find(&format!("{{{name}")).unwrap();
        let close = self.path.find('}').unwrap();
        self.path.replace_range(open..=close, value);
        self.params.insert(name, value.to_owned());
        self
    }

    /// With this query, which API Gateway leaves encoded.
    pub(crate) fn query(self, query: &str) -> Self {
        Self { query: query.to_owned(), ..self }
    }

    /// With another admin secret, and with it as the bearer's token.
    pub(crate) fn secret(mut self, secret: &str) -> Self {
        self.headers.insert("x-tyk-authorization", secret.to_owned());
        self.bearer(secret)
    }

    /// With this bearer's token.
    pub(crate) fn bearer(mut self, token: &str) -> Self {
        self.headers.insert("authorization", format!("Bearer {token}"));
        self
    }

    /// With the name of an organisation that the administrator acts for.
    pub(crate) fn organization(mut self, org: &str) -> Self {
        self.headers.insert("x-organization-id", org.to_owned());
        self
    }

    /// Without the admin secret.
    pub(crate) fn anonymous(mut self) -> Self {
        self.headers.clear();
        self
    }

    /// With a body that is text.
    pub(crate) fn text(self, body: &str) -> Self {
        Self { body: body.into(), ..self }
    }

    /// With a JSON body.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.text(&body.to_string())
    }

    /// With a body that API Gateway does not take for text.
    pub(crate) fn bytes(self, body: &[u8]) -> Self {
        Self { base64: true, ..self.text(&STANDARD.encode(body)) }
    }

    /// What the function receives.
    pub(crate) fn to_json(&self) -> Value {
        let mut headers = self.headers.clone();
        headers.insert("host", "abc123.execute-api.eu-west-1.amazonaws.com".into());
        headers.insert("x-forwarded-proto", "https".into());
        let mut event = json!({
            "version": "2.0",
            "routeKey": self.route,
            "rawPath": self.path,
            "rawQueryString": self.query,
            "headers": headers,
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "abc123",
                "domainName": "abc123.execute-api.eu-west-1.amazonaws.com",
                "domainPrefix": "abc123",
                "http": {
                    "method": self.method, "path": self.path, "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.1", "userAgent": "curl/8.5.0",
                },
                "requestId": "JKJaXmPLvHcESHA=",
                "routeKey": self.route,
                "stage": "$default",
                "time": "15/Jan/2026:12:00:00 +0000",
                "timeEpoch": 1_768_478_400_000_u64,
            },
            "isBase64Encoded": self.base64,
        });
        // API Gateway leaves out what there is none of.
        if !self.params.is_empty() {
            event["pathParameters"] = json!(self.params);
        }
        if !self.body.is_null() {
            event["body"] = self.body.clone();
        }
        event
    }
}

//! Signs requests to DynamoDB with AWS Signature Version 4, with a key that is derived once a day.
//!
//! The SDK's own signer derives the key for every request and hashes in plain Rust. That was a third
//! of what a decision cost.

use std::fmt::{self, Write};
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use aws_sdk_dynamodb::config::{ConfigBag, Credentials, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::{AuthScheme, AuthSchemeEndpointConfig, AuthSchemeId, Sign};
use aws_smithy_runtime_api::client::identity::{
    Identity, IdentityCacheLocation, IdentityFuture, ResolveIdentity, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::GetIdentityResolver;
use jiff::Timestamp;
use jiff::tz::Offset;

use crate::keys::hex;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// An auth scheme that takes the place of the SDK's `sigv4`, for one set of credentials that never
/// changes, as in a Lambda function's environment.
pub(super) struct Signer {
    credentials: Credentials,
    region: String,
    key: Mutex<Option<DayKey>>,
    identity: SharedIdentityResolver,
}

/// The key that signs all requests of one day, in UTC.
struct DayKey {
    day: String,
    key: Key,
}

/// The SDK wants an identity for each request; the signer has its credentials already.
#[derive(Debug)]
struct NoIdentity(Identity);

impl Signer {
    pub(super) fn new(credentials: Credentials, region: String) -> Self {
        let identity = SharedIdentityResolver::new(NoIdentity(Identity::new((), None)));
        Self { credentials, region, key: Mutex::default(), identity }
    }

    /// Adds the headers that sign `request` at `now`.
    fn sign(&self, request: &mut HttpRequest, now: Timestamp) -> Result<(), BoxError> {
        let now = Offset::UTC.to_datetime(now);
        let day = format!("{:04}{:02}{:02}", now.year(), now.month(), now.day());
        let time = format!("{day}T{:02}{:02}{:02}Z", now.hour(), now.minute(), now.second());
        let authorization = self.authorization(request, &day, &time)?;
        let headers = request.headers_mut();
        headers.try_insert("authorization", authorization)?;
        headers.try_insert("x-amz-date", time)?;
        if let Some(token) = self.credentials.session_token() {
            headers.try_insert("x-amz-security-token", token.to_owned())?;
        }
        Ok(())
    }

    fn authorization(&self, request: &HttpRequest, day: &str, time: &str) -> Result<String, BoxError> {
        let (canonical, signed_headers) = self.canonical(request, time)?;
        let scope = format!("{day}/{}/dynamodb/aws4_request", self.region);
        let digest = hex(digest(&SHA256, canonical.as_bytes()).as_ref());
        let signature =
            self.with_key(day, |key| sign(key, format!("{ALGORITHM}\n{time}\n{scope}\n{digest}").as_bytes()));
        let (id, signature) = (self.credentials.access_key_id(), hex(signature.as_ref()));
        Ok(format!("{ALGORITHM} Credential={id}/{scope}, SignedHeaders={signed_headers}, Signature={signature}"))
    }

    /// The canonical request, and the names of the headers that it signs. Every request of DynamoDB
    /// is a POST to `/` with these headers.
    fn canonical(&self, request: &HttpRequest, time: &str) -> Result<(String, String), BoxError> {
        let header = |name| request.headers().get(name).ok_or(Unsignable("it lacks a header"));
        let headers = [
            ("content-type", Some(header("content-type")?)),
            ("host", Some(host(request.uri()))),
            ("x-amz-date", Some(time)),
            ("x-amz-security-token", self.credentials.session_token()),
            ("x-amz-target", Some(header("x-amz-target")?)),
        ];
        let body = request.body().bytes().ok_or(Unsignable("its body is a stream"))?;
        let (mut canonical, mut names) = ("POST\n/\n\n".to_owned(), String::new());
        for (name, value) in headers.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            writeln!(canonical, "{name}:{value}")?;
            names.push_str(if names.is_empty() { "" } else { ";" });
            names.push_str(name);
        }
        write!(canonical, "\n{names}\n{}", hex(digest(&SHA256, body).as_ref()))?;
        Ok((canonical, names))
    }

    fn with_key<T>(&self, day: &str, work: impl FnOnce(&Key) -> T) -> T {
        let mut cached = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        match &*cached {
            Some(known) if known.day == day => work(&known.key),
            _ => work(&cached.insert(DayKey { day: day.to_owned(), key: self.derive(day) }).key),
        }
    }

    fn derive(&self, day: &str) -> Key {
        let secret = format!("AWS4{}", self.credentials.secret_access_key());
        [day, &self.region, "dynamodb", "aws4_request"]
            .iter()
            .fold(Key::new(HMAC_SHA256, secret.as_bytes()), |key, part| {
                Key::new(HMAC_SHA256, sign(&key, part.as_bytes()).as_ref())
            })
    }
}

/// The `Host` header of a request to this URI: without its scheme, its path and its scheme's port.
fn host(uri: &str) -> &str {
    let (scheme, rest) = uri.split_once("://").unwrap_or(("", uri));
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    let default_port = if scheme == "https" { ":443" } else { ":80" };
    authority.strip_suffix(default_port).unwrap_or(authority)
}

/// Why a request cannot be signed.
#[derive(Debug, thiserror::Error)]
#[error("the request cannot be signed: {0}")]
struct Unsignable(&'static str);

impl Sign for Signer {
    fn sign_http_request(
        &self,
        request: &mut HttpRequest,
        _: &Identity,
        _: AuthSchemeEndpointConfig<'_>,
        components: &RuntimeComponents,
        _: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.sign(request, Timestamp::try_from(components.time_source().unwrap_or_default().now())?)
    }
}

impl AuthScheme for Signer {
    fn scheme_id(&self) -> AuthSchemeId {
        AuthSchemeId::new("sigv4")
    }

    fn identity_resolver(&self, _: &dyn GetIdentityResolver) -> Option<SharedIdentityResolver> {
        Some(self.identity.clone())
    }

    fn signer(&self) -> &dyn Sign {
        self
    }
}

impl ResolveIdentity for NoIdentity {
    fn resolve_identity<'a>(&'a self, _: &'a RuntimeComponents, _: &'a ConfigBag) -> IdentityFuture<'a> {
        IdentityFuture::ready(Ok(self.0.clone()))
    }

    fn cache_location(&self) -> IdentityCacheLocation {
        IdentityCacheLocation::IdentityResolver
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
    use aws_sigv4::sign::v4;
    use aws_smithy_types::body::SdkBody;
    use proptest::prelude::*;

    use super::*;

    const TARGET: &str = "DynamoDB_20120810.GetItem";

    fn request(uri: &str, body: &str) -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST").unwrap();
        request.set_uri(uri).unwrap();
        request.headers_mut().insert("content-type", "application/x-amz-json-1.0");
        request.headers_mut().insert("x-amz-target", TARGET);
        request
    }

    /// The headers that AWS's own crate adds.
    fn expected(
        request: &HttpRequest,
        credentials: &Credentials,
        region: &str,
        now: SystemTime,
    ) -> Vec<(String, String)> {
        let identity = credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name("dynamodb")
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .unwrap();
        let body = SignableBody::Bytes(request.body().bytes().unwrap());
        let signable = SignableRequest::new("POST", request.uri(), request.headers().iter(), body).unwrap();
        let (signed, _) = sign(signable, &params.into()).unwrap().into_parts();
        let (headers, _) = signed.into_parts();
        headers.into_iter().map(|header| (header.name().to_owned(), header.value().to_owned())).collect()
    }

    proptest! {
        #[test]
        fn any_request_has_the_signature_of_awss_own_signer(
            days in prop::collection::vec(0_i64..40_000, 1..4),
            second in 0_i64..86_400,
            (secret, token) in ("[!-~]{1,60}", prop::option::of("[!-~]{1,900}")),
            (region, body) in ("[a-z]{2}-[a-z]{1,9}-[0-9]", any::<String>()),
            uri in prop::sample::select(vec![
                "https://dynamodb.eu-west-1.amazonaws.com", "https://dynamodb.example:443/", "http://localhost:8000",
                "http://localhost:80/", "https://[::1]:8443/",
            ]),
        ) {
            let credentials = Credentials::new("AKIDOFTHETESTS", secret, token, None, "test");
            let signer = Signer::new(credentials.clone(), region.clone());
            for day in days {
                let now = Timestamp::from_second(day * 86_400 + second).unwrap();
                let mut signed = request(uri, &body);
                let expected = expected(&signed, &credentials, &region, now.into());
                signer.sign(&mut signed, now).unwrap();
                for (name, value) in expected {
                    prop_assert_eq!(signed.headers().get(&name), Some(value.as_str()), "{}", name);
                }
            }
        }
    }

    #[test]
    fn no_secret_is_shown() {
        let credentials = Credentials::new("AKIDOFTHETESTS", "the secret", Some("the token".into()), None, "test");
        assert_eq!(format!("{:?}", Signer::new(credentials, "eu-west-1".into())), "Signer");
    }
}

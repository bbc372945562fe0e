//! Signs requests with AWS Signature Version 4, with a key that is derived once a day for each set of
//! credentials.
//!
//! The SDK's own signer derives the key for every request and hashes in plain Rust. That was a third
//! of what a decision cost.

use std::fmt::{self, Write};
use std::sync::{Mutex, PoisonError};

use aws_credential_types::Credentials;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::{AuthScheme, AuthSchemeEndpointConfig, AuthSchemeId, Sign};
use aws_smithy_runtime_api::client::identity::{Identity, SharedIdentityResolver};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::{GetIdentityResolver, RuntimeComponents};
use aws_smithy_types::config_bag::ConfigBag;
use jiff::Timestamp;
use jiff::tz::Offset;

use crate::hex;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// An auth scheme that takes the place of the SDK's `sigv4` for a service whose requests are all POST
/// to `/`.
pub(crate) struct Signer {
    service: &'static str,
    region: String,
    key: Mutex<Option<DayKey>>,
}

/// The key that signs all requests of one day, in UTC, with one set of credentials.
struct DayKey {
    day: String,
    access_key_id: String,
    key: Key,
}

impl Signer {
    pub(super) fn new(service: &'static str, region: String) -> Self {
        Self { service, region, key: Mutex::default() }
    }

    /// Adds the headers by which `credentials` sign `request` at `now`.
    fn sign(&self, request: &mut HttpRequest, credentials: &Credentials, now: Timestamp) -> Result<(), BoxError> {
        let now = Offset::UTC.to_datetime(now);
        let day = format!("{:04}{:02}{:02}", now.year(), now.month(), now.day());
        let time = format!("{day}T{:02}{:02}{:02}Z", now.hour(), now.minute(), now.second());
        let authorization = self.authorization(request, credentials, &day, &time)?;
        let headers = request.headers_mut();
        headers.try_insert("authorization", authorization)?;
        headers.try_insert("x-amz-date", time)?;
        if let Some(token) = credentials.session_token() {
            headers.try_insert("x-amz-security-token", token.to_owned())?;
        }
        Ok(())
    }

    fn authorization(
        &self,
        request: &HttpRequest,
        credentials: &Credentials,
        day: &str,
        time: &str,
    ) -> Result<String, BoxError> {
        let (canonical, signed_headers) = canonical(request, credentials, time)?;
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let digest = hex(digest(&SHA256, canonical.as_bytes()).as_ref());
        let text = format!("{ALGORITHM}\n{time}\n{scope}\n{digest}");
        let signature = self.with_key(credentials, day, |key| sign(key, text.as_bytes()));
        let (id, signature) = (credentials.access_key_id(), hex(signature.as_ref()));
        Ok(format!("{ALGORITHM} Credential={id}/{scope}, SignedHeaders={signed_headers}, Signature={signature}"))
    }

    fn with_key<T>(&self, credentials: &Credentials, day: &str, work: impl FnOnce(&Key) -> T) -> T {
        let access_key_id = credentials.access_key_id();
        let mut cached = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        match &*cached {
            Some(known) if known.day == day && known.access_key_id == access_key_id => work(&known.key),
            _ => {
                let (day, access_key_id) = (day.to_owned(), access_key_id.to_owned());
                let key = self.derive(credentials, &day);
                work(&cached.insert(DayKey { day, access_key_id, key }).key)
            }
        }
    }

    fn derive(&self, credentials: &Credentials, day: &str) -> Key {
        let secret = format!("AWS4{}", credentials.secret_access_key());
        [day, &self.region, self.service, "aws4_request"]
            .iter()
            .fold(Key::new(HMAC_SHA256, secret.as_bytes()), |key, part| {
                Key::new(HMAC_SHA256, sign(&key, part.as_bytes()).as_ref())
            })
    }
}

/// The canonical request, and the names of the headers that it signs. Every request is
/// a POST to `/` with these headers.
fn canonical(request: &HttpRequest, credentials: &Credentials, time: &str) -> Result<(String, String), BoxError> {
    let header = |name| request.headers().get(name).ok_or(Unsignable("it lacks a header"));
    let headers = [
        ("content-type", Some(header("content-type")?)),
        ("host", Some(host(request.uri()))),
        ("x-amz-date", Some(time)),
        ("x-amz-security-token", credentials.session_token()),
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
        identity: &Identity,
        _: AuthSchemeEndpointConfig<'_>,
        components: &RuntimeComponents,
        _: &ConfigBag,
    ) -> Result<(), BoxError> {
        let credentials = identity.data().ok_or(Unsignable("there are no credentials"))?;
        self.sign(request, credentials, Timestamp::try_from(components.time_source().unwrap_or_default().now())?)
    }
}

impl AuthScheme for Signer {
    fn scheme_id(&self) -> AuthSchemeId {
        AuthSchemeId::new("sigv4")
    }

    fn identity_resolver(&self, resolvers: &dyn GetIdentityResolver) -> Option<SharedIdentityResolver> {
        resolvers.identity_resolver(self.scheme_id())
    }

    fn signer(&self) -> &dyn Sign {
        self
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
        (service, region): (&str, &str),
        now: SystemTime,
    ) -> Vec<(String, String)> {
        let identity = credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service)
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
            calls in prop::collection::vec((0_i64..40_000, any::<prop::sample::Index>()), 1..5),
            second in 0_i64..86_400,
            credentials in prop::collection::btree_map(
                "[A-Z0-9]{16,20}", ("[!-~]{1,60}", prop::option::of("[!-~]{1,900}")), 1..3),
            service in prop::sample::select(vec!["dynamodb", "secretsmanager"]),
            (region, body) in ("[a-z]{2}-[a-z]{1,9}-[0-9]", any::<String>()),
            uri in prop::sample::select(vec![
                "https://dynamodb.eu-west-1.amazonaws.com", "https://dynamodb.example:443/", "http://localhost:8000",
                "http://localhost:80/", "https://[::1]:8443/",
            ]),
        ) {
            let credentials: Vec<_> = credentials
                .into_iter()
                .map(|(id, (secret, token))| Credentials::new(id, secret, token, None, "test"))
                .collect();
            let signer = Signer::new(service, region.clone());
            for (day, credentials_at) in calls {
                let credentials = credentials_at.get(&credentials);
                let now = Timestamp::from_second(day * 86_400 + second).unwrap();
                let mut signed = request(uri, &body);
                let expected = expected(&signed, credentials, (service, &region), now.into());
                signer.sign(&mut signed, credentials, now).unwrap();
                for (name, value) in expected {
                    prop_assert_eq!(signed.headers().get(&name), Some(value.as_str()), "{}", name);
                }
            }
        }
    }

    #[test]
    fn no_secret_is_shown() {
        let credentials = Credentials::new("AKIDOFTHETESTS", "the secret", Some("the token".into()), None, "test");
        let signer = Signer::new("dynamodb", "eu-west-1".into());
        signer.sign(&mut request("http://localhost", ""), &credentials, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(format!("{signer:?}"), "Signer");
    }
}

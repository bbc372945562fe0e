//! The HTTPS client, whose trust store is read when the first connection is opened.

use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use crate::settings::InvalidSetting;

/// The roots that AWS endpoints chain to. Reading every certificate of a machine takes longer than
/// all else that a function does before its first answer.
const AWS_ROOTS: [&[u8]; 5] = [
    include_bytes!("roots/Amazon_Root_CA_1.pem"),
    include_bytes!("roots/Amazon_Root_CA_2.pem"),
    include_bytes!("roots/Amazon_Root_CA_3.pem"),
    include_bytes!("roots/Amazon_Root_CA_4.pem"),
    include_bytes!("roots/Starfield_Services_Root_CA_G2.pem"),
];

/// A client of the SDK, which trusts the authorities of AWS or those that the machine trusts. It
/// opens its first connection at the first call.
pub(super) fn client(system_roots: bool) -> Result<SharedHttpClient, InvalidSetting> {
    let store = TrustStore::empty();
    let store = match system_roots {
        true => store.with_native_roots(true),
        false => AWS_ROOTS.iter().fold(store, |store, pem| store.with_pem_certificate(*pem)),
    };
    let tls = TlsContext::builder().with_trust_store(store).build();
    let tls = tls.map_err(|error| InvalidSetting::new("LATCHKEY_TLS_ROOTS", error.to_string()))?;
    let client = Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(tls).build_https();
    Ok(SharedHttpClient::new(AtFirstCall(client)))
}

/// The SDK's client would read its trust store for every configuration that names it, and once more
/// at the first call. This one does so at the first call alone.
#[derive(Debug)]
struct AtFirstCall(SharedHttpClient);

impl HttpClient for AtFirstCall {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        self.0.http_connector(settings, components)
    }
}

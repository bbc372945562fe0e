//! Certificates for a store on loopback, made anew for each run.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256, RsaKeySize,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::{ServerConfig, pki_types::PrivateKeyDer};

use crate::Failure;

/// The certificates of a root, an intermediate and a server. Their keys are RSA with 2048 bits, as those of AWS
/// endpoints are: ECDSA would cost a function more, and under valgrind, which hides what the processor does fast,
/// ten times as much.
pub(super) struct Chain {
    pub(super) root: Certificate,
    intermediate: Certificate,
    server: Certificate,
    server_key: KeyPair,
}

impl Chain {
    /// Issues them for a server called `localhost`.
    pub(super) fn issue() -> Result<Self, rcgen::Error> {
        let (root_key, intermediate_key, server_key) = (key()?, key()?, key()?);
        let root = authority("Root of the benchmark")?;
        let root_certificate = root.self_signed(&root_key)?;
        let root = Issuer::new(root, root_key);
        let intermediate = authority("Intermediate of the benchmark")?;
        let intermediate_certificate = intermediate.signed_by(&intermediate_key, &root)?;
        let intermediate = Issuer::new(intermediate, intermediate_key);
        let server = CertificateParams::new(["localhost".to_owned()])?.signed_by(&server_key, &intermediate)?;
        Ok(Self { root: root_certificate, intermediate: intermediate_certificate, server, server_key })
    }

    /// What the server accepts connections with.
    pub(super) fn acceptor(&self) -> Result<TlsAcceptor, Failure> {
        let certificates = vec![self.server.der().clone(), self.intermediate.der().clone()];
        let key = PrivateKeyDer::try_from(self.server_key.serialize_der())?;
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(certificates, key)?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn key() -> Result<KeyPair, rcgen::Error> {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)
}

fn authority(name: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut authority = CertificateParams::new([])?;
    authority.distinguished_name.push(DnType::CommonName, name);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Ok(authority)
}

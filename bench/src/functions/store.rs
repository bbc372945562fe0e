//! The store that measured functions talk to: DynamoDB on loopback, in the clear and behind TLS.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use dynoxide::Database;
use latchkey::dynamodb;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256, RsaKeySize,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::{ServerConfig, pki_types::PrivateKeyDer};

use crate::Failure;

/// The roots that a deployed function reads, too.
const AWS_ROOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/src/store/roots");

/// An empty store, served until the benchmark ends.
pub(crate) struct Store {
    /// Where it is without TLS.
    pub(crate) plain: String,
    /// Where it is with TLS.
    pub(crate) tls: String,
    /// The file of the certificates to trust: those of AWS, as in the cloud, and the root of `tls`.
    pub(crate) roots: PathBuf,
}

impl Store {
    /// Starts it. `folder` is for the file of certificates.
    pub(crate) async fn start(folder: &Path) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let plain = dynamodb::serve(Database::memory()?, listener, "latchkey-").await?.endpoint;
        let chain = Chain::issue()?;
        let roots = folder.join("roots.pem");
        fs::write(&roots, aws_roots()? + &chain.root.pem())?;
        // A name, as the endpoint in the cloud has one, so that looking it up is part of the start.
        let front = TcpListener::bind("localhost:0").await?;
        let tls = format!("https://localhost:{}", front.local_addr()?.port());
        let behind = plain.trim_start_matches("http://").to_owned();
        tokio::spawn(serve_tls(front, chain.acceptor()?, behind));
        Ok(Self { plain, tls, roots })
    }
}

fn aws_roots() -> io::Result<String> {
    let mut roots = String::new();
    for root in fs::read_dir(AWS_ROOTS)? {
        let path = root?.path();
        if path.extension().is_some_and(|extension| extension == "pem") {
            roots += &fs::read_to_string(path)?;
            roots.push('\n');
        }
    }
    Ok(roots)
}

/// The certificates of a root, an intermediate and a server. Their keys are RSA with 2048 bits, as those of AWS
/// endpoints are: ECDSA would cost a function more, and under valgrind, which hides what the processor does fast,
/// ten times as much.
struct Chain {
    root: Certificate,
    intermediate: Certificate,
    server: Certificate,
    server_key: KeyPair,
}

impl Chain {
    fn issue() -> Result<Self, rcgen::Error> {
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

    fn acceptor(&self) -> Result<TlsAcceptor, Failure> {
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

/// Accepts TLS and passes what is inside on to the server at `behind`.
async fn serve_tls(listener: TcpListener, acceptor: TlsAcceptor, behind: String) {
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, behind) = (acceptor.clone(), behind.clone());
        // A function that fails for want of its store fails the benchmark; here nothing need be said.
        tokio::spawn(async move { forward(stream, &acceptor, &behind).await });
    }
}

async fn forward(stream: TcpStream, acceptor: &TlsAcceptor, behind: &str) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut outer = acceptor.accept(stream).await?;
    let mut inner = TcpStream::connect(behind).await?;
    inner.set_nodelay(true)?;
    tokio::io::copy_bidirectional(&mut outer, &mut inner).await?;
    Ok(())
}

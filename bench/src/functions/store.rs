//! The store that measured functions talk to: DynamoDB on loopback, in the clear and behind TLS.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, io};

use dynoxide::Database;
use latchkey::dynamodb;
use latchkey_shared::store::TableNames;
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::certificates::Chain;
use crate::Failure;

/// The roots that a deployed function reads, too.
const AWS_ROOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/src/aws/roots");

/// An empty store, served until the benchmark ends.
pub(crate) struct Store {
    /// Where it is without TLS.
    pub(crate) plain: String,
    /// Where it is with TLS.
    pub(crate) tls: String,
    /// The file of the certificates to trust: those of AWS, as in the cloud, and the root of `tls`.
    pub(crate) roots: PathBuf,
    connections: Arc<AtomicUsize>,
}

impl Store {
    /// Starts it. `folder` is for the file of certificates.
    pub(crate) async fn start(folder: &Path) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let store =
            dynamodb::serve(Database::memory()?, listener, &TableNames::with_prefix("latchkey-")).await?.endpoint;
        let store = store.trim_start_matches("http://");
        let chain = Chain::issue()?;
        let roots = folder.join("roots.pem");
        fs::write(&roots, aws_roots()? + &chain.root.pem())?;
        let connections = Arc::default();
        let plain = Front::start(None, store, &connections).await?;
        let tls = Front::start(Some(chain.acceptor()?), store, &connections).await?;
        Ok(Self { plain: format!("http://{plain}"), tls: format!("https://{tls}"), roots, connections })
    }

    /// How many connections there were so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
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

/// Takes connections, with TLS or without, and passes on what comes through them.
#[derive(Clone)]
struct Front {
    tls: Option<TlsAcceptor>,
    behind: String,
}

impl Front {
    /// Starts one for the server at `behind`, and returns its host and port.
    async fn start(tls: Option<TlsAcceptor>, behind: &str, counted: &Arc<AtomicUsize>) -> Result<String, Failure> {
        let front = Self { tls, behind: behind.to_owned() };
        // A name, as the endpoint in the cloud has one, so that looking it up is part of the start.
        let listener = TcpListener::bind("localhost:0").await?;
        let address = format!("localhost:{}", listener.local_addr()?.port());
        let counted = counted.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                let front = front.clone();
                // A failure shows in the function, which gets no answer.
                tokio::spawn(async move { front.forward(stream).await });
            }
        });
        Ok(address)
    }

    async fn forward(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        match &self.tls {
            None => self.pass_on(stream).await,
            Some(acceptor) => self.pass_on(acceptor.accept(stream).await?).await,
        }
    }

    async fn pass_on(&self, mut outer: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let mut inner = TcpStream::connect(&self.behind).await?;
        inner.set_nodelay(true)?;
        copy_bidirectional(&mut outer, &mut inner).await.map(drop)
    }
}

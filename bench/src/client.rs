//! An HTTP client that takes next to no time itself, since it shares the machine with what it measures.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Failure;

/// One connection, kept open.
pub(crate) struct Client {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Client {
    /// Connects to `host`, such as `127.0.0.1:8080`.
    pub(crate) async fn connect(host: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::with_capacity(8192) })
    }

    /// Sends a request that ends with its body, and reads the answer: its status and body.
    pub(crate) async fn send(&mut self, request: &[u8]) -> Result<(u16, &str), Failure> {
        self.stream.write_all(request).await?;
        self.read.clear();
        loop {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err("the server closed the connection".into());
            }
            if let Some((status, body)) = whole(&self.read)? {
                return Ok((status, std::str::from_utf8(self.read.get(body..).unwrap_or_default())?));
            }
        }
    }
}

/// The status of a whole answer and where its body begins; `None` while some is still to come.
fn whole(read: &[u8]) -> Result<Option<(u16, usize)>, Failure> {
    let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(read.get(..end).unwrap_or_default())?;
    let status = head.split(' ').nth(1).ok_or("no status")?.parse()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.unwrap_or("0").parse()?;
    let body = end + 4;
    Ok((read.len() >= body + length).then_some((status, body)))
}

/// The bytes of a request.
pub(crate) fn request(method: &str, path: &str, header: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("{method} {path} HTTP/1.1\r\nhost: bench\r\n{header}\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

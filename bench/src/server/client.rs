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
    let is_length = |(name, _): &(&str, &str)| name.eq_ignore_ascii_case("content-length");
    let length = head.lines().filter_map(|line| line.split_once(": ")).find(is_length);
    let length: usize = length.map_or("0", |(_, length)| length).parse()?;
    let body = end + 4;
    Ok((read.len() >= body + length).then_some((status, body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_body_is() {
        let answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(whole(answer).unwrap(), Some((404, answer.len() - 2)));
        for part in 0..answer.len() {
            assert_eq!(whole(&answer[..part]).unwrap(), None, "{part}");
        }
    }
}

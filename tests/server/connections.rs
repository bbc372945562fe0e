//! Connections that break, or were never HTTP, do no harm.

use latchkey_harness::key;

use crate::process::Process;

/// The head of a request that makes the key `name`, with one more header.
fn head(server: &Process, name: &str, header: &str) -> String {
    format!(
        "POST /tyk/keys/{name} HTTP/1.1\r\nHost: latchkey\r\nX-Tyk-Authorization: {}\r\n{header}\r\n\r\n",
        server.secret
    )
}

async fn still_serves(server: &Process) {
    let token = server.admin("POST", "/tyk/keys/create", key("default")).await.expect(200).text_of("key");
    let _found = server.admin("GET", &format!("/tyk/keys/{token}"), ()).await.expect(200);
}

/// Sends what there is of a request, and waits until the server is done with it.
async fn interrupt(server: &Process, bytes: impl AsRef<[u8]>) -> String {
    let mut connection = server.connect().await;
    connection.write(bytes).await;
    connection.finish().await
}

#[tokio::test]
async fn an_interrupted_body_makes_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::start(folder.path()).await;
    // What came is a whole session, but the sender meant to say more.
    let body = key("default").to_string();
    let longer = format!("Content-Length: {}", body.len() + 40);
    let counted = head(&server, "defaultcounted", &longer) + &body;
    let chunk = format!("{:x}\r\n{body}\r\n", body.len());
    let chunked = head(&server, "defaultchunked", "Transfer-Encoding: chunked") + &chunk;
    for (name, request) in [("defaultcounted", counted), ("defaultchunked", chunked)] {
        let answer = interrupt(&server, request).await;
        assert!(!answer.starts_with("HTTP/1.1 200"), "{name}: {answer}");
        let _none = server.admin("GET", &format!("/tyk/keys/{name}"), ()).await.expect(404);
    }
    still_serves(&server).await;
}

#[tokio::test]
async fn an_interrupted_body_replaces_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::start(folder.path()).await;
    let _made = server.admin("POST", "/tyk/keys/defaultkept", key("default")).await.expect(200);
    let before = server.admin("GET", "/tyk/keys/defaultkept", ()).await.json();
    let mut changed = key("default");
    changed["alias"] = "half".into();
    let body = changed.to_string();
    let request = head(&server, "defaultkept", &format!("Content-Length: {}", body.len() + 1)) + &body;
    let _cut = interrupt(&server, request).await;
    assert_eq!(server.admin("GET", "/tyk/keys/defaultkept", ()).await.json(), before);
}

#[tokio::test]
async fn clients_that_hang_up_leave_the_server_serving() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::start(folder.path()).await;
    let body = key("default").to_string();
    let request = head(&server, "defaultleft", &format!("Content-Length: {}", body.len())) + &body;
    // At every stage: before the request, within its head, after the head, within its body, before the answer.
    let head_ends = request.len() - body.len();
    for sent in [0, 10, head_ends, head_ends + 10, request.len()] {
        for _ in 0..20 {
            let mut connection = server.connect().await;
            connection.write(&request[..sent]).await;
        }
    }
    still_serves(&server).await;
    let ended = server.stop().await;
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
}

#[tokio::test]
async fn garbage_leaves_the_server_serving() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::start(folder.path()).await;
    let tls_hello: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    let no_such_version: &[u8] = b"PRI * HTTP/9.9\r\n\r\nSM\r\n\r\n";
    let endless_line = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(1_000_000));
    let endless_head = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(10_000));
    let smuggled: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab";
    let negative: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n";
    let zeros = [0; 4096];
    for garbage in [
        tls_hello,
        no_such_version,
        endless_line.as_bytes(),
        endless_head.as_bytes(),
        smuggled,
        negative,
        zeros.as_slice(),
    ] {
        let answer = interrupt(&server, garbage).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
        still_serves(&server).await;
    }
    let ended = server.stop().await;
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
}

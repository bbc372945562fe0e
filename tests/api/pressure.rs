//! Clients that take too much: connections, time, memory, guesses.

use std::time::{Duration, Instant};

use latchkey::client_limits::ClientLimits;
use latchkey_harness::{ADMIN, TestServer, key};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than anything here takes, so that what hangs fails.
const PATIENCE: Duration = Duration::from_secs(20);
/// So short that a test can wait for it.
const SHORT: Duration = Duration::from_millis(150);

async fn connect(server: &TestServer) -> TcpStream {
    TcpStream::connect(server.base.trim_start_matches("http://")).await.unwrap()
}

/// Sends bytes on a connection of their own, and leaves that open.
async fn sent(server: &TestServer, bytes: impl AsRef<[u8]>) -> TcpStream {
    let mut stream = connect(server).await;
    stream.write_all(bytes.as_ref()).await.unwrap();
    stream
}

/// All that the server sends until it closes the connection.
async fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    let _reset = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("the connection stays open");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The first line that the server sends.
async fn status_line(stream: &mut TcpStream) -> String {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        line.push(timeout(PATIENCE, stream.read_u8()).await.expect("no answer").unwrap());
    }
    String::from_utf8(line).unwrap()
}

/// The head of a request of the administrator that announces so many bytes.
fn head(method: &str, path: &str, secret: &str, length: usize) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: latchkey\r\nX-Tyk-Authorization: {secret}\r\nContent-Length: {length}\r\n\r\n"
    )
}

#[tokio::test]
async fn idle_connections_make_room_for_new_ones() {
    let server = TestServer::limited(ClientLimits { connections: 4, ..ClientLimits::default() }).await;
    let mut waiting = Vec::new();
    for at in 0..20 {
        waiting.push(sent(&server, if at % 2 == 0 { "" } else { "GET /half-a-head HT" }).await);
    }
    let _served = server.admin("POST", "/tyk/keys/create", key("default")).await.expect(200);
    // The one that waited longest was closed to make room.
    assert_eq!(rest(waiting.remove(0)).await, "");
}

#[tokio::test]
async fn a_connection_whose_request_is_being_answered_keeps_its_place() {
    let server = TestServer::limited(ClientLimits { connections: 2, ..ClientLimits::default() }).await;
    let hold = server.watch.hold_next("tyk-upsert-key", "GetItem");
    let body = key("default").to_string();
    let mut slow = sent(&server, head("POST", "/tyk/keys/defaultslow", ADMIN, body.len()) + &body).await;
    hold.reached().await;
    for _ in 0..5 {
        let _idle = connect(&server).await;
        let served = sent(&server, "GET /healthz HTTP/1.1\r\nHost: latchkey\r\nConnection: close\r\n\r\n").await;
        assert!(rest(served).await.starts_with("HTTP/1.1 200 OK\r\n"));
    }
    hold.release();
    assert_eq!(status_line(&mut slow).await, "HTTP/1.1 200 OK\r\n");
}

#[tokio::test]
async fn half_a_head_and_an_idle_connection_are_not_waited_for() {
    let server = TestServer::limited(ClientLimits { head: SHORT, ..ClientLimits::default() }).await;
    for begun in ["", "GET", "GET /tyk/keys HTTP/1.1\r\nHost: latch"] {
        assert_eq!(rest(sent(&server, begun).await).await, "", "{begun}");
    }
    let served = rest(sent(&server, "GET /healthz HTTP/1.1\r\nHost: latchkey\r\n\r\n").await).await;
    assert!(served.starts_with("HTTP/1.1 200 OK\r\n"), "{served}");
}

#[tokio::test]
async fn half_a_body_is_not_waited_for() {
    let server = TestServer::limited(ClientLimits { body: SHORT, ..ClientLimits::default() }).await;
    let body = key("default").to_string();
    let half = head("POST", "/tyk/keys/defaulthalf", ADMIN, body.len() + 1) + &body;
    let answer = rest(sent(&server, half).await).await;
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
    let _none = server.admin("GET", "/tyk/keys/defaulthalf", ()).await.expect(404);
}

#[tokio::test]
async fn refusals_that_need_no_body_are_answered_before_it_is_read() {
    let server = TestServer::start().await;
    for (method, path, secret, status) in [
        ("POST", "/tyk/keys/create", "a-wrong-secret-of-22", 403),
        ("POST", "/tyk/keys/name", "", 403),
        ("PUT", "/tyk/org/keys/acme", "", 403),
        ("POST", "/tyk/no/such/path", ADMIN, 404),
        ("PATCH", "/tyk/keys/name", ADMIN, 405),
        ("POST", "/nowhere", "", 404),
        ("POST", "/v1/keys/verify", "", 401),
        ("POST", "/v1/keys/usage", "", 401),
        ("POST", "/v1/manage/apikey", "", 401),
        ("POST", "/api/v1/organizations", "", 401),
        ("DELETE", "/tyk/keys/no-such-key", ADMIN, 404),
        ("POST", "/sample/anything", "", 401),
        ("POST", "/healthz", "", 405),
    ] {
        let mut stream = sent(&server, head(method, path, secret, 1_000_000)).await;
        let line = status_line(&mut stream).await;
        assert!(line.starts_with(&format!("HTTP/1.1 {status} ")), "{method} {path}: {line}");
    }
}

#[tokio::test]
async fn who_sends_a_body_for_nothing_sees_the_refusal_and_may_go_on() {
    let server = TestServer::start().await;
    let body = "x".repeat(900_000);
    let mut stream = sent(&server, head("POST", "/tyk/keys/create", "", body.len()) + &body).await;
    assert_eq!(status_line(&mut stream).await, "HTTP/1.1 403 Forbidden\r\n");
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: latchkey\r\nConnection: close\r\n\r\n").await.unwrap();
    let answers = rest(stream).await;
    assert!(answers.contains("\r\n\r\n") && answers.contains("HTTP/1.1 200 OK\r\n"), "{answers}");
}

#[tokio::test]
async fn bodies_take_no_more_memory_than_there_is_for_them() {
    let server = TestServer::limited(ClientLimits { bodies_kib: 1024, ..ClientLimits::default() }).await;
    // The server asks for a body only once it has room for it.
    let expecting = |name: &str, length| {
        let head = head("POST", &format!("/tyk/keys/default{name}"), ADMIN, length);
        head.replacen("\r\n", "\r\nExpect: 100-continue\r\n", 1)
    };
    let mut large = sent(&server, expecting("large", 1024 * 1024)).await;
    assert_eq!(status_line(&mut large).await, "HTTP/1.1 100 Continue\r\n");
    let mut small = sent(&server, expecting("small", 2000)).await;
    let asked = timeout(SHORT, small.read_u8()).await;
    assert!(asked.is_err(), "it is asked for a second body while the first has all the room");
    drop(large);
    assert_eq!(status_line(&mut small).await, "HTTP/1.1 100 Continue\r\n");
}

#[tokio::test]
async fn a_request_that_has_begun_is_finished_though_its_client_hangs_up() {
    let server = TestServer::start().await;
    let hold = server.watch.hold_next("tyk-upsert-key", "TransactWriteItems");
    let body = key("default").to_string();
    let client = sent(&server, head("POST", "/tyk/keys/defaultleft", ADMIN, body.len()) + &body).await;
    hold.reached().await;
    drop(client);
    let _served_meanwhile = server.send("GET", "/healthz", &[], ()).await.expect(200);
    hold.release();
    let made = async {
        while server.admin("GET", "/tyk/keys/defaultleft", ()).await.status != 200 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, made).await.expect("the key was not made");
}

#[tokio::test]
async fn refusals_are_delayed_after_twenty_failed_admin_authentications_and_the_secret_is_not() {
    let server = TestServer::limited(ClientLimits::default()).await;
    let _forget = server.watch.calls();
    for _ in 0..20 {
        let _refused = server.send("GET", "/tyk/keys", &[("X-Tyk-Authorization", "wrong")], ()).await.expect(403);
    }
    let begun = Instant::now();
    let _refused = server.send("GET", "/tyk/keys", &[("X-Tyk-Authorization", "wrong")], ()).await.expect(403);
    let _refused = server.send("POST", "/v1/keys/verify", &[("Authorization", "Bearer wrong")], "{}").await.expect(401);
    let delayed = begun.elapsed();
    assert!(delayed >= Duration::from_millis(300), "{delayed:?}");
    assert_eq!(server.watch.calls(), []);
    let _served = server.admin("GET", "/tyk/keys", ()).await.expect(200);
    // A minute later all is forgotten.
    server.clock.advance(60_000);
    for _ in 0..20 {
        let _refused = server.send("GET", "/tyk/keys", &[], ()).await.expect(403);
    }
}

#[tokio::test]
async fn http_2_is_not_spoken() {
    let server = TestServer::start().await;
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let answer = rest(sent(&server, preface).await).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 505"), "{answer:?}");
    let upgrade = "GET /healthz HTTP/1.1\r\nHost: latchkey\r\nConnection: Upgrade, HTTP2-Settings, close\r\n\
                   Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n";
    let answer = rest(sent(&server, upgrade).await).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

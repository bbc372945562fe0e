//! The server stops when it is told to, after answering what is in flight.

use latchkey_harness::key;

use crate::process::{Process, Signal};

/// Tells a server to stop while a request is half sent, and sends the rest only then.
async fn answers_what_is_in_flight(signal: Signal) {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::start(folder.path()).await;
    // The client keeps its connection open, which must not hold the server up.
    let _served = server.admin("GET", "/tyk/keys", ()).await.expect(200);

    let body = key("default").to_string();
    let (first, rest) = body.split_at(20);
    let head = format!(
        "POST /tyk/keys/defaultslow HTTP/1.1\r\nHost: latchkey\r\nX-Tyk-Authorization: {}\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        server.secret,
        body.len()
    );
    let mut slow = server.connect().await;
    slow.write(head).await;
    slow.read_up_to("HTTP/1.1 100 Continue\r\n\r\n").await;
    slow.write(first).await;
    server.signal(signal);
    server.no_longer_listens().await;
    slow.write(rest).await;
    let answer = slow.read_to_end().await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("\"defaultslow\""), "{answer}");
    let ended = server.ended().await;
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);

    let server = Process::start(folder.path()).await;
    let _kept = server.admin("GET", "/tyk/keys/defaultslow", ()).await.expect(200);
}

#[tokio::test]
async fn a_terminated_server_answers_what_is_in_flight_and_exits_with_0() {
    answers_what_is_in_flight(Signal::TERM).await;
}

#[tokio::test]
async fn an_interrupted_server_answers_what_is_in_flight_and_exits_with_0() {
    answers_what_is_in_flight(Signal::INT).await;
}

#[tokio::test]
async fn a_server_that_has_just_greeted_stops_cleanly() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..10 {
        Process::start(folder.path()).await.stop().await;
    }
}

#[tokio::test]
async fn a_client_that_says_nothing_does_not_keep_the_server_from_stopping() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::start(folder.path()).await;
    let _silent = server.connect().await;
    // Connections are taken in order, so the silent one has been by the time this is answered.
    let _served = server.admin("GET", "/tyk/keys", ()).await.expect(200);
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_stalls_does_not_keep_the_server_from_stopping() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::start(folder.path()).await;
    let mut stalled = server.connect().await;
    stalled.write("POST /tyk/keys/create HTTP/1.1\r\nHost: latchkey\r\nContent-Length: 9\r\n").await;
    stalled.write(format!("X-Tyk-Authorization: {}\r\nExpect: 100-continue\r\n\r\n", server.secret)).await;
    stalled.read_up_to("HTTP/1.1 100 Continue\r\n\r\n").await;
    server.stop().await;
}

#[tokio::test]
async fn a_stopped_server_frees_its_folder_and_its_port() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::start(folder.path()).await;
    let address = server.address.to_string();
    server.stop().await;
    let mut again = crate::process::latchkey(&["--listen", &address]);
    again.arg("--data").arg(folder.path());
    let server = Process::spawn(again).await;
    assert_eq!(server.address.to_string(), address);
}

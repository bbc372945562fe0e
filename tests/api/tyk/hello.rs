//! `GET /hello`, which needs no secret.

use latchkey_harness::{ADMIN, Fault, TestServer};
use serde_json::{Value, json};

use super::asserts::{EDITIONS, assert_refused, of_edition};

fn hello(status: &str) -> Value {
    json!({
        "status": status, "version": "v5.13.0", "description": "Tyk GW",
        "details": {"redis": {"status": status, "componentType": "datastore", "time": "2026-01-15T12:00:00Z"}},
    })
}

#[tokio::test]
async fn hello_passes_while_the_store_answers_whoever_asks() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        for headers in [&[][..], &[("X-Tyk-Authorization", ADMIN)], &[("X-Tyk-Authorization", "wrong")]] {
            let reply = server.send("GET", "/hello", headers, ()).await.expect(200);
            assert_eq!((reply.json(), reply.header("content-type")), (hello("pass"), "application/json"));
            assert_eq!(reply.header("cache-control"), "no-store");
        }
    }
}

#[tokio::test]
async fn hello_shows_a_store_that_fails_and_still_answers_200_as_the_gateway_does() {
    let server = TestServer::start().await;
    for fault in [Fault::Refuse, Fault::Throttle, Fault::LoseAnswer] {
        server.watch.fail_next("GetItem", fault);
        assert_eq!(server.send("GET", "/hello", &[], ()).await.expect(200).json(), hello("fail"), "{fault:?}");
        assert!(server.watch.all_faults_happened());
        assert_eq!(server.send("GET", "/hello", &[], ()).await.expect(200).json(), hello("pass"));
    }
}

#[tokio::test]
async fn the_time_of_hello_is_in_whole_seconds_and_never_ahead() {
    let server = TestServer::start().await;
    server.clock.advance(1_999);
    let reply = server.send("GET", "/hello", &[], ()).await.expect(200).json();
    assert_eq!(reply["details"]["redis"]["time"], "2026-01-15T12:00:01Z");
}

#[tokio::test]
async fn hello_takes_no_other_method_and_nothing_is_below_it() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            assert_refused(&server.send(method, "/hello", &[], ()).await, 405, "Method Not Allowed");
        }
        let reply = server.send("GET", "/hello/world", &[], ()).await.expect(404);
        assert_eq!(reply.text, "Not Found");
    }
}

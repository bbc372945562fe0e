//! `/healthz` and `/readyz`, which need no secret.

use latchkey_harness::{Fault, TestServer};
use serde_json::json;

#[tokio::test]
async fn a_server_that_runs_is_healthy_and_one_whose_store_answers_is_ready() {
    let server = TestServer::start().await;
    for path in ["/healthz", "/readyz", "/readyz/"] {
        let answer = server.send("GET", path, &[], ()).await.expect(200);
        assert_eq!(answer.json(), json!({"status": "pass"}), "{path}");
        assert_eq!(answer.header("cache-control"), "no-store");
        let _head = server.send("HEAD", path, &[], ()).await.expect(200);
    }
}

#[tokio::test]
async fn a_server_whose_store_fails_is_healthy_but_not_ready() {
    let server = TestServer::start().await;
    server.watch.fail_next("GetItem", Fault::Refuse);
    let answer = server.send("GET", "/readyz", &[], ()).await.expect(503);
    assert_eq!(answer.json(), json!({"status": "fail"}));
    assert!(server.watch.all_faults_happened());
    let _healthy = server.send("GET", "/healthz", &[], ()).await.expect(200);
    let _ready_again = server.send("GET", "/readyz", &[], ()).await.expect(200);
}

#[tokio::test]
async fn probes_take_no_other_method_and_no_other_path() {
    let server = TestServer::start().await;
    for method in ["POST", "PUT", "DELETE"] {
        let answer = server.send(method, "/healthz", &[], ()).await.expect(405);
        assert_eq!(answer.header("allow"), "GET, HEAD");
    }
    let _nowhere = server.send("GET", "/healthz/world", &[], ()).await.expect(404);
}

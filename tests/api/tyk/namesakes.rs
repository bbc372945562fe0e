//! Names of two organisations that make one token: neither reaches a key of the other.

use latchkey_harness::{ADMIN, Reply, TestServer, key};
use serde_json::json;

use super::asserts::{EDITIONS, assert_done, assert_refused, listed, of_edition, read};

const TOKEN: &str = "acmex-key1";
/// Two organisations, and the name in each that makes the token.
const NAMES: [(&str, &str); 2] = [("acme", "x-key1"), ("acmex", "-key1")];
const OF_ANOTHER: &str = "This name leads to a key of another organisation. Choose another name, or use that key's \
                          whole token to move it.";

/// Every way to write to the key that `name` stands for in `org`.
async fn writes(server: &TestServer, (org, name): (&str, &str)) -> Vec<Reply> {
    let mut replies = Vec::new();
    for (method, query) in [
        ("POST", String::new()),
        ("PUT", String::new()),
        ("POST", "?suppress_reset=1".into()),
        ("PUT", format!("?username=true&org_id={org}")),
    ] {
        replies.push(server.admin(method, &format!("/tyk/keys/{name}{query}"), key(org)).await);
    }
    replies
}

async fn assert_beyond_reach(server: &TestServer, other: (&str, &str)) {
    let before = server.everything().await;
    for reply in writes(server, other).await {
        assert_refused(&reply, 400, OF_ANOTHER);
    }
    let (org, name) = other;
    for query in [format!("org_id={org}"), format!("org_id={org}&username=true")] {
        let path = format!("/tyk/keys/{name}?{query}");
        assert_refused(&server.admin("GET", &path, ()).await, 404, "Key not found");
        assert_refused(&server.admin("DELETE", &path, ()).await, 404, "There is no such key found");
    }
    assert_eq!(server.everything().await, before);
}

#[tokio::test]
async fn a_name_in_one_organisation_never_reaches_a_key_of_another() {
    for edition in EDITIONS {
        for (own, other) in [(NAMES[0], NAMES[1]), (NAMES[1], NAMES[0])] {
            let server = of_edition(edition).await;
            let made = server.admin("POST", &format!("/tyk/keys/{}", own.1), key(own.0)).await.expect(200);
            assert_eq!(made.text_of("key"), TOKEN);
            assert_beyond_reach(&server, other).await;
            // By its own name, and by its whole token, all is as ever.
            let path = format!("/tyk/keys/{}?org_id={}", own.1, own.0);
            assert_eq!(read(&server, &path).await["org_id"], own.0);
            assert_done(&server.admin("PUT", &path, key(own.0)).await, TOKEN, "modified");
            assert_eq!(read(&server, &format!("/tyk/keys/{TOKEN}?org_id={}", other.0)).await["org_id"], own.0);
            assert_done(&server.admin("DELETE", &path, ()).await, TOKEN, "deleted");
        }
    }
}

#[tokio::test]
async fn a_name_in_one_organisation_does_not_bring_back_a_deleted_key_of_another() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        let _made = server.admin("POST", "/tyk/keys/x-key1", key("acme")).await.expect(200);
        let _deleted = server.admin("DELETE", &format!("/tyk/keys/{TOKEN}"), ()).await.expect(200);
        assert_beyond_reach(&server, NAMES[1]).await;
        let verify = json!({"key": TOKEN, "api": "test"});
        let decision = server.bearer(ADMIN, "POST", "/v1/keys/verify", verify).await.expect(200).json();
        assert_eq!(decision["code"], "unknown_key");
        let _again = server.admin("POST", "/tyk/keys/x-key1", key("acme")).await.expect(200);
        assert_eq!(listed(&server, "/tyk/keys").await, [TOKEN]);
    }
}

#[tokio::test]
async fn a_key_is_moved_by_its_whole_token() {
    for edition in EDITIONS {
        for method in ["PUT", "POST"] {
            let server = of_edition(edition).await;
            let _made = server.admin("POST", "/tyk/keys/x-key1", key("acme")).await.expect(200);
            let _moved = server.admin(method, &format!("/tyk/keys/{TOKEN}"), key("acmex")).await.expect(200);
            assert_eq!(read(&server, "/tyk/keys/-key1?org_id=acmex").await["org_id"], "acmex");
            assert_beyond_reach(&server, NAMES[0]).await;
        }
    }
}

#[tokio::test]
async fn a_key_is_moved_to_any_organisation_by_putting_to_its_whole_token() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        let _made = server.admin("POST", "/tyk/keys/my-key", key("default")).await.expect(200);
        assert_done(&server.admin("PUT", "/tyk/keys/defaultmy-key", key("other")).await, "defaultmy-key", "modified");
        assert_beyond_reach(&server, ("default", "my-key")).await;
        assert_eq!(read(&server, "/tyk/keys/defaultmy-key").await["org_id"], "other");
    }
}

#[tokio::test]
async fn a_whole_token_is_found_where_a_name_of_that_text_is_anothers() {
    let server = TestServer::start().await;
    let _of_acme = server.admin("POST", "/tyk/keys/x-key1", key("acme")).await.expect(200);
    let _of_none = server.admin("POST", "/tyk/keys/-key1", key("")).await.expect(200);
    let path = "/tyk/keys/-key1?org_id=acmex";
    assert_eq!(read(&server, path).await.get("org_id"), None);
    assert_done(&server.admin("PUT", "/tyk/keys/-key1", key("acmex")).await, "-key1", "modified");
    assert_done(&server.admin("DELETE", path, ()).await, "-key1", "deleted");
    assert_eq!(listed(&server, "/tyk/keys").await, [TOKEN]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_names_for_one_token_at_once_one_is_made() {
    for _ in 0..8 {
        let server = TestServer::start().await;
        let make = async |(org, name): (&str, &str)| server.admin("POST", &format!("/tyk/keys/{name}"), key(org)).await;
        let (first, second) = tokio::join!(make(NAMES[0]), make(NAMES[1]));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400]);
    }
}

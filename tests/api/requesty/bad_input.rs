//! Whatever is sent is answered in the dialect: bodies of every kind, sizes, encodings and odd paths.

use latchkey_harness::TestServer;
use proptest::prelude::*;
use serde_json::json;

use super::asking::{KEYS, assert_refused, assert_status, first, make};

#[tokio::test]
async fn a_body_that_is_no_object_of_utf_8_is_400() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({})).await;
    let before = server.everything().await;
    let deep = "[".repeat(100_000);
    let nested = format!("{{\"name\":{}", "{\"a\":".repeat(100_000));
    let bodies: [&[u8]; 12] = [
        b"",
        b" ",
        b"\xff\xfe",
        b"{\"name\":\"\xff\"}",
        b"{",
        b"nonsense",
        b"[]",
        b"null",
        b"1",
        b"\"text\"",
        deep.as_bytes(),
        nested.as_bytes(),
    ];
    for path in [KEYS.to_owned(), made.path("/limit"), made.path("/label"), made.path("/expiry")] {
        for body in bodies {
            assert_refused(&server.bearer(&root.secret, "POST", &path, body.to_vec()).await, 400);
        }
    }
    assert_eq!(server.everything().await, before);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_413_to_those_who_may_send_one() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(1024 * 1024));
    for path in [KEYS.to_owned(), root.path("/limit"), root.path("/label"), root.path("/expiry")] {
        assert_refused(&server.bearer(&root.secret, "POST", &path, large.as_str()).await, 413);
        assert_refused(&server.bearer("wrong", "POST", &path, large.as_str()).await, 403);
    }
    assert_refused(&server.bearer(&root.secret, "GET", &root.path("/usage"), large.as_str()).await, 413);
    let made = make(&server, &root, json!({})).await;
    let _ignored = server.bearer(&root.secret, "DELETE", &made.path(""), large.as_str()).await.expect(200);
}

#[tokio::test]
async fn the_content_type_of_a_request_is_not_looked_at() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let bearer = format!("Bearer {}", root.secret);
    for kind in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", kind)];
        let _made = server.send("POST", KEYS, &headers, r#"{"name":"x"}"#).await.expect(201);
    }
}

#[tokio::test]
async fn odd_paths_name_nothing() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let taken = ["/v1/manage/apikey/%73elf", "/v1/manage/apikey/self/", "/v1/manage/apikey/", "/v1/manage/org/"];
    assert_status(&server, &root, 200, "", &taken).await;
    let refused = ["/v1/manage/apikey/%zz", "/v1/manage/apikey/self%20"];
    assert_status(&server, &root, 400, "", &refused).await;
    let unknown = ["/v1/manage/apikey/%ff", "/v1/manage/apikey/a%2Fb"];
    assert_status(&server, &root, 404, "", &unknown).await;
}

#[test]
fn any_body_and_any_query_are_answered_without_a_failure_of_the_service() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (server, root) = runtime.block_on(async {
        let server = TestServer::start().await;
        let root = first(&server, "acme").await;
        (server, root)
    });
    let config = ProptestConfig { cases: 48, ..ProptestConfig::default() };
    let value = prop_oneof![
        Just("null".to_owned()),
        "-?[0-9]{1,25}(\\.[0-9]{0,9})?([eE]-?[0-9]{1,3})?",
        "\"[ -!#-\\[\\]-~]{0,30}\"",
        Just("{}".to_owned()),
        Just("[[]]".to_owned()),
        Just("{\"a\":\"b\"}".to_owned()),
    ];
    let fields = prop::sample::select(vec![
        "name",
        "monthly_limit",
        "permissions",
        "labels",
        "expires_at",
        "start",
        "end",
        "group_by",
    ]);
    let bodies = prop::collection::vec((fields, value), 0..4).prop_map(|fields| {
        let fields: Vec<_> = fields.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", fields.join(","))
    });
    proptest!(config, |(body in bodies, query in "[a-z_]{0,8}=[-0-9TZ:.%,=&]{0,30}")| {
        runtime.block_on(async {
            for (method, rest) in [("POST", ""), ("POST", "/ID/limit"), ("POST", "/ID/label"), ("POST", "/ID/expiry"),
                                   ("GET", "/ID?start_date="), ("GET", "/ID/usage?start=")] {
                let path = format!("{KEYS}{}", rest.replace("ID", &root.id));
                let path = if method == "GET" { format!("{path}{query}") } else { path };
                let reply = server.bearer(&root.secret, method, &path, body.as_str()).await;
                assert!(reply.status < 500 && reply.status != 403, "{method} {path} {body}: {reply:?}");
                if reply.status >= 400 {
                    assert_refused(&reply, reply.status);
                }
            }
        });
    });
}

#[tokio::test]
async fn null_for_an_optional_field_is_the_same_as_not_sending_it() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let plain = make(&server, &root, json!({})).await;
    let nulls = make(&server, &root, json!({"monthly_limit": null, "permissions": null, "more": null})).await;
    let details = async |id: &str, path: String| {
        server.bearer(&root.secret, "GET", &path, ()).await.expect(200).text.replace(id, "ID")
    };
    assert_eq!(details(&plain.id, plain.path("")).await, details(&nulls.id, nulls.path("")).await);
    let _none =
        server.bearer(&root.secret, "POST", &plain.path("/expiry"), json!({"expires_at": null})).await.expect(204);
    for (path, body) in [("/limit", json!({"monthly_limit": null})), ("/label", json!({"labels": null}))] {
        let refused = server.bearer(&root.secret, "POST", &plain.path(path), body).await;
        assert!(assert_refused(&refused, 400).ends_with("is required"), "{}", refused.text);
    }
}

#[tokio::test]
async fn names_have_no_control_characters() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let before = server.everything().await;
    for name in ["a\0b", "\0", "a\nb", "a\u{7f}"] {
        assert_refused(&server.bearer(&root.secret, "POST", KEYS, json!({"name": name})).await, 400);
        let labels = json!({"labels": {name: "x"}});
        assert_refused(&server.bearer(&root.secret, "POST", &root.path("/label"), labels).await, 400);
    }
    assert_eq!(server.everything().await, before);
}

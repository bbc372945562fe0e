//! Paths and methods: what reaches an endpoint, and what is answered where none is.

use std::collections::BTreeSet;

use latchkey_harness::{ADMIN, TestServer, key};
use serde_json::json;

use super::asserts::{EDITIONS, assert_done, assert_nothing_stored, assert_refused, listed, of_edition, read, segment};

#[tokio::test]
async fn a_known_path_with_another_method_is_405() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        for (method, path) in [
            ("PATCH", "/tyk/keys"),
            ("OPTIONS", "/tyk/keys"),
            ("PATCH", "/tyk/keys/create"),
            ("PATCH", "/tyk/keys/some-key"),
            ("OPTIONS", "/tyk/keys/some-key"),
            ("POST", "/tyk/org/keys"),
            ("PUT", "/tyk/org/keys"),
            ("DELETE", "/tyk/org/keys"),
            ("PATCH", "/tyk/org/keys/acme"),
            ("MADE-UP", "/tyk/org/keys/acme"),
        ] {
            assert_refused(&server.admin(method, path, key("default")).await, 405, "Method not supported");
        }
        assert_eq!(server.admin("HEAD", "/tyk/keys", ()).await.status, 405);
        assert_nothing_stored(&server).await;
    }
}

#[tokio::test]
async fn an_unknown_path_under_tyk_is_404_in_plain_text() {
    let server = TestServer::start().await;
    for path in ["/tyk/certs", "/tyk/keys/a/b", "/tyk/org", "/tyk/org/keys/a/b", "/tyk/Keys"] {
        let reply = server.admin("GET", path, ()).await;
        assert_eq!((reply.status, reply.text.as_str()), (404, "404 page not found\n"), "{path}");
        assert!(reply.header("content-type").starts_with("text/plain"), "{path}");
    }
}

#[tokio::test]
async fn a_path_outside_is_404_whoever_asks() {
    let server = TestServer::start().await;
    for path in ["/tyk", "/tykx/keys", "/keys"] {
        for headers in [&[][..], &[("X-Tyk-Authorization", ADMIN)]] {
            let reply = server.send("GET", path, headers, ()).await;
            assert_eq!((reply.status, reply.text.as_str()), (404, "Not Found"), "{path}");
        }
    }
}

#[tokio::test]
async fn a_trailing_slash_makes_no_difference() {
    let server = TestServer::start().await;
    let token = server.admin("POST", "/tyk/keys/create/", key("default")).await.expect(200).text_of("key");
    assert_eq!(listed(&server, "/tyk/keys/").await, [token.as_str()]);
    assert_eq!(read(&server, &format!("/tyk/keys/{token}/")).await["org_id"], "default");
    assert_done(&server.admin("DELETE", &format!("/tyk/keys/{token}/"), ()).await, &token, "deleted");
    assert_done(&server.admin("POST", "/tyk/org/keys/acme/", json!({})).await, "acme", "added");
    assert_eq!(listed(&server, "/tyk/org/keys/").await, ["acme"]);
}

#[tokio::test]
async fn a_doubled_slash_is_redirected_before_the_admin_check() {
    let server = TestServer::start().await;
    for (path, clean) in [
        ("//tyk/keys", "/tyk/keys"),
        ("/tyk//keys/create", "/tyk/keys/create"),
        ("/tyk/keys//abc?org_id=a%2Fb", "/tyk/keys/abc?org_id=a%2Fb"),
        ("/tyk/keys//", "/tyk/keys/"),
    ] {
        let reply = server.send("POST", path, &[], key("default")).await;
        assert_eq!((reply.status, reply.header("location")), (301, clean), "{path}");
    }
    assert_nothing_stored(&server).await;
}

#[tokio::test]
async fn a_fixed_path_is_a_name_like_any_other_for_the_methods_it_does_not_have() {
    let server = of_edition("5.13").await;
    assert_refused(&server.admin("GET", "/tyk/keys/create", ()).await, 404, "Key not found");
    assert_refused(&server.admin("DELETE", "/tyk/keys/create", ()).await, 404, "There is no such key found");
    assert_refused(&server.admin("PUT", "/tyk/keys/create", key("")).await, 404, "Key is not found");
    let documented = TestServer::start().await;
    assert_done(&documented.admin("PUT", "/tyk/keys/create", key("")).await, "create", "modified");
    assert_eq!(read(&documented, "/tyk/keys/create").await["rate"], 1000);
}

#[tokio::test]
async fn replacing_and_deleting_without_a_name_find_no_key() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        assert_refused(&server.admin("PUT", "/tyk/keys", key("default")).await, 404, "Key is not found");
        assert_refused(&server.admin("DELETE", "/tyk/keys", ()).await, 404, "There is no such key found");
        assert_nothing_stored(&server).await;
    }
}

#[tokio::test]
async fn a_decoded_slash_makes_no_name() {
    let server = TestServer::start().await;
    for (method, path) in [("POST", "/tyk/keys/a%2Fb"), ("PUT", "/tyk/keys/%2F"), ("POST", "/tyk/org/keys/a%2fb")] {
        let reply = server.admin(method, path, key("default")).await.expect(404);
        assert_eq!(reply.text, "404 page not found\n", "{path}");
    }
    assert_nothing_stored(&server).await;
}

#[tokio::test]
async fn what_is_no_percent_encoding_names_nothing() {
    let server = TestServer::start().await;
    for path in ["/tyk/keys/%zz", "/tyk/keys/%ff", "/tyk/keys/%", "/tyk/keys/abc%f0%9f", "/tyk/org/keys/%ff"] {
        let reply = server.admin("POST", path, key("default")).await;
        assert!(matches!(reply.status, 400 | 404), "{path}: {reply:?}");
        assert_eq!(server.send("POST", path, &[], key("default")).await.status, 403, "{path}");
    }
    assert_nothing_stored(&server).await;
}

#[tokio::test]
async fn a_name_is_decoded_exactly_once() {
    let server = TestServer::start().await;
    let _made = server.admin("POST", "/tyk/keys/a%20b%2B+c", key("")).await.expect(200);
    assert_eq!(listed(&server, "/tyk/keys").await, ["a b++c"]);
    let twice = segment(&segment("a b++c"));
    assert_eq!(server.admin("GET", &format!("/tyk/keys/{twice}"), ()).await.status, 404);
}

#[tokio::test]
async fn replies_carry_no_headers_but_their_type_length_and_date() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    let allowed = BTreeSet::from(["content-type", "content-length", "date"]);
    for (method, path) in [
        ("GET", format!("/tyk/keys/{token}")),
        ("GET", "/tyk/keys".into()),
        ("GET", "/tyk/keys/no-such-key".into()),
        ("PATCH", "/tyk/keys".into()),
        ("GET", "/tyk/nowhere".into()),
    ] {
        let reply = server.admin(method, &path, ()).await;
        let names: BTreeSet<_> = reply.headers.keys().map(|name| name.as_str()).collect();
        assert!(names.is_subset(&allowed), "{method} {path}: {names:?}");
    }
}

#[tokio::test]
async fn the_content_type_of_a_request_is_not_looked_at() {
    let server = TestServer::start().await;
    for content_type in ["text/xml", "application/x-www-form-urlencoded", "", "application/json; charset=latin1"] {
        let headers = [("X-Tyk-Authorization", ADMIN), ("Content-Type", content_type)];
        let _made = server.send("POST", "/tyk/keys/create", &headers, key("default")).await.expect(200);
    }
}

#[tokio::test]
async fn angle_brackets_and_ampersands_are_escaped_as_the_gateway_does() {
    let server = TestServer::start().await;
    let mut body = key("");
    body["alias"] = "<a> & \u{2028}".into();
    let _made = server.admin("POST", "/tyk/keys/escaped", body).await.expect(200);
    let reply = server.admin("GET", "/tyk/keys/escaped", ()).await.expect(200);
    assert!(reply.text.contains(r#""alias":"\u003ca\u003e \u0026 \u2028""#), "{}", reply.text);
    assert!(reply.text.ends_with("}\n"));
}

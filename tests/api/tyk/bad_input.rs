//! Bodies that are too large, no JSON, or JSON that is not what it should be: refused, and nothing stored.

use latchkey_harness::{Body, TestServer, key};
use serde_json::{Value, json};

use super::asserts::{EDITIONS, assert_done, assert_nothing_stored, assert_refused, of_edition, read, segment};

const MIB: usize = 1024 * 1024;

/// Every endpoint that reads a body, and its answer to a malformed one.
const WRITES: [(&str, &str, u16, &str); 6] = [
    ("POST", "/tyk/keys/create", 500, "Unmarshalling failed"),
    ("POST", "/tyk/keys", 400, "Request malformed"),
    ("POST", "/tyk/keys/my-key", 400, "Request malformed"),
    ("PUT", "/tyk/keys/my-key", 400, "Request malformed"),
    ("POST", "/tyk/org/keys/acme", 400, "Request malformed"),
    ("PUT", "/tyk/org/keys/acme", 400, "Request malformed"),
];

/// Sends the body to every endpoint that reads one; all must call it malformed and store nothing.
async fn assert_malformed(bodies: &[(&str, Vec<u8>)]) {
    let server = TestServer::start().await;
    for (what, body) in bodies {
        for (method, path, status, message) in WRITES {
            let reply = server.admin(method, path, body.clone()).await;
            assert_eq!(reply.status, status, "{what} {method} {path}: {}", reply.text);
            assert_refused(&reply, status, message);
        }
    }
    assert_nothing_stored(&server).await;
}

/// A key with these fields and access rights.
fn with(fields: &str) -> Vec<u8> {
    format!("{{{fields},\"access_rights\":{{\"test\":{{}}}}}}").into_bytes()
}

#[tokio::test]
async fn a_body_of_one_mebibyte_is_read_and_one_byte_more_is_413() {
    let server = TestServer::start().await;
    let mut body = key("").to_string().into_bytes();
    body.resize(MIB, b' ');
    for (method, path, ..) in WRITES {
        let _read = server.admin(method, path, body.clone()).await.expect(200);
    }
    let before = server.everything().await;
    body.push(b' ');
    for (method, path, ..) in WRITES {
        let reply = server.admin(method, path, body.clone()).await;
        assert_refused(&reply, 413, "The request body is larger than 1048576 bytes");
    }
    assert_eq!(server.everything().await, before);
}

#[tokio::test]
async fn a_wrong_secret_is_refused_before_the_size_of_the_body() {
    let server = TestServer::start().await;
    for (method, path, ..) in WRITES {
        let reply = server.send(method, path, &[("X-Tyk-Authorization", "wrong")], vec![b' '; MIB + 1]).await;
        assert_refused(&reply, 403, "Attempted administrative access with invalid or missing key!");
    }
}

#[tokio::test]
async fn a_key_over_the_maximum_size_is_400_and_leaves_the_old_one_as_it_was() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        let _made = server.admin("POST", "/tyk/keys/my-key", key("")).await.expect(200);
        let before = server.everything().await;
        let mut body = key("");
        body["meta_data"] = json!({"text": "x".repeat(33_000)});
        for (method, path, ..) in &WRITES[..4] {
            assert_refused(&server.admin(method, path, &body).await, 400, "The key is larger than 32768 bytes");
        }
        assert_eq!(server.everything().await, before);
    }
}

#[tokio::test]
async fn a_key_of_nearly_the_maximum_size_can_be_made_replaced_and_listed() {
    let server = TestServer::with(&[("LATCHKEY_MAX_KEY_BYTES", "131072")]).await;
    let mut body = key("");
    body["meta_data"] = json!({"text": "x".repeat(130_000)});
    for method in ["POST", "PUT"] {
        let _saved = server.admin(method, "/tyk/keys/my-key", &body).await.expect(200);
    }
    assert_eq!(read(&server, "/tyk/keys/my-key").await["meta_data"], body["meta_data"]);
    let _deleted = server.admin("DELETE", "/tyk/keys/my-key", ()).await.expect(200);
}

#[tokio::test]
async fn invalid_utf8_outside_of_texts_is_malformed() {
    assert_malformed(&[
        ("a lone byte", b"\xff".to_vec()),
        ("between fields", [&b"{\xff"[..], &key("").to_string().as_bytes()[1..]].concat()),
        ("a UTF-16 file", b"\xff\xfe{\0}\0".to_vec()),
    ])
    .await;
}

#[tokio::test]
async fn what_is_no_character_in_a_text_becomes_the_replacement_character() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        for (alias, shown) in [
            (&b"team \\ud83d"[..], "team \u{fffd}"),
            (b"\\ude00\\ud83d\\ude00\\\\ud83d", "\u{fffd}\u{1f600}\\ud83d"),
            (b"\xff", "\u{fffd}"),
            (b"\xf0\x9f cut off", "\u{fffd}\u{fffd} cut off"),
            (b"\xed\xa0\x80", "\u{fffd}\u{fffd}\u{fffd}"),
        ] {
            let body = [b"{\"alias\":\"", alias, b"\",", &key("").to_string().as_bytes()[1..]].concat();
            for (method, path) in
                [("POST", "/tyk/keys/my-key"), ("PUT", "/tyk/keys/my-key"), ("POST", "/tyk/org/keys/o")]
            {
                let _saved = server.admin(method, path, Body::Bytes(body.clone())).await.expect(200);
            }
            let preview = server.admin("POST", "/tyk/keys/preview", Body::Bytes(body.clone())).await.expect(200);
            let made = server.admin("POST", "/tyk/keys/create", Body::Bytes(body)).await.expect(200).text_of("key");
            assert_eq!(preview.json()["alias"], shown);
            for path in ["/tyk/keys/my-key", "/tyk/org/keys/o", &format!("/tyk/keys/{made}")] {
                assert_eq!(read(&server, path).await["alias"], shown);
            }
        }
    }
}

#[tokio::test]
async fn minus_zero_is_zero_in_a_whole_number() {
    let server = of_edition("5.13").await;
    let body = r#"{"quota_max":-0,"expires":-0,"rate":-0,"meta_data":{"a":-0},"access_rights":{"test":{}}}"#;
    let _made = server.admin("POST", "/tyk/keys/my-key", body).await.expect(200);
    let session = read(&server, "/tyk/keys/my-key").await;
    assert_eq!((session.get("quota_max"), session.get("expires"), session.get("rate")), (None, None, None));
    assert_eq!(session["meta_data"].to_string(), r#"{"a":0}"#);
}

#[tokio::test]
async fn a_map_that_comes_twice_is_merged() {
    let server = of_edition("5.13").await;
    let body = r#"{"access_rights":{"a":{"versions":["v1"]},"b":{"api_name":"B"}},"rate":1,
                   "access_rights":{"b":{"versions":["v2"]},"c":{}},"tags":["x","y"],"tags":["z"]}"#;
    let _made = server.admin("POST", "/tyk/keys/my-key", body).await.expect(200);
    let session = read(&server, "/tyk/keys/my-key").await;
    let merged = json!({"a": {"versions": ["v1"]}, "b": {"versions": ["v2"]}, "c": {}});
    assert_eq!((&session["access_rights"], &session["tags"]), (&merged, &json!(["z"])));
}

#[tokio::test]
async fn deep_nesting_is_malformed() {
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
    let (lists, objects) = (deep("[", "]"), deep("{\"a\":", "}"));
    assert_malformed(&[
        ("lists", lists.clone().into_bytes()),
        ("lists in a field", with(&format!("\"meta_data\":{{\"a\":{lists}}}"))),
        ("objects in a field", with(&format!("\"meta_data\":{objects}"))),
        ("without an end", "[".repeat(100_000).into_bytes()),
    ])
    .await;
}

#[tokio::test]
async fn numbers_that_do_not_fit_are_malformed() {
    let fields = [
        "\"rate\":1e400",
        "\"rate\":-1e400",
        "\"quota_max\":9223372036854775808",
        "\"quota_max\":-9223372036854775809",
        "\"expires\":1e400",
        "\"rate\":NaN",
        "\"rate\":Infinity",
        "\"rate\":0x10",
        "\"rate\":01",
        "\"rate\":.5",
        "\"rate\":+1",
    ];
    assert_malformed(&fields.map(|field| (field, with(field)))).await;
}

#[tokio::test]
async fn a_fraction_or_an_exponent_is_malformed_where_a_whole_number_belongs() {
    let fields = ["\"quota_max\":1.5", "\"quota_max\":1.0", "\"expires\":1e3", "\"throttle_retry_limit\":2E0"];
    assert_malformed(&fields.map(|field| (field, with(field)))).await;
}

#[tokio::test]
async fn the_largest_numbers_are_kept_exactly() {
    let server = TestServer::start().await;
    let fields = r#""quota_max":9223372036854775807,"quota_renewal_rate":9223372036854775807,"rate":1e308,"per":1e-7,
        "session_lifetime":9223372036854775807,"last_check":-9223372036854775808,"expires":9223372036854775807"#;
    let _made = server.admin("POST", "/tyk/keys/my-key", with(fields)).await.expect(200);
    let session = read(&server, "/tyk/keys/my-key").await;
    for field in ["quota_max", "quota_renewal_rate", "session_lifetime", "expires"] {
        assert_eq!(session[field], i64::MAX, "{field}");
    }
    assert_eq!((&session["last_check"], &session["per"]), (&json!(i64::MIN), &json!(1e-7)));
}

#[tokio::test]
async fn a_duplicate_field_is_taken_from_its_last_place() {
    let server = TestServer::start().await;
    let body = r#"{"org_id":"first","rate":1,"org_id":"","rate":2,
                   "access_rights":{"b":{"api_name":"x","api_name":"y"}}}"#;
    let _made = server.admin("POST", "/tyk/keys/my-key", body).await.expect(200);
    let session = read(&server, "/tyk/keys/my-key").await;
    assert_eq!((&session["rate"], session.get("org_id")), (&json!(2), None));
    assert_eq!(session["access_rights"]["b"]["api_name"], "y");
}

#[tokio::test]
async fn an_impossible_organisation_in_the_body_is_refused() {
    let message = "An organisation ID cannot be longer than 512 bytes or contain / ? # % or control characters.";
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        for org in [
            "a/b",
            "/",
            "a?b",
            "a#b",
            "a%b",
            "a%2Fb",
            "a\nb",
            "\0",
            "\u{7f}",
            "\u{85}",
            &"x".repeat(513),
            &"ü".repeat(257),
        ] {
            for (method, path, ..) in &WRITES[..4] {
                assert_refused(&server.admin(method, path, key(org)).await, 400, message);
            }
        }
        assert_nothing_stored(&server).await;
    }
}

#[tokio::test]
async fn a_key_of_an_odd_organisation_can_be_read_listed_and_deleted_by_its_token() {
    for org in &odd_organisations() {
        let server = of_edition("5.13").await;
        let token = server.create_key(org).await;
        let path = format!("/tyk/keys/{}", segment(&token));
        assert_eq!(read(&server, &path).await["access_rights"]["test"]["api_id"], "test", "{org}");
        let list = read(&server, &format!("/tyk/keys?filter={}", segment(org.trim_end_matches('*')))).await;
        assert_eq!(list, json!({"keys": [token]}), "{org}");
        assert_done(&server.admin("DELETE", &path, ()).await, &token, "deleted");
    }
}

#[tokio::test]
async fn a_key_of_an_odd_organisation_can_be_replaced_by_its_token() {
    let server = of_edition("5.13").await;
    for org in &odd_organisations() {
        let token = server.create_key(org).await;
        let reply = server.admin("PUT", &format!("/tyk/keys/{}", segment(&token)), key(org)).await;
        assert_done(&reply, &token, "modified");
    }
}

fn odd_organisations() -> Vec<String> {
    let odd = ["", "a:b", "a b", "a\"b", "a*", "gone:", ".."];
    odd.into_iter().map(str::to_owned).chain(["x".repeat(512)]).collect()
}

#[tokio::test]
async fn odd_api_ids_come_back_with_their_limits() {
    let server = TestServer::start().await;
    let limits = json!({"limit": {"rate": 5, "per": 1}, "endpoints": [
        {"path": "/a", "methods": [{"name": "GET", "limit": {"rate": 1, "per": 1}}]},
    ]});
    let ids = ["", "a.b", "#", "/", ":", "ü", "\u{0}", "a\"b", "$", &"x".repeat(1_000)];
    let access: Value =
        ids.iter().map(|id| ((*id).to_owned(), limits.clone())).collect::<serde_json::Map<_, _>>().into();
    let body = json!({"access_rights": access});
    for method in ["POST", "PUT"] {
        let _saved = server.admin(method, "/tyk/keys/my-key?suppress_reset=1", &body).await.expect(200);
        let shown = read(&server, "/tyk/keys/my-key").await;
        for id in ids {
            assert_eq!(shown["access_rights"][id]["limit"], limits["limit"], "{id:?}");
            assert_eq!(shown["access_rights"][id]["endpoints"], limits["endpoints"], "{id:?}");
        }
    }
}

#[tokio::test]
async fn a_body_where_none_is_read_does_not_matter() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    for (method, path) in [("GET", "/tyk/keys".into()), ("DELETE", format!("/tyk/keys/{token}"))] {
        let _done = server.admin(method, &path, Body::Bytes(b"{not json".to_vec())).await.expect(200);
    }
}

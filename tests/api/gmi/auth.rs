//! Session tokens that a shared secret signs: what is trusted, and every refusal.

use aws_lc_rs::hmac;
use latchkey_harness::{ADMIN, SESSION_SECRET, TestServer, session_token, test_secret};
use serde_json::{Value, json};

use super::asking::{PROFILE, User, assert_refused, start};
use super::provider::{Key, encode};

/// A token of any header and claims, signed by HMAC.
fn signed(algorithm: hmac::Algorithm, secret: &[u8], header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = hmac::sign(&hmac::Key::new(algorithm, secret), signed.as_bytes());
    format!("{signed}.{}", encode(signature))
}

fn hs256(header: &str, claims: &Value) -> String {
    signed(hmac::HMAC_SHA256, SESSION_SECRET.as_bytes(), header, &claims.to_string())
}

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

#[tokio::test]
async fn the_scheme_is_matched_in_any_case_and_one_token_follows() {
    let server = TestServer::start().await;
    let token = User::new("Olga").token(&server);
    for (header, status) in [
        (format!("Bearer {token}"), 200),
        (format!("bEARER  {token}"), 200),
        (token.clone(), 401),
        ("Bearer".into(), 401),
        ("Bearer ".into(), 401),
        (format!("Bearer {token} {token}"), 401),
        (format!("Bearer,{token}"), 401),
        (format!("Token {token}"), 401),
        (format!("Bearer \"{token}\""), 401),
    ] {
        let reply = server.send("GET", PROFILE, &[("Authorization", &header)], ()).await;
        assert_eq!(reply.status, status, "{header}: {}", reply.text);
    }
    assert_refused(&server.send("GET", PROFILE, &[], ()).await, 401, "auth", 200);
}

#[tokio::test]
async fn what_is_badly_signed_or_signed_by_another_algorithm_is_refused() {
    let (server, org) = start().await;
    let claims = org.owner.claims(&server);
    let text = claims.to_string();
    let good = hs256(HEADER, &claims);
    let _trusted = server.bearer(&good, "GET", PROFILE, ()).await.expect(200);
    let (_, key) = org.create(&server, &org.owner).await;
    let secret = SESSION_SECRET.as_bytes();
    let parts: Vec<_> = good.split('.').collect();
    let other = json!({"userId": org.user.id, "exp": claims["exp"]}).to_string();
    for forged in [
        signed(hmac::HMAC_SHA256, b"another secret", HEADER, &text),
        signed(hmac::HMAC_SHA256, b"", HEADER, &text),
        signed(hmac::HMAC_SHA384, secret, r#"{"alg":"HS384"}"#, &text),
        signed(hmac::HMAC_SHA512, secret, r#"{"alg":"HS512"}"#, &text),
        signed(hmac::HMAC_SHA256, secret, r#"{"alg":"none"}"#, &text),
        signed(hmac::HMAC_SHA256, secret, r#"{"alg":"hs256"}"#, &text),
        signed(hmac::HMAC_SHA256, secret, r#"{"alg":"RS256"}"#, &text),
        signed(hmac::HMAC_SHA256, secret, r#"{"typ":"JWT"}"#, &text),
        signed(hmac::HMAC_SHA256, secret, "[]", &text),
        Key::ed().token("k", &claims),
        format!("{}.{}.", encode(r#"{"alg":"none"}"#), parts[1]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}.{}.{}", parts[0], encode(&other), parts[2]),
        format!("{good}x"),
        format!("{good}="),
        format!("{good}.{}", parts[2]),
        format!(".{good}"),
        good[1..].to_owned(),
        String::from("not.a.jwt"),
        String::from("..."),
        key,
        ADMIN.to_owned(),
    ] {
        assert_refused(&server.bearer(&forged, "GET", PROFILE, ()).await, 401, "auth", 200);
    }
}

#[tokio::test]
async fn extensions_that_must_be_understood_are_not() {
    let server = TestServer::start().await;
    let claims = User::new("Olga").claims(&server);
    for header in [
        r#"{"alg":"HS256","crit":["exp"],"exp":1}"#,
        r#"{"alg":"HS256","crit":["b64"],"b64":false}"#,
        r#"{"alg":"HS256","crit":[]}"#,
        r#"{"alg":"HS256","crit":"b64"}"#,
    ] {
        assert_refused(&server.bearer(&hs256(header, &claims), "GET", PROFILE, ()).await, 401, "auth", 200);
    }
    let _others =
        server.bearer(&hs256(r#"{"alg":"HS256","kid":"any","x":1}"#, &claims), "GET", PROFILE, ()).await.expect(200);
}

#[tokio::test]
async fn times_are_held_to_the_minute_by_the_service_s_own_clock() {
    let server = TestServer::start().await;
    let now = server.clock.now() / 1000;
    for (times, status, code) in [
        (json!({"exp": now + 1}), 200, 0),
        (json!({"exp": now - 59}), 200, 0),
        (json!({"exp": now - 60}), 401, 201),
        (json!({"exp": 0}), 401, 201),
        (json!({"exp": -1}), 401, 201),
        (json!({"exp": (now - 59) as f64 + 0.5}), 200, 0),
        (json!({}), 401, 200),
        (json!({"exp": null}), 401, 200),
        (json!({"exp": (now + 60).to_string()}), 401, 200),
        (json!({"exp": now + 60, "nbf": now + 60, "iat": now + 60}), 200, 0),
        (json!({"exp": now + 60, "nbf": now + 61}), 401, 200),
        (json!({"exp": now + 60, "iat": now + 61}), 401, 200),
        (json!({"exp": now + 60, "nbf": "now"}), 401, 200),
        (json!({"exp": now - 90, "nbf": now + 90}), 401, 200),
        (json!({"exp": 1e300}), 200, 0),
    ] {
        let mut claims = times.clone();
        claims["userId"] = "u".into();
        let reply = server.bearer(&hs256(HEADER, &claims), "GET", PROFILE, ()).await;
        assert_eq!(reply.status, status, "{times}: {}", reply.text);
        if status == 401 {
            assert_refused(&reply, 401, "auth", code);
        }
    }
    let token = User::new("Olga").token(&server);
    server.clock.advance(3_659_999);
    let _last = server.bearer(&token, "GET", PROFILE, ()).await.expect(200);
    server.clock.advance(1);
    assert_refused(&server.bearer(&token, "GET", PROFILE, ()).await, 401, "auth", 201);
}

#[tokio::test]
async fn a_token_without_a_usable_user_id_or_of_too_many_bytes_is_refused() {
    let server = TestServer::start().await;
    let end = server.clock.now() / 1000 + 60;
    for (claims, status) in [
        (json!({"sub": "s"}), 200),
        (json!({"userId": "u", "sub": 7}), 200),
        (json!({"userId": 7, "sub": "s"}), 401),
        (json!({"userId": "", "sub": "s"}), 401),
        (json!({"userId": "a\nb"}), 401),
        (json!({"userId": "u".repeat(256)}), 401),
        (json!({"email": "a@example.org"}), 401),
        (json!({"sub": "s", "filler": "x".repeat(5000)}), 200),
        (json!({"sub": "s", "filler": "x".repeat(8000)}), 401),
    ] {
        let mut claims = claims.clone();
        claims["exp"] = end.into();
        let reply = server.bearer(&hs256(HEADER, &claims), "GET", PROFILE, ()).await;
        assert_eq!(reply.status, status, "{claims:.60}: {}", reply.text);
    }
    let array = signed(hmac::HMAC_SHA256, SESSION_SECRET.as_bytes(), HEADER, "[1]");
    assert_refused(&server.bearer(&array, "GET", PROFILE, ()).await, 401, "auth", 200);
}

#[tokio::test]
async fn issuer_and_audience_are_required_where_they_are_set() {
    let settings = [
        ("LATCHKEY_SESSION_JWT_SECRET", SESSION_SECRET),
        ("LATCHKEY_SESSION_ISSUER", "https://id.example.org"),
        ("LATCHKEY_SESSION_AUDIENCE", "latchkey"),
    ];
    let server = TestServer::with(&settings).await;
    let end = server.clock.now() / 1000 + 60;
    let issuer = "https://id.example.org";
    for (more, status) in [
        (json!({"iss": issuer, "aud": "latchkey"}), 200),
        (json!({"iss": issuer, "aud": ["other", "latchkey"]}), 200),
        (json!({"iss": issuer}), 401),
        (json!({"iss": issuer, "aud": "other"}), 401),
        (json!({"iss": issuer, "aud": []}), 401),
        (json!({"aud": "latchkey"}), 401),
        (json!({"iss": "https://id.example.org/", "aud": "latchkey"}), 401),
        (json!({"iss": null, "aud": null}), 401),
    ] {
        let mut claims = json!({"sub": "u", "exp": end});
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let reply = server.bearer(&session_token(&claims), "GET", PROFILE, ()).await;
        assert_eq!(reply.status, status, "{more}: {}", reply.text);
    }
    // Where they are not set, they may be anything.
    let any = TestServer::start().await;
    let claims = json!({"sub": "u", "exp": end, "iss": "x", "aud": ["y"]});
    let _trusted = any.bearer(&session_token(&claims), "GET", PROFILE, ()).await.expect(200);
}

#[tokio::test]
async fn claims_may_have_other_names() {
    let names = "user_id=oid, email=mail,email_verified=https://example.org/verified,first_name=given_name,last_name=family_name";
    let settings = [("LATCHKEY_SESSION_JWT_SECRET", SESSION_SECRET), ("LATCHKEY_SESSION_CLAIMS", names)];
    let server = TestServer::with(&settings).await;
    let end = server.clock.now() / 1000 + 60;
    let claims = json!({
        "oid": "o-1", "sub": "s", "userId": "u", "mail": "o@example.org", "email": "x@example.org", "exp": end,
        "given_name": "Olga", "family_name": "Tester", "firstName": "X",
    });
    let profile = server.bearer(&session_token(&claims), "GET", PROFILE, ()).await.expect(200).json();
    assert_eq!(
        profile["user"],
        json!({"id": "o-1", "email": "o@example.org", "firstName": "Olga", "lastName": "Tester"})
    );
    let without = json!({"sub": "s", "userId": "u", "exp": end});
    assert_refused(&server.bearer(&session_token(&without), "GET", PROFILE, ()).await, 401, "auth", 200);
}

#[tokio::test]
async fn without_a_way_to_verify_tokens_none_is_trusted_and_keys_still_work() {
    let server = TestServer::with(&[("LATCHKEY_SESSION_ISSUER", "")]).await;
    let token = User::new("Olga").token(&server);
    for secret in [token.as_str(), &hs256(HEADER, &json!({})), &test_secret('S')] {
        assert_refused(&server.bearer(secret, "GET", PROFILE, ()).await, 401, "auth", 200);
    }
    let _other_dialects = server.create_key("default").await;
}

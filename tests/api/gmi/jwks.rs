//! Session tokens that the provider's published keys verify.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_harness::{Reply, TestServer};
use serde_json::{Value, json};

use super::asking::{PROFILE, User, assert_refused};
use super::provider::{Key, Provider, encode};

const JWKS: &str = "LATCHKEY_SESSION_JWKS";

async fn ask(server: &TestServer, token: &str) -> Reply {
    server.bearer(token, "GET", PROFILE, ()).await
}

fn claims(server: &TestServer) -> Value {
    User::new("Olga").claims(server)
}

#[tokio::test]
async fn tokens_of_all_three_algorithms_are_verified_and_the_keys_fetched_once() {
    let keys = [Key::rsa(), Key::ec(), Key::ed()];
    let published: Vec<_> = keys.iter().map(|key| key.jwk(key.algorithm())).collect();
    let (provider, url) = Provider::start(&published).await;
    let server = TestServer::with(&[(JWKS, &url)]).await;
    let claims = claims(&server);
    assert_eq!(provider.asked(), 0, "nothing is fetched before it is needed");
    for key in &keys {
        let _trusted = ask(&server, &key.token(key.algorithm(), &claims)).await.expect(200);
        // Without the name of a key, the only one of its kind is meant.
        let _trusted = ask(&server, &key.sign(&json!({"alg": key.algorithm()}), &claims)).await.expect(200);
    }
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn algorithms_are_not_confused() {
    let (rsa, ec) = (Key::rsa(), Key::ec());
    let (_provider, url) =
        Provider::start(&[rsa.jwk("rsa"), ec.jwk("ec"), json!({"kty": "oct", "kid": "oct", "k": "c2VjcmV0"})]).await;
    let server = TestServer::with(&[(JWKS, &url)]).await;
    let claims = claims(&server);
    let _trusted = ask(&server, &rsa.token("rsa", &claims)).await.expect(200);
    // A public key is no secret to sign with; nor is a published secret one.
    let hmac = |secret: &[u8], kid: &str| {
        let signed =
            format!("{}.{}", encode(json!({"alg": "HS256", "kid": kid}).to_string()), encode(claims.to_string()));
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
        format!("{signed}.{}", encode(aws_lc_rs::hmac::sign(&key, signed.as_bytes())))
    };
    let none = format!("{}.{}.", encode(r#"{"alg":"none","kid":"rsa"}"#), encode(claims.to_string()));
    for forged in [
        hmac(rsa.jwk("rsa")["n"].as_str().unwrap().as_bytes(), "rsa"),
        hmac(rsa.jwk("rsa").to_string().as_bytes(), "rsa"),
        hmac(b"secret", "oct"),
        none,
        rsa.token("ec", &claims),
        ec.token("rsa", &claims),
        rsa.sign(&json!({"alg": "RS384", "kid": "rsa"}), &claims),
        rsa.sign(&json!({"alg": "PS256", "kid": "rsa"}), &claims),
        Key::rsa().token("rsa", &claims),
        // A key that comes with its token proves nothing.
        {
            let own = Key::ed();
            own.sign(&json!({"alg": "EdDSA", "kid": "rsa", "jwk": own.jwk("rsa")}), &claims)
        },
        rsa.sign(&json!({"alg": "RS256", "kid": "rsa", "crit": ["x"]}), &claims),
    ] {
        assert_refused(&ask(&server, &forged).await, 401, "auth", 200);
    }
}

#[tokio::test]
async fn a_new_key_is_fetched_when_a_token_names_it_but_not_for_every_bad_token() {
    let (old, new) = (Key::ed(), Key::ed());
    let (provider, url) = Provider::start(&[old.jwk("old")]).await;
    let server = TestServer::with(&[(JWKS, &url)]).await;
    let claims = claims(&server);
    let _trusted = ask(&server, &old.token("old", &claims)).await.expect(200);
    provider.publish(&[new.jwk("new")]);
    for _ in 0..5 {
        assert_refused(&ask(&server, &new.token("new", &claims)).await, 401, "auth", 200);
    }
    assert_eq!(provider.asked(), 1, "asked again within ten seconds");
    server.clock.advance(10_000);
    let _trusted = ask(&server, &new.token("new", &claims)).await.expect(200);
    assert_eq!(provider.asked(), 2);
    // What is no longer published is no longer trusted.
    assert_refused(&ask(&server, &old.token("old", &claims)).await, 401, "auth", 200);
}

#[tokio::test]
async fn known_keys_are_fetched_again_after_ten_minutes_and_outlast_an_outage_of_a_day() {
    let (key, other) = (Key::ed(), Key::ed());
    let (provider, url) = Provider::start(&[key.jwk("k")]).await;
    let server = TestServer::with(&[(JWKS, &url)]).await;
    let token = |server: &TestServer| key.token("k", &claims(server));
    let _trusted = ask(&server, &token(&server)).await.expect(200);
    server.clock.advance(599_999);
    let _trusted = ask(&server, &token(&server)).await.expect(200);
    assert_eq!(provider.asked(), 1);
    provider.answer(503, "");
    server.clock.advance(1);
    let _trusted = ask(&server, &token(&server)).await.expect(200);
    assert_eq!(provider.asked(), 2);
    // Whether another key exists, nobody can tell now.
    assert_refused(&ask(&server, &other.token("other", &claims(&server))).await, 500, "auth", 1201);
    server.clock.advance(23 * 60 * 60 * 1000);
    let _trusted = ask(&server, &token(&server)).await.expect(200);
    server.clock.advance(60 * 60 * 1000);
    assert_refused(&ask(&server, &token(&server)).await, 500, "auth", 1201);
    provider.publish(&[other.jwk("other")]);
    server.clock.advance(10_000);
    assert_refused(&ask(&server, &token(&server)).await, 401, "auth", 200);
}

#[tokio::test]
async fn keys_that_cannot_be_had_are_a_failure_of_the_service_and_are_not_asked_for_without_pause() {
    let key = Key::ed();
    let (provider, url) = Provider::start(&[]).await;
    let server = TestServer::with(&[(JWKS, &url)]).await;
    let large = json!({"keys": [key.jwk("k")], "filler": "x".repeat(256 * 1024)}).to_string();
    let whole = json!({"keys": [key.jwk("k")]}).to_string();
    for (status, page) in
        [(200, r#"{"keys": []}"#), (200, "no JSON"), (200, &large), (404, &whole), (302, &whole), (500, &whole)]
    {
        let before = provider.asked();
        provider.answer(status, page);
        for _ in 0..3 {
            let reply = ask(&server, &key.token("k", &claims(&server))).await;
            assert_refused(&reply, 500, "auth", 1201);
            assert_eq!(reply.header("retry-after"), "1");
            assert!(!reply.text.contains("127.0.0.1"), "{}", reply.text);
        }
        assert_eq!(provider.asked(), before + 1, "{status}");
        server.clock.advance(10_000);
    }
    provider.publish(&[key.jwk("k")]);
    let _trusted = ask(&server, &key.token("k", &claims(&server))).await.expect(200);
    // What is no token at all is refused without asking anybody.
    let nobody = TestServer::with(&[(JWKS, "http://127.0.0.1:1/")]).await;
    assert_refused(&ask(&nobody, "not.a.jwt").await, 401, "auth", 200);
    assert_refused(&nobody.send("GET", PROFILE, &[], ()).await, 401, "auth", 200);
    assert_refused(&ask(&nobody, &key.token("k", &claims(&nobody))).await, 500, "auth", 1201);
}

#[tokio::test]
async fn keys_may_be_packaged_as_a_file() {
    let key = Key::ec();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    std::fs::write(&file, json!({"keys": [key.jwk("k")]}).to_string()).unwrap();
    let server = TestServer::with(&[(JWKS, file.to_str().unwrap())]).await;
    let _trusted = ask(&server, &key.token("k", &claims(&server))).await.expect(200);
    assert_refused(&ask(&server, &key.token("other", &claims(&server))).await, 401, "auth", 200);
    assert_refused(&ask(&server, &User::new("Olga").token(&server)).await, 401, "auth", 200);
}

#[tokio::test]
async fn a_modulus_with_a_leading_zero_byte_is_the_same_key() {
    let key = Key::rsa();
    let mut jwk = key.jwk("k");
    for number in ["n", "e"] {
        let bytes = URL_SAFE_NO_PAD.decode(jwk[number].as_str().unwrap()).unwrap();
        jwk[number] = encode([&[0], bytes.as_slice()].concat()).into();
    }
    let (_provider, url) = Provider::start(&[jwk]).await;
    let server = TestServer::with(&[(JWKS, &url)]).await;
    let _trusted = ask(&server, &key.token("k", &claims(&server))).await.expect(200);
}

#[tokio::test]
async fn the_algorithm_of_a_curve_may_be_named_ed25519() {
    let key = Key::ed();
    for published in [None, Some("EdDSA"), Some("Ed25519")] {
        let mut jwk = key.jwk("k");
        if let Some(name) = published {
            jwk["alg"] = name.into();
        }
        let (_provider, url) = Provider::start(&[jwk]).await;
        let server = TestServer::with(&[(JWKS, &url)]).await;
        for name in ["EdDSA", "Ed25519"] {
            let token = key.sign(&json!({"alg": name, "kid": "k"}), &claims(&server));
            let _trusted = ask(&server, &token).await.expect(200);
        }
        assert_refused(
            &ask(&server, &key.sign(&json!({"alg": "Ed448", "kid": "k"}), &claims(&server))).await,
            401,
            "auth",
            200,
        );
    }
}

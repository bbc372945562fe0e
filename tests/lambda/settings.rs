//! What a binary needs to start, and that it says what is wrong.

use latchkey_functions::table::FUNCTIONS;
use latchkey_harness::session_token;
use latchkey_shared::runtime::function::{Function, Serves};
use latchkey_shared::secrets::Secret;
use latchkey_shared::settings::SESSION_JWT_SECRET;
use serde_json::json;

use crate::cloud::{Cloud, setting};
use crate::event::Event;

/// A request of any route of this function.
fn any_request(name: &str) -> Event {
    match crate::cloud::function(name).routes.first() {
        Some(route) => names(route.path).fold(Event::routed(route), |event, name| event.param(name, "a")),
        None => Event::unrouted("GET", "/tyk/keys"),
    }
}

/// The names of a path's parameters, greedy or not.
fn names(path: &'static str) -> impl Iterator<Item = &'static str> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| name.trim_end_matches('+'))
}

#[tokio::test]
async fn every_function_starts_with_just_its_own_secrets_and_refuses_a_wrong_credential() {
    let cloud = Cloud::start().await;
    cloud.keep_secret("wrong-secret");
    let asks = |function: &&Function| matches!(function.serves, Serves::Requests(_)) && !function.secrets.is_empty();
    for function in FUNCTIONS.into_iter().filter(asks) {
        let mut process = cloud.function(function.name).await;
        let wrong = any_request(function.name).secret("wrong-secret");
        for (request, is_anonymous) in [(wrong, false), (any_request(function.name).anonymous(), true)] {
            let (status, text) = match function.name.split_once('-') {
                Some(("requesty", _)) if is_anonymous => (401, r#"{"error":{"origin":"router","#),
                Some(("requesty", _)) => (403, r#"{"error":{"origin":"router","#),
                Some(("gate", _)) => (401, "the admin secret is missing or wrong"),
                Some(("gmi", "verify-key")) => (401, r#"{"group":"api-key","code":200,"#),
                Some(("gmi", _)) => (401, r#"{"group":"auth","code":200,"#),
                _ => (403, "Attempted administrative access with invalid or missing key!"),
            };
            let refused = process.call(&request).await.expect(status);
            assert!(refused.text.contains(text), "{}: {}", function.name, refused.text);
        }
    }
}

#[tokio::test]
async fn only_the_health_check_needs_no_credential() {
    let without: Vec<_> = FUNCTIONS.into_iter().filter(|function| function.secrets.is_empty()).collect();
    assert_eq!(without.iter().map(|function| function.name).collect::<Vec<_>>(), ["tyk-hello"]);
    let cloud = Cloud::start().await;
    let hello = cloud.function("tyk-hello").await.call(&any_request("tyk-hello").anonymous()).await.expect(200);
    assert_eq!(hello.json()["details"]["redis"]["status"], "pass");
}

#[tokio::test]
async fn a_function_without_one_of_its_secrets_does_not_start() {
    let cloud = Cloud::start().await;
    for function in FUNCTIONS {
        for secret in function.secrets.iter().filter(|secret| **secret != Secret::Session) {
            let (name, _) = setting(*secret);
            let (status, log) = cloud.refused(function.name, name, &[]).await;
            assert_eq!(status.code(), Some(1), "{}: {log}", function.name);
            assert!(log.contains(&format!("{name} must be set")), "{}: {log}", function.name);
        }
    }
}

#[tokio::test]
async fn without_a_way_to_verify_session_tokens_a_function_starts_and_trusts_none() {
    let cloud = Cloud::start().await;
    let token = session_token(&json!({"userId": "u", "exp": 9_999_999_999_i64}));
    cloud.keep_secret(&token);
    let profile = Event::admin("GET /api/v1/me/profile").bearer(&token);
    let _trusted = cloud.function("gmi-get-profile").await.call(&profile).await.expect(200);
    let mut untrusting = cloud.function_without("gmi-get-profile", SESSION_JWT_SECRET.name).await;
    let _refused = untrusting.call(&profile).await.expect(401);
}

/// The function does not start with this value; it names the setting and does not repeat the value.
async fn assert_named_in_secret(cloud: &Cloud, function: &str, name: &str, value: &str) {
    if !value.is_empty() {
        cloud.keep_secret(value);
    }
    let (status, log) = cloud.refused(function, "", &[(name, value)]).await;
    assert_eq!(status.code(), Some(1), "{name}: {log}");
    assert!(log.contains(name), "{name}: {log}");
}

#[tokio::test]
async fn a_wrong_session_setting_is_named_and_its_value_is_not_repeated() {
    let cloud = Cloud::start().await;
    for (name, value) in [
        ("LATCHKEY_SESSION_JWT_SECRET", "          "),
        ("LATCHKEY_SESSION_JWKS", "https://id.example.org/besides-the-secret"),
        ("LATCHKEY_SESSION_CLAIMS", "nobody-knows=this-claim"),
    ] {
        assert_named_in_secret(&cloud, "gmi-list-keys", name, value).await;
    }
}

#[tokio::test]
async fn a_wrong_setting_is_named_and_its_value_is_not_repeated() {
    let cloud = Cloud::start().await;
    let wrong = [
        ("LATCHKEY_ADMIN_SECRET", ""),
        ("LATCHKEY_ID_SECRET", "too-short-for-an-id-secret"),
        ("LATCHKEY_SEAL_SECRETS", "v1:bm90LWxvbmctZW5vdWdo"),
        ("LATCHKEY_SEAL_SECRETS", "without-a-version"),
        ("LATCHKEY_TYK_EDITION", "unheard-of-edition"),
        ("LATCHKEY_TABLE_PREFIX", "slashed/prefix"),
    ];
    for (name, value) in wrong {
        assert_named_in_secret(&cloud, "tyk-create-key", name, value).await;
    }
}

#[tokio::test]
async fn a_function_without_a_region_or_with_a_wrong_aws_variable_does_not_start() {
    let cloud = Cloud::start().await;
    let elsewhere = ("AWS_EC2_METADATA_DISABLED", "true");
    for (missing, name, value) in [
        ("AWS_REGION", "AWS_REGION", ""),
        ("", "AWS_ENDPOINT_URL", "localhost:8000"),
        ("", "AWS_MAX_ATTEMPTS", "0"),
        ("", "AWS_RETRY_MODE", "now-and-then"),
    ] {
        let (status, log) = cloud.refused("tyk-get-key", missing, &[elsewhere, (name, value)]).await;
        assert_eq!(status.code(), Some(1), "{name}: {log}");
        assert!(log.contains(&format!("{name} must be ")), "{log}");
    }
}

#[tokio::test]
async fn credentials_of_a_profile_or_of_none_reach_the_store_or_are_named_as_missing() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials");
    let (access_key, secret_key) = ("AKIDOFTHEPROFILE", "secret-key-of-the-profile");
    cloud.keep_secret(secret_key);
    let profile = format!("[default]\naws_access_key_id = {access_key}\naws_secret_access_key = {secret_key}\n");
    std::fs::write(&file, profile).unwrap();
    let file = file.to_str().unwrap();
    let none = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", ""), ("AWS_EC2_METADATA_DISABLED", "true")];
    let list = Event::admin("GET /tyk/keys");
    let profile = [&none[..], &[("AWS_SHARED_CREDENTIALS_FILE", file)]].concat();
    let _listed = cloud.function_with("tyk-list-keys", &profile).await.call(&list).await.expect(200);
    let _failed = cloud.function_with("tyk-list-keys", &none).await.call(&list).await.expect(500);
    assert!(cloud.logs().contains("there are no AWS credentials: "), "{}", cloud.logs());
}

#[tokio::test]
async fn a_user_says_how_often_a_call_is_sent() {
    for (attempts, expected) in [(None, 2), (Some("1"), 1), (Some("4"), 4)] {
        let (cloud, failing) = Cloud::start_failing().await;
        let settings: Vec<_> = attempts.map(|attempts| ("AWS_MAX_ATTEMPTS", attempts)).into_iter().collect();
        let mut list = cloud.function_with("tyk-list-keys", &settings).await;
        let _listed = list.call(&Event::admin("GET /tyk/keys")).await.expect(200);
        failing.percent(100);
        let _failed = list.call(&Event::admin("GET /tyk/keys")).await.expect(500);
        assert_eq!(failing.failed(), expected);
    }
}

#[tokio::test]
async fn the_previous_admin_secret_is_taken_while_it_is_set() {
    let cloud = Cloud::start().await;
    cloud.keep_secret("previous-secret-16");
    let request = Event::admin("GET /tyk/keys").secret("previous-secret-16");
    let _refused = cloud.function("tyk-list-keys").await.call(&request).await.expect(403);
    let setting = [("LATCHKEY_ADMIN_SECRET_PREVIOUS", "previous-secret-16")];
    let _taken = cloud.function_with("tyk-list-keys", &setting).await.call(&request).await.expect(200);
}

//! Built functions that read their secrets from Secrets Manager: at start, when they change, and when it fails.

use std::collections::BTreeSet;

use latchkey_functions::table::FUNCTIONS;
use latchkey_harness::{ADMIN, SESSION_SECRET, SecretsManager, arn, key, session_token, session_token_of, test_secret};
use latchkey_shared::runtime::function::Serves;
use latchkey_shared::secrets::{Sealer, Secret};
use latchkey_shared::settings::Settings;
use latchkey_shared::store::{Store, Table};
use serde_json::{Value, json};

use crate::cloud::{Cloud, function};
use crate::event::Event;

/// Another admin secret than that of the tests.
const NEW_ADMIN: &str = "another-admin-secret";

fn list() -> Event {
    Event::admin("GET /tyk/keys")
}

/// The event of any route of the function `name`.
fn any_event(name: &str) -> Value {
    match function(name).routes.first() {
        Some(route) => route.params().fold(Event::routed(route), |event, name| event.param(name, "a")).to_json(),
        None => Event::unrouted("GET", "/tyk/nowhere").to_json(),
    }
}

#[tokio::test]
async fn a_function_reads_the_secrets_that_it_declares_once_and_no_others() {
    let (cloud, manager) = (Cloud::start().await, SecretsManager::start().await);
    for function in FUNCTIONS {
        let mut process = cloud.function_of(&manager, function.name).await;
        let _answer = process.ask(any_event(function.name)).await;
        let mut read: Vec<_> = manager.reads().into_iter().map(|secret| format!("{secret:?}")).collect();
        read.sort_unstable();
        // A refused request may have read the admin secret or the session secret once more.
        let declared: BTreeSet<_> = function.secrets.iter().map(|secret| format!("{secret:?}")).collect();
        assert_eq!(read.iter().cloned().collect::<BTreeSet<_>>(), declared, "{}", function.name);
        let ids = read.iter().filter(|secret| *secret == "Id").count();
        assert_eq!(ids, usize::from(declared.contains("Id")), "{}", function.name);
    }
}

#[tokio::test]
async fn a_new_admin_secret_works_at_once_beside_the_old_one_until_that_is_ended() {
    let (cloud, manager) = (Cloud::start().await, SecretsManager::start().await);
    cloud.keep_secret(NEW_ADMIN);
    let mut running = cloud.function_of(&manager, "tyk-list-keys").await;
    let _listed = running.call(&list()).await.expect(200);

    manager.put(Secret::Admin, &format!("{NEW_ADMIN}\n{ADMIN}"));
    let _new = running.call(&list().secret(NEW_ADMIN)).await.expect(200);
    let _old = running.call(&list()).await.expect(200);

    manager.put(Secret::Admin, NEW_ADMIN);
    let mut fresh = cloud.function_of(&manager, "tyk-list-keys").await;
    let _ended = fresh.call(&list()).await.expect(403);
    let _new = fresh.call(&list().secret(NEW_ADMIN)).await.expect(200);
}

#[tokio::test]
async fn a_request_that_newer_secrets_admit_is_logged_as_admitted() {
    let (cloud, manager) = (Cloud::start().await, SecretsManager::start().await);
    cloud.keep_secret(NEW_ADMIN);
    let mut running = cloud.function_of(&manager, "tyk-list-keys").await;
    running.ready().await;
    let _listed = running.call(&list()).await.expect(200);
    manager.put(Secret::Admin, NEW_ADMIN);
    let _listed = running.call(&list().secret(NEW_ADMIN)).await.expect(200);
    let logs = cloud.logs();
    let lines: Vec<Value> = logs.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let requests: Vec<_> = lines.iter().filter(|line| line["message"] == "request").collect();
    assert_eq!(requests.len(), 2, "{logs}");
    assert!(requests.iter().all(|line| line["status"] == 200 && line["code"] == "ok"), "{logs}");
}

#[tokio::test]
async fn what_each_seal_secret_sealed_opens_until_it_is_resealed_and_the_old_secret_ended() {
    let (cloud, manager) = (Cloud::start().await, SecretsManager::start().await);
    let make = async || {
        let mut body = key("acme");
        body["hmac_string"] = "signs-requests".into();
        let create = Event::admin("POST /tyk/keys/create").json(&body);
        let made = cloud.function_of(&manager, "tyk-create-key").await.call(&create).await.expect(200).text_of("key");
        cloud.keep_secret(&made);
        made
    };
    cloud.keep_secret("signs-requests");
    let mut running = cloud.function_of(&manager, "tyk-get-key").await;
    let read = |key: &str| Event::admin("GET /tyk/keys/{keyName}").param("keyName", key);
    let first = make().await;
    let _found = running.call(&read(&first)).await.expect(200);

    let both = format!("v2:{}\n{}", test_secret('T'), test_secret('S'));
    manager.put(Secret::Seal, &both);
    let second = make().await;
    // The running instance does not know the secret yet that sealed this.
    for key in [&first, &second] {
        assert_eq!(running.call(&read(key)).await.expect(200).json()["hmac_string"], "signs-requests");
    }

    let store = Store::new(cloud.client.clone(), &Settings::read(|_| None).unwrap());
    let resealed = store.reseal(&Sealer::parse(&both).unwrap(), |_| ()).await.unwrap();
    assert_eq!((resealed.moved, resealed.unreadable), (2, 0));
    manager.put(Secret::Seal, &format!("v2:{}", test_secret('T')));
    let mut fresh = cloud.function_of(&manager, "tyk-get-key").await;
    for key in [&first, &second] {
        assert_eq!(fresh.call(&read(key)).await.expect(200).json()["hmac_string"], "signs-requests");
    }
    let listed = cloud.function_of(&manager, "tyk-list-keys").await.call(&list()).await.expect(200).json();
    assert_eq!(listed["keys"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn session_tokens_of_the_new_and_of_the_old_secret_are_trusted_until_the_old_one_is_ended() {
    let (cloud, manager) = (Cloud::start().await, SecretsManager::start().await);
    let new = "another-session-secret-of-the-tests";
    cloud.keep_secret(new);
    let claims = json!({"userId": "u", "exp": 9_999_999_999_i64});
    let tokens = [session_token(&claims), session_token_of(new, &claims)];
    tokens.iter().for_each(|token| cloud.keep_secret(token));
    let profile = |token: &str| Event::admin("GET /api/v1/me/profile").bearer(token);
    let mut running = cloud.function_of(&manager, "gmi-get-profile").await;
    let _trusted = running.call(&profile(&tokens[0])).await.expect(200);

    manager.put(Secret::Session, &format!("{new}\n{SESSION_SECRET}"));
    for token in tokens.iter().rev() {
        let _trusted = running.call(&profile(token)).await.expect(200);
    }
    manager.put(Secret::Session, new);
    let mut fresh = cloud.function_of(&manager, "gmi-get-profile").await;
    let _ended = fresh.call(&profile(&tokens[0])).await.expect(401);
    let _trusted = fresh.call(&profile(&tokens[1])).await.expect(200);
}

#[tokio::test]
async fn without_its_secrets_a_function_answers_as_if_the_store_failed_and_recovers_by_itself() {
    let (cloud, manager) = (Cloud::start().await, SecretsManager::start().await);
    manager.fail(true);
    for (name, status) in [
        ("tyk-list-keys", 500),
        ("gmi-get-profile", 500),
        ("requesty-create-key", 500),
        ("gate-verify", 503),
        ("unrouted", 500),
    ] {
        let mut process = cloud.function_of(&manager, name).await;
        let failed = crate::cloud::reply(&process.ask(any_event(name)).await.unwrap());
        assert_eq!((failed.status, failed.header("retry-after")), (status, "1"), "{name}: {}", failed.text);
        manager.fail(false);
        let recovered = crate::cloud::reply(&process.ask(any_event(name)).await.unwrap());
        assert!(recovered.status < 500, "{name}: {}", recovered.text);
        manager.fail(true);
    }
    let mut authorizer = cloud.function_of(&manager, "gate-authorizer").await;
    let event = json!({
        "version": "2.0", "rawPath": "/orders", "headers": {"authorization": "some-token"},
        "requestContext": {"apiId": "test", "stage": "$default", "http": {"method": "GET"}},
    });
    cloud.keep_secret("some-token");
    assert!(authorizer.ask(event.clone()).await.unwrap_err().contains("no decision could be made"));
    manager.fail(false);
    assert_eq!(authorizer.ask(event).await.unwrap()["isAuthorized"], false);
    assert!(cloud.logs().contains("LATCHKEY_ADMIN_SECRET_ARN: InternalServiceError: "), "{}", cloud.logs());
}

#[tokio::test]
async fn a_secret_that_is_missing_empty_or_wrong_is_named_and_not_repeated() {
    let (cloud, manager) = (Cloud::start().await, SecretsManager::start().await);
    for text in ["", "too-short-a-one"] {
        manager.put(Secret::Admin, text);
        if !text.is_empty() {
            cloud.keep_secret(text);
        }
        let _failed = cloud.function_of(&manager, "tyk-list-keys").await.call(&list()).await.expect(500);
        assert!(
            cloud.logs().contains("the secrets are not available: LATCHKEY_ADMIN_SECRET must "),
            "{}",
            cloud.logs()
        );
    }
    let nowhere = [("LATCHKEY_ADMIN_SECRET", ""), ("LATCHKEY_ADMIN_SECRET_ARN", "arn:aws:secretsmanager:none")];
    let nowhere = [&nowhere[..], &[("AWS_ENDPOINT_URL_SECRETS_MANAGER", manager.endpoint.as_str())]].concat();
    let _failed = cloud.function_with("tyk-list-keys", &nowhere).await.call(&list()).await.expect(500);
    assert!(cloud.logs().contains("LATCHKEY_ADMIN_SECRET_ARN: ResourceNotFoundException: "), "{}", cloud.logs());
}

#[tokio::test]
async fn a_secret_given_in_two_ways_is_refused_at_the_start() {
    let cloud = Cloud::start().await;
    let (admin, session) = (arn(Secret::Admin), arn(Secret::Session));
    let both = [("LATCHKEY_ADMIN_SECRET_ARN", admin.as_str())];
    let (status, log) = cloud.refused("tyk-list-keys", "", &both).await;
    assert_eq!(status.code(), Some(1));
    assert!(log.contains("LATCHKEY_ADMIN_SECRET_ARN must not be set together with LATCHKEY_ADMIN_SECRET"), "{log}");
    let both = [
        ("LATCHKEY_SESSION_JWT_SECRET_ARN", session.as_str()),
        ("LATCHKEY_SESSION_JWKS", "https://id.example.org/keys"),
    ];
    let (status, log) = cloud.refused("gmi-get-profile", "LATCHKEY_SESSION_JWT_SECRET", &both).await;
    assert_eq!(status.code(), Some(1));
    assert!(
        log.contains("LATCHKEY_SESSION_JWT_SECRET_ARN must not be set together with LATCHKEY_SESSION_JWKS"),
        "{log}"
    );
}

#[tokio::test]
async fn the_id_secret_that_made_the_first_key_is_pinned_and_another_one_answers_nothing() {
    let (cloud, manager) = (Cloud::start().await, SecretsManager::start().await);
    let create = Event::admin("POST /tyk/keys/create").json(&key("acme"));
    let made = cloud.function_of(&manager, "tyk-create-key").await.call(&create).await.expect(200).text_of("key");
    cloud.keep_secret(&made);
    let items = async || {
        let found = cloud.client.scan().table_name(format!("latchkey-{}", Table::Keys.name())).send().await.unwrap();
        found.items().len()
    };
    let before = items().await;

    cloud.keep_secret(&test_secret('J'));
    manager.put(Secret::Id, &test_secret('J'));
    for function in FUNCTIONS.into_iter().filter(|function| function.secrets.contains(&Secret::Id)) {
        let mut process = cloud.function_of(&manager, function.name).await;
        for _ in 0..2 {
            let answer = process.ask(any_event(function.name)).await;
            if matches!(function.serves, Serves::Authorizations(_)) {
                assert!(answer.unwrap_err().contains("no decision could be made"));
                continue;
            }
            let failed = crate::cloud::reply(&answer.unwrap());
            // Tyk answers a delete that the store failed with 400.
            let is_failure = failed.status >= 500 || failed.text.contains("Failed to remove the key");
            assert!(is_failure, "{}: {}", function.name, failed.text);
        }
    }
    assert_eq!(items().await, before, "nothing was written");
    let logs = cloud.logs();
    assert!(logs.contains("the id secret is not the one that the store's keys were made with"), "{logs}");

    manager.put(Secret::Id, &test_secret('I'));
    let read = Event::admin("GET /tyk/keys/{keyName}").param("keyName", &made);
    let _found = cloud.function_of(&manager, "tyk-get-key").await.call(&read).await.expect(200);
}

#[tokio::test]
async fn of_two_id_secrets_that_start_at_once_on_an_empty_store_one_is_pinned() {
    let cloud = Cloud::start().await;
    let create = Event::admin("POST /tyk/keys/create").json(&key("acme"));
    let other = test_secret('J');
    cloud.keep_secret(&other);
    let mut first = cloud.function("tyk-create-key").await;
    let mut second = cloud.function_with("tyk-create-key", &[("LATCHKEY_ID_SECRET", &other)]).await;
    let (first, second) = tokio::join!(first.call(&create), second.call(&create));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 500]);
    for made in [first, second].iter().filter(|made| made.status == 200) {
        cloud.keep_secret(&made.text_of("key"));
    }
}

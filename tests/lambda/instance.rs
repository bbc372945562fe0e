//! When a running instance checks its secrets, by a clock that a test moves.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use latchkey_harness::{ADMIN, SecretsManager};
use latchkey_shared::aws::Aws;
use latchkey_shared::clock::Clock;
use latchkey_shared::runtime::deadline::Deadline;
use latchkey_shared::runtime::instance::Instance;
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::settings::Settings;

use crate::cloud::{Cloud, function};

const MINUTE: i64 = 60 * 1000;
const OTHER: &str = "another-admin-secret";

/// An instance in this process.
struct Running {
    instance: Arc<Instance>,
    clock: Clock,
    manager: SecretsManager,
    _cloud: Cloud,
}

impl Running {
    async fn start(name: &str) -> Self {
        let (cloud, manager) = (Cloud::start().await, SecretsManager::start().await);
        let secrets = manager.settings(function(name).secrets);
        let environment =
            move |name: &str| secrets.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        let aws = [
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDOFTHETESTS"),
            ("AWS_SECRET_ACCESS_KEY", "aws-secret-key-of-the-tests"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &cloud.endpoint),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &manager.endpoint),
        ];
        let aws = aws.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let aws = Aws::load(&Settings::read(&environment).unwrap(), aws).await.unwrap();
        let clock = Clock::manual(1_768_478_400_000);
        let instance = Instance::new(function(name), Box::new(environment), &aws, clock.clone()).unwrap();
        Self { instance, clock, manager, _cloud: cloud }
    }

    async fn service(&self) -> Arc<Service> {
        self.instance.service(Deadline::from_now()).await
    }

    /// Whether the next event accepts this admin secret.
    async fn accepts(&self, secret: &str) -> bool {
        self.service().await.secrets.admin.as_ref().unwrap().accepts(secret)
    }

    /// Waits for a check beside an event.
    async fn checked(&self) {
        while !self.accepts(OTHER).await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn a_rotated_secret_holds_within_minutes() {
    let running = Running::start("tyk-list-apis").await;
    assert!(running.accepts(ADMIN).await);
    running.manager.put(Secret::Admin, OTHER);
    running.clock.advance(2 * MINUTE - 1);
    assert!(running.accepts(ADMIN).await);
    assert_eq!(running.manager.reads().len(), 1, "nothing is read before its time");
    running.clock.advance(1);
    assert!(running.accepts(ADMIN).await, "the event does not wait for the check");
    running.checked().await;
    assert!(!running.accepts(ADMIN).await);
}

#[tokio::test]
async fn a_secret_that_was_ended_is_refused_by_an_instance_that_slept() {
    let running = Running::start("tyk-list-apis").await;
    assert!(running.accepts(ADMIN).await);
    running.manager.put(Secret::Admin, OTHER);
    running.clock.advance(5 * MINUTE);
    assert!(!running.accepts(ADMIN).await);
    assert!(running.accepts(OTHER).await);
}

#[tokio::test]
async fn unchanged_secrets_are_the_same_service() {
    let running = Running::start("tyk-list-apis").await;
    let before = running.service().await;
    running.clock.advance(5 * MINUTE);
    assert!(Arc::ptr_eq(&before, &running.service().await));
}

#[tokio::test]
async fn while_secrets_manager_is_out_of_order_the_known_secrets_serve_and_checks_are_seconds_apart() {
    let running = Running::start("tyk-list-apis").await;
    assert!(running.accepts(ADMIN).await);
    running.manager.fail(true);
    running.clock.advance(60 * MINUTE);
    let _start = running.manager.reads();
    for _ in 0..10 {
        assert!(running.accepts(ADMIN).await);
    }
    // Each call is sent twice.
    assert_eq!(running.manager.reads().len(), 2);
    running.manager.fail(false);
    running.manager.put(Secret::Admin, OTHER);
    assert!(running.accepts(ADMIN).await);
    running.clock.advance(5 * 1000);
    assert!(running.accepts(OTHER).await && !running.accepts(ADMIN).await);
}

#[tokio::test]
async fn refused_requests_check_the_secrets_at_once_and_then_seconds_apart() {
    let running = Running::start("tyk-list-apis").await;
    let used = running.service().await;
    let again = async |used| running.instance.service_again(used, StatusCode::FORBIDDEN, Deadline::from_now()).await;
    let _start = running.manager.reads();
    assert!(again(&used).await.is_none(), "nothing new");
    for _ in 0..10 {
        assert!(again(&used).await.is_none());
    }
    assert_eq!(running.manager.reads().len(), 1);
    running.manager.put(Secret::Admin, OTHER);
    running.clock.advance(5 * 1000);
    let newer = again(&used).await.expect("a newer secret");
    assert!(newer.secrets.admin.as_ref().unwrap().accepts(OTHER));
    assert!(again(&newer).await.is_none());
    // A request that began with the old secrets needs no further check.
    assert!(Arc::ptr_eq(&again(&used).await.unwrap(), &newer));
    assert!(running.instance.service_again(&used, StatusCode::OK, Deadline::from_now()).await.is_none());
    assert!(running.instance.service_again(&used, StatusCode::NOT_FOUND, Deadline::from_now()).await.is_none());
}

#[tokio::test]
async fn a_new_secret_is_accepted_at_once_while_old_ones_are_being_checked() {
    let running = Running::start("tyk-list-apis").await;
    assert!(running.accepts(ADMIN).await);
    running.manager.put(Secret::Admin, OTHER);
    running.clock.advance(2 * MINUTE);
    let _start = running.manager.reads();
    // The event that finds the secrets old begins a check, and is refused before it ends.
    let used = running.service().await;
    let newer = running.instance.service_again(&used, StatusCode::FORBIDDEN, Deadline::from_now()).await;
    assert!(newer.expect("the newer secret").secrets.admin.as_ref().unwrap().accepts(OTHER));
    assert_eq!(running.manager.reads().len(), 1, "one check serves both");
}

#[tokio::test]
async fn an_id_secret_that_is_pinned_is_not_read_again_and_a_change_by_mistake_has_no_effect() {
    let running = Running::start("tyk-create-key").await;
    let before = running.service().await.secrets.ids().unwrap().fingerprint();
    let _start = running.manager.reads();
    running.manager.put(Secret::Id, &latchkey_harness::test_secret('J'));
    running.manager.put(Secret::Admin, OTHER);
    running.clock.advance(5 * MINUTE);
    let service = running.service().await;
    assert!(service.secrets.admin.as_ref().unwrap().accepts(OTHER));
    assert_eq!(service.secrets.ids().unwrap().fingerprint(), before);
    assert!(!running.manager.reads().contains(&Secret::Id));
}

#[tokio::test]
async fn a_function_with_an_id_secret_alone_reads_nothing_more_once_it_is_pinned() {
    let running = Running::start("gate-authorizer").await;
    let service = running.service().await;
    service.store.pin_id(&service.secrets.ids().unwrap().fingerprint()).await.unwrap();
    running.clock.advance(5 * MINUTE);
    let _pinned = running.service().await;
    let _start = running.manager.reads();
    running.clock.advance(60 * MINUTE);
    let _same = running.service().await;
    assert_eq!(running.manager.reads(), []);
}

#[tokio::test]
async fn many_events_at_once_are_served_by_one_check() {
    let running = Running::start("tyk-list-apis").await;
    let services: Vec<_> = futures_util::future::join_all((0..8).map(|_| running.service())).await;
    assert!(services.iter().all(|service| Arc::ptr_eq(service, &services[0])));
    assert_eq!(running.manager.reads().len(), 1);
}

//! Changing the seal secret: the new version seals, the old one opens, and what is old can be moved.

use latchkey::embedded::Embedded;
use latchkey_harness::{TestServer, key, test_secret};
use latchkey_shared::clock::Clock;
use latchkey_shared::secrets::Sealer;
use latchkey_shared::settings::Settings;
use latchkey_shared::store::{Resealed, Store};
use serde_json::json;

fn sealer(secrets: &str) -> Sealer {
    Sealer::parse(secrets).unwrap()
}

#[tokio::test]
async fn after_resealing_the_old_secret_is_needed_no_more() {
    let database = Embedded::new(dynoxide::Database::memory().unwrap());
    let on = async |secrets: &str| {
        let clock = Clock::manual(1_768_478_400_000);
        TestServer::on(database.clone(), clock, &[("LATCHKEY_SEAL_SECRETS", secrets)]).await
    };
    let old = format!("v1:{}", test_secret('O'));
    let new = format!("v2:{}", test_secret('N'));
    let both = format!("{new},{old}");

    let server = on(&old).await;
    let mut session = key("default");
    session["hmac_string"] = "very-secret".into();
    let token = server.admin("POST", "/tyk/keys/mine", session).await.expect(200).text_of("key");
    let limits = json!({"rate": 5, "per": 1, "jwt_data": {"secret": "org-secret"}});
    let _made = server.admin("POST", "/tyk/org/keys/acme", limits).await.expect(200);

    let store = Store::new(server.client.clone(), &Settings::read(|_| None).unwrap());
    let moved = store.reseal(&sealer(&both), |_| ()).await.unwrap();
    assert_eq!((moved.moved, moved.unreadable), (3, 0));
    let again = store.reseal(&sealer(&both), |_| ()).await.unwrap();
    assert_eq!(again, Resealed { moved: 0, ..moved });

    let server = on(&new).await;
    assert_eq!(server.admin("GET", "/tyk/keys", ()).await.expect(200).json(), json!({"keys": [token]}));
    let session = server.admin("GET", "/tyk/keys/mine?org_id=default", ()).await.expect(200).json();
    assert_eq!(session["hmac_string"], "very-secret");
    let limits = server.admin("GET", "/tyk/org/keys/acme", ()).await.expect(200).json();
    assert_eq!(limits["jwt_data"]["secret"], "org-secret");
}

#[tokio::test]
async fn what_no_listed_secret_opens_is_counted_and_left_alone() {
    let server = TestServer::start().await;
    server.create_key("default").await;
    let store = Store::new(server.client.clone(), &Settings::read(|_| None).unwrap());
    let stranger = sealer(&format!("v9:{}", test_secret('X')));
    let left = store.reseal(&stranger, |_| ()).await.unwrap();
    assert_eq!((left.moved, left.unreadable), (0, 1));
    let _still = server.admin("GET", "/tyk/keys", ()).await.expect(200);
}

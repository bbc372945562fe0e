//! Keys that are bound to a password, a signature or a certificate: their token alone, which may be a name, admits nobody.

use latchkey_harness::TestServer;
use serde_json::{Value, json};

use super::asking::{call, code, key_with};

/// What binds a session to more than its token.
fn bindings() -> [Value; 6] {
    [
        json!({"basic_auth_data": {"password": "s3cret"}}),
        json!({"hmac_enabled": true, "hmac_string": "signs"}),
        json!({"hmac_string": "signs"}),
        json!({"jwt_data": {"secret": "signs"}}),
        json!({"enable_http_signature_validation": true, "rsa_certificate_id": "default-cert"}),
        json!({"certificate": "default-cert"}),
    ]
}

async fn named(server: &TestServer, fields: &Value) -> String {
    let path = "/tyk/keys/jane?org_id=default";
    let _made = server.admin("POST", path, key_with(fields)).await.expect(200);
    "defaultjane".to_owned()
}

#[tokio::test]
async fn a_key_with_a_password_a_signature_or_a_certificate_is_not_admitted_by_its_name_alone() {
    for fields in bindings() {
        let server = TestServer::start().await;
        let token = named(&server, &fields).await;
        let refused = call(&server, &token).await;
        let answer = (&refused["code"], &refused["allowed"], &refused["status"]);
        assert_eq!(answer, (&json!("credential_required"), &json!(false), &json!(403)), "{fields}");
        let consumer = server.send("GET", "/sample/", &[("Authorization", &token)], ()).await;
        assert_eq!(consumer.status, 403, "{fields}");
    }
}

#[tokio::test]
async fn in_edition_5_13_it_is_admitted_as_the_gateway_does() {
    let server = TestServer::with(&[("LATCHKEY_TYK_EDITION", "5.13")]).await;
    for fields in bindings() {
        let token = named(&server, &fields).await;
        assert_eq!(code(&server, &token).await, "ok", "{fields}");
    }
}

#[tokio::test]
async fn a_key_whose_fields_say_nothing_of_a_credential_is_admitted_by_its_token() {
    let server = TestServer::start().await;
    for fields in [
        json!({"hmac_enabled": false, "hmac_string": "", "certificate": ""}),
        json!({"basic_auth_data": {"password": ""}, "jwt_data": {"secret": ""}}),
        json!({"mtls_static_certificate_bindings": [], "enable_http_signature_validation": false}),
    ] {
        let token = named(&server, &fields).await;
        assert_eq!(code(&server, &token).await, "ok", "{fields}");
    }
}

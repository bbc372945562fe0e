//! `DELETE /v1/keys/{key_id}`: an operator deletes a key of any dialect.

use latchkey_harness::{ADMIN, Reply, TestServer, key};
use latchkey_shared::store::Table;
use serde_json::json;

use super::asking::{answer, code_of};

async fn delete(server: &TestServer, id: &str) -> Reply {
    server.bearer(ADMIN, "DELETE", &format!("/v1/keys/{id}"), ()).await
}

/// The id of the key with this token.
async fn id_of(server: &TestServer, token: &str) -> String {
    answer(server, json!({"key": token, "api": "test", "cost": 0})).await["key_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_key_that_an_operator_deletes_is_refused_at_once() {
    let server = TestServer::start().await;
    let bearer = format!("Bearer {ADMIN}");
    let headers = [("authorization", bearer.as_str()), ("x-organization-id", "acme")];
    let requesty = server.send("POST", "/v1/manage/apikey", &headers, json!({"name": "app"})).await.expect(201);
    let tokens = [
        server.admin("POST", "/tyk/keys/create", key("acme")).await.expect(200).text_of("key"),
        requesty.text_of("api_key"),
    ];
    for token in tokens {
        let id = id_of(&server, &token).await;
        let deleted = delete(&server, &id).await.expect(200).json();
        assert_eq!(deleted, json!({"key_id": id, "deleted": true}));
        assert_eq!(code_of(&server, json!({"key": token, "api": "test"})).await, "unknown_key");
        let again = delete(&server, &id).await.expect(404).json();
        assert_eq!(again, json!({"error": {"message": "there is no such key"}}));
        let records = server.items(Table::Audit).await;
        let of_it = records.iter().filter(|record| record["subject"].as_s().unwrap() == &format!("key:{id}"));
        let what: Vec<_> = of_it.map(|record| record["what"].as_s().unwrap().clone()).collect();
        assert_eq!(what.iter().filter(|what| *what == "key.delete").count(), 1, "{what:?}");
    }
}

#[tokio::test]
async fn only_the_administrator_deletes_and_only_what_there_is() {
    let server = TestServer::start().await;
    let token = server.create_key("acme").await;
    let id = id_of(&server, &token).await;
    let path = format!("/v1/keys/{id}");
    for headers in [&[][..], &[("authorization", "Bearer not-the-secret")], &[("x-tyk-authorization", ADMIN)]] {
        let _refused = server.send("DELETE", &path, headers, ()).await.expect(401);
    }
    for unknown in ["7b1c9f0e-2f5d-8c55-9a43-0d6f2f8b7e11", "not-an-id", &token] {
        let _unknown = delete(&server, unknown).await.expect(404);
    }
    assert_eq!(code_of(&server, json!({"key": token, "api": "test"})).await, "ok");
}

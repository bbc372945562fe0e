//! A key's secret is shown once and kept nowhere.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::asking::{CURRENT, start};

#[tokio::test]
async fn no_table_holds_a_token_or_what_makes_one() {
    for hashed in ["false", "true"] {
        let server = latchkey_harness::TestServer::with(&[("LATCHKEY_HASH_KEYS", hashed)]).await;
        let org = super::asking::Org::start(&server).await;
        let (kept, token) = org.create(&server, &org.user).await;
        let session = org.owner.token(&server);
        let bearer = format!("Bearer {session}");
        let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", "name-of-the-request")];
        let repeatable =
            server.send("POST", &org.keys(), &headers, json!({"name": "k"})).await.expect(201).text_of("key");
        let (deleted, deleted_token) = org.create(&server, &org.user).await;
        let _deleted = org.owner.ask(&server, "DELETE", &org.key(&deleted), ()).await.expect(200);
        let tables = server.everything().await.join("\n");
        assert!(tables.contains(&kept) && tables.contains(&deleted), "the dump is not of what was done");
        for token in [&token, &repeatable, &deleted_token] {
            let [_, payload, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
            let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
            let nonce = payload["nonce"].as_str().unwrap();
            for secret in [token.as_str(), signature, nonce] {
                assert!(!tables.contains(secret), "{secret}");
            }
        }
        for secret in [session.as_str(), "name-of-the-request"] {
            assert!(!tables.contains(secret), "{secret}");
        }
    }
}

#[tokio::test]
async fn the_secret_is_in_the_answer_to_the_create_and_in_no_other() {
    let (server, org) = start().await;
    let (id, token) = org.create(&server, &org.owner).await;
    for (method, path) in
        [("GET", org.keys()), ("GET", org.users()), ("DELETE", org.key(&id)), ("DELETE", org.key(&id))]
    {
        let reply = org.owner.ask(&server, method, &path, ()).await;
        assert!(!reply.text.contains(&token), "{method} {path}");
    }
    let refused = server.bearer(&token, "GET", CURRENT, ()).await.expect(401);
    assert!(!refused.text.contains(&token[..20]), "{}", refused.text);
}

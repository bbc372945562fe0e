//! Whoever gets hold of the database, or of what the server prints, learns no token and no secret.

use std::fs;
use std::path::Path;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use latchkey_harness::{SESSION_SECRET, key, session_token};
use latchkey_shared::settings::SESSION_JWT_SECRET;
use latchkey_shared::store::Table;
use serde_json::{Value, json};

use crate::process::{Process, latchkey_on};
use crate::tables::{Item, items, keys, text};

const ORG: &str = "default";
const SECRETS: [&str; 4] = ["hmac-which-nobody-sees", "jwt-which-nobody-sees", "password-nobody-sees", "oauth-nobody"];

/// A key with a secret in every place that has one.
fn secretive() -> Value {
    let [hmac, jwt, password, oauth] = SECRETS;
    let mut body = key(ORG);
    body["hmac_enabled"] = true.into();
    body["hmac_string"] = hmac.into();
    body["jwt_data"] = json!({"secret": jwt});
    body["basic_auth_data"] = json!({"password": password});
    body["oauth_keys"] = json!({"client": oauth});
    body
}

/// Makes, reads, replaces, lists and deletes keys, with mistakes in between; the tokens and the secrets that the
/// server made.
async fn use_secrets(server: &Process) -> (Vec<String>, Vec<String>) {
    let (mut tokens, mut made) = (Vec::new(), Vec::new());
    for (method, path) in [
        ("POST", "/tyk/keys/create"),
        ("POST", "/tyk/keys"),
        ("POST", "/tyk/keys/name-nobody-sees"),
        ("PUT", "/tyk/keys/other-name-nobody-sees"),
        ("POST", "/tyk/keys/deleted-name-nobody-sees"),
        ("PUT", "/tyk/keys/deleted-name-nobody-sees"),
    ] {
        tokens.push(server.admin(method, path, secretive()).await.expect(200).text_of("key"));
    }
    for token in &tokens {
        made.push(server.admin("GET", &format!("/tyk/keys/{token}"), ()).await.expect(200).text_of("hmac_string"));
    }
    assert_ne!(made[0], SECRETS[0], "no secret was made");
    let deleted = format!("/tyk/keys/{}", tokens.last().unwrap());
    let _deleted = server.admin("DELETE", &deleted, ()).await.expect(200);
    let _gone = server.admin("GET", &deleted, ()).await.expect(404);
    let _org = server.admin("POST", "/tyk/org/keys/acme", secretive()).await.expect(200);
    let _org = server.admin("PUT", "/tyk/org/keys/acme", secretive()).await.expect(200);
    let _list = server.admin("GET", "/tyk/keys", ()).await.expect(200);

    let mut wrong = secretive();
    wrong["rate"] = "a thousand".into();
    let wrong = server.admin("POST", "/tyk/keys/create", &wrong).await;
    assert!(wrong.status >= 400, "{wrong:?}");
    let cut = secretive().to_string();
    let cut = server.admin("POST", "/tyk/keys/name-nobody-sees", &cut[..cut.len() - 1]).await;
    assert!(cut.status >= 400, "{cut:?}");
    let mut large = secretive();
    large["alias"] = "x".repeat(40_000).into();
    let large = server.admin("POST", "/tyk/keys/name-nobody-sees", &large).await;
    assert!(large.status >= 400, "{large:?}");
    (tokens, made)
}

/// Makes, lists, verifies and deletes keys of an organisation, with mistakes in between; the tokens.
async fn use_gmi(server: &Process) -> Vec<String> {
    let session = session_token(&json!({"userId": "olga", "exp": 9_999_999_999_i64}));
    let ask = async |method, path: &str, body| server.bearer(method, path, &session, body).await;
    let org = ask("POST", "/api/v1/organizations", json!({"name": "Acme"})).await.expect(201).text_of("id");
    let keys = format!("/api/v1/organizations/{org}/api-keys");
    let mut tokens = vec![session.clone()];
    for _ in 0..2 {
        let token = ask("POST", &keys, json!({"name": "k"})).await.expect(201).text_of("key");
        let current = server.bearer("GET", "/api/v1/me/api-keys/current", &token, ()).await.expect(200).json();
        let path = format!("{keys}/{}", current["key"]["id"].as_str().unwrap());
        tokens.push(token);
        if tokens.len() == 3 {
            let _deleted = ask("DELETE", &path, Value::Null).await.expect(200);
        }
    }
    let _listed = ask("GET", &keys, Value::Null).await.expect(200);
    let _wrong = ask("POST", &keys, json!({"name": 1})).await.expect(400);
    for token in &tokens {
        let damaged = format!("{token}x");
        let _refused = server.bearer("GET", "/api/v1/me/profile", &damaged, ()).await.expect(401);
        let _refused = server.bearer("GET", "/api/v1/me/api-keys/current", &damaged, ()).await.expect(401);
    }
    // Tokens share their first part, and lists show the last ten characters of a key's.
    tokens.iter().map(|token| token.split('.').nth(1).unwrap().to_owned()).collect()
}

/// What must be found nowhere, each with a name for the message.
fn needles(folder: &Path, tokens: &[String], made: &[String]) -> Vec<(String, Vec<u8>)> {
    let secrets = SECRETS.iter().copied().chain(made.iter().map(String::as_str));
    let mut needles: Vec<_> = secrets.map(|secret| (secret.to_owned(), secret.as_bytes().to_vec())).collect();
    // The organisation's id is no secret; what follows it is.
    needles.extend(tokens.iter().map(|token| (token.clone(), token.trim_start_matches(ORG).as_bytes().to_vec())));
    let kept = |name: &str| fs::read_to_string(folder.join(name)).unwrap().trim().to_owned();
    let admin = kept("admin-secret");
    let bytes = (0..admin.len()).step_by(2).map(|at| u8::from_str_radix(&admin[at..at + 2], 16).unwrap());
    needles.push(("the admin secret's bytes".into(), bytes.collect()));
    needles.push(("the admin secret".into(), admin.into_bytes()));
    for (name, text) in [("id", kept("id-secret")), ("seal", kept("seal-secrets").trim_start_matches("v1:").into())] {
        let text = text.trim_end_matches('=');
        needles.push((format!("the {name} secret's bytes"), STANDARD_NO_PAD.decode(text).unwrap()));
        needles.push((format!("the {name} secret"), text.into()));
    }
    needles
}

/// The ways in which `secret` may stand in other bytes: as it is, in hex, in base64 from any offset.
fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![secret.to_vec(), hex.to_uppercase().into_bytes(), hex.into_bytes()];
    for offset in 0..3 {
        let padded = [&[0; 2][..offset], secret].concat();
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            // Without the characters that depend on the neighbours too.
            let text = engine.encode(&padded).into_bytes();
            forms.push(text[[0, 2, 3][offset]..text.len() - 1].to_vec());
        }
    }
    forms
}

fn assert_absent(needles: &[(String, Vec<u8>)], place: &str, haystack: &[u8]) {
    for (name, secret) in needles {
        for form in forms(secret) {
            assert!(!contains(haystack, &form), "{name} is in {place}, as {}", String::from_utf8_lossy(&form));
        }
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// Every name and every value of an item; binary as it is.
fn bytes(item: &Item) -> Vec<u8> {
    let mut all = Vec::new();
    for (name, value) in item {
        all.extend([name.as_bytes(), b"=", &value_bytes(value), b"\n"].concat());
    }
    all
}

fn value_bytes(value: &AttributeValue) -> Vec<u8> {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.clone().into_bytes(),
        AttributeValue::B(blob) => blob.as_ref().to_vec(),
        AttributeValue::M(map) => bytes(map),
        AttributeValue::L(list) => list.iter().flat_map(value_bytes).collect(),
        AttributeValue::Bool(_) => Vec::new(),
        other => panic!("never stored: {other:?}"),
    }
}

/// Looks through every file but those that hold the secrets.
fn assert_absent_from_files(needles: &[(String, Vec<u8>)], folder: &Path) {
    let mut databases = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if ["admin-secret", "id-secret", "seal-secrets"].contains(&name) {
            continue;
        }
        databases += usize::from(name.starts_with("latchkey.db"));
        let content = fs::read(&path).unwrap();
        assert_absent(needles, name, &content);
    }
    assert!(databases > 0, "no database to look through");
}

#[test]
fn a_secret_is_found_in_every_form() {
    let secret = b"the secret";
    let found = |text: &[u8]| forms(secret).iter().any(|form| contains(text, form));
    for before in 0..4 {
        let hidden = [&b"abcd"[..before], secret, b"efgh"].concat();
        assert!(found(&hidden) && found(STANDARD_NO_PAD.encode(&hidden).as_bytes()), "{before}");
        assert!(found(URL_SAFE_NO_PAD.encode(&hidden).as_bytes()), "{before}");
    }
    assert!(found(b"<74686520736563726574>") && !found(b"the other secre"));
}

#[tokio::test]
async fn the_database_and_the_output_hold_no_token_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = latchkey_on(folder.path());
    command.env(SESSION_JWT_SECRET.name, SESSION_SECRET);
    let server = Process::spawn(command).await;
    let (mut tokens, made) = use_secrets(&server).await;
    tokens.extend(use_gmi(&server).await);
    tokens.push(SESSION_SECRET.to_owned());
    let needles = needles(folder.path(), &tokens, &made);
    // The files while it runs, with what it has not yet tidied up, and after.
    assert_absent_from_files(&needles, folder.path());
    let ended = server.stop().await;
    assert_absent_from_files(&needles, folder.path());
    assert!(ended.stdout.contains("admin-secret)"), "{}", ended.stdout);
    assert!(ended.stderr.contains("code=\"not_a_user\""), "{}", ended.stderr);
    assert_absent(&needles, "what it prints", ended.stdout.as_bytes());
    assert_absent(&needles, "what it logs", ended.stderr.as_bytes());

    let mut seen = Vec::new();
    for table in Table::ALL {
        seen.extend(items(folder.path(), table).await.iter().flat_map(bytes));
    }
    assert_absent(&needles, "the tables", &seen);
    assert!(contains(&seen, b"key.delete") && contains(&seen, b"acme"), "the dump is not of what was done");
}

#[tokio::test]
async fn a_deleted_key_leaves_its_counters_and_usage_and_nothing_secret() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::start(folder.path()).await;
    let token = server.admin("POST", "/tyk/keys/create", secretive()).await.expect(200).text_of("key");
    let _org = server.admin("POST", "/tyk/org/keys/acme", secretive()).await.expect(200);
    let stopped = server.stop().await;
    assert_eq!(stopped.status.code(), Some(0));
    for item in keys(folder.path()).await {
        assert!(item.contains_key("doc") && item.contains_key("sec"), "nothing for deletion to remove: {item:?}");
    }

    let server = Process::start(folder.path()).await;
    let _deleted = server.admin("DELETE", &format!("/tyk/keys/{token}"), ()).await.expect(200);
    let _deleted = server.admin("DELETE", "/tyk/org/keys/acme", ()).await.expect(200);
    server.stop().await;
    let [tombstone] = keys(folder.path()).await.try_into().unwrap();
    assert_eq!(text(&tombstone, "off"), "deleted");
    let organisations = items(folder.path(), Table::Organizations).await.into_iter();
    let [limits] = organisations.filter(|item| text(item, "org") == "org#acme").collect::<Vec<_>>().try_into().unwrap();
    for item in [&tombstone, &limits] {
        for name in ["doc", "sec", "ar", "x", "k", "any"] {
            assert!(!item.contains_key(name), "{name} outlives its key");
        }
        for name in ["rl", "re", "rm", "rp", "ql", "qe", "qm", "qp"] {
            let _counter: i64 = text(item, name).parse().unwrap();
        }
        assert!(item["u"].is_m() && item["c"].is_m(), "{item:?}");
    }
    let [row] = items(folder.path(), Table::OrgKeys).await.try_into().unwrap();
    assert!(text(&row, "sk").starts_with("gone#") && !row.contains_key("t"), "{row:?}");
}

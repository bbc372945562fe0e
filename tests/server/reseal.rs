//! `latchkey reseal`, as its user runs it.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_harness::{ADMIN, SecretsManager, key, test_secret};
use latchkey_shared::secrets::Secret;
use serde_json::json;
use tokio::process::Command;

use crate::process::{Process, latchkey_on, run};

/// Puts a new secret in front of those that the folder keeps.
fn add_secret(folder: &Path) {
    let file = folder.join("seal-secrets");
    let old = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("v2:{},{old}", STANDARD.encode([7; 32]))).unwrap();
}

#[tokio::test]
async fn after_reseal_the_old_secret_can_be_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::start(folder.path()).await;
    let mut body = key("default");
    body["hmac_string"] = "signs-requests".into();
    let token = server.admin("POST", "/tyk/keys/create", &body).await.expect(200).text_of("key");
    server.stop().await;

    add_secret(folder.path());
    for moved in ["2 moved to v2", "0 moved to v2"] {
        let resealed = run(latchkey_on(folder.path()).arg("reseal")).await;
        assert!(resealed.status.success(), "{}", resealed.stderr);
        let last = resealed.stdout.lines().last().unwrap();
        assert!(last.ends_with(moved), "{}", resealed.stdout);
    }
    let file = folder.path().join("seal-secrets");
    let both = fs::read_to_string(&file).unwrap();
    fs::write(&file, both.split(',').next().unwrap()).unwrap();

    let server = Process::start(folder.path()).await;
    assert_eq!(server.admin("GET", "/tyk/keys", ()).await.expect(200).json(), json!({"keys": [token]}));
    let session = server.admin("GET", &format!("/tyk/keys/{token}"), ()).await.expect(200).json();
    assert_eq!(session["hmac_string"], "signs-requests");
}

#[tokio::test]
async fn reseal_says_what_it_cannot_open() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::start(folder.path()).await;
    let _made = server.admin("POST", "/tyk/keys/create", key("default")).await.expect(200);
    server.stop().await;
    fs::write(folder.path().join("seal-secrets"), format!("v2:{}", STANDARD.encode([7; 32]))).unwrap();
    let resealed = run(latchkey_on(folder.path()).arg("reseal")).await;
    assert!(!resealed.status.success());
    assert!(
        resealed.stderr.contains("1 values cannot be opened with any secret in LATCHKEY_SEAL_SECRETS"),
        "{}",
        resealed.stderr
    );
}

#[tokio::test]
async fn reseal_does_not_take_empty_tables_for_resealed_ones() {
    let folder = tempfile::tempdir().unwrap();
    let resealed = run(latchkey_on(folder.path()).arg("reseal")).await;
    assert!(!resealed.status.success());
    assert!(resealed.stderr.contains("the tables are empty: are these their names?"), "{}", resealed.stderr);
}

#[tokio::test]
async fn reseal_is_refused_while_a_server_uses_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let _server = Process::start(folder.path()).await;
    let resealed = run(latchkey_on(folder.path()).arg("reseal")).await;
    assert!(!resealed.status.success());
    assert!(resealed.stderr.contains("in use by another latchkey"), "{}", resealed.stderr);
}

/// `latchkey` on this folder, with an admin secret of the environment and the others in Secrets Manager.
fn with_secrets_of(manager: &SecretsManager, folder: &Path) -> Command {
    let mut command = latchkey_on(folder);
    command.env("LATCHKEY_ADMIN_SECRET", ADMIN).envs(manager.settings(&[Secret::Id, Secret::Seal]));
    command.env("AWS_REGION", "local").env("AWS_ACCESS_KEY_ID", "local").env("AWS_SECRET_ACCESS_KEY", "local");
    command
}

#[tokio::test]
async fn secrets_in_secrets_manager_serve_and_reseal() {
    let (folder, manager) = (tempfile::tempdir().unwrap(), SecretsManager::start().await);
    let server = Process::spawn(with_secrets_of(&manager, folder.path())).await;
    let token = server.admin("POST", "/tyk/keys/create", key("default")).await.expect(200).text_of("key");
    server.stop().await;

    manager.put(Secret::Seal, &format!("v2:{}\n{}", test_secret('T'), test_secret('S')));
    let resealed = run(with_secrets_of(&manager, folder.path()).arg("reseal")).await;
    assert!(resealed.status.success() && resealed.stdout.contains("1 moved to v2"), "{}", resealed.stdout);
    manager.put(Secret::Seal, &format!("v2:{}", test_secret('T')));
    let server = Process::spawn(with_secrets_of(&manager, folder.path())).await;
    assert_eq!(server.admin("GET", "/tyk/keys", ()).await.expect(200).json(), json!({"keys": [token]}));
    server.stop().await;

    manager.fail(true);
    let failed = run(&mut with_secrets_of(&manager, folder.path())).await;
    assert!(!failed.status.success() && failed.stderr.contains("the secrets are not available"), "{}", failed.stderr);
    for secret in ["id-secret", "seal-secrets"] {
        assert!(!folder.path().join(secret).exists(), "{secret} is kept elsewhere");
    }
}

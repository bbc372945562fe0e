//! What was acknowledged is there after a restart, and so are the secrets that were made.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use latchkey_harness::key;
use serde_json::json;

use crate::process::Process;

#[tokio::test]
async fn keys_replacements_and_deletions_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::start(folder.path()).await;
    let mut sealed = key("default");
    sealed["jwt_data"] = json!({"secret": "signs-requests"});
    let made = server.admin("POST", "/tyk/keys/create", &sealed).await.expect(200).text_of("key");
    for name in ["replaced", "moved", "deleted"] {
        let _made = server.admin("POST", &format!("/tyk/keys/default{name}"), key("default")).await.expect(200);
    }
    let replacement = json!({"org_id": "default", "alias": "second", "access_rights": key("")["access_rights"]});
    let _replaced = server.admin("PUT", "/tyk/keys/defaultreplaced", &replacement).await.expect(200);
    let _moved = server.admin("PUT", "/tyk/keys/defaultmoved", key("other")).await.expect(200);
    let _deleted = server.admin("DELETE", "/tyk/keys/defaultdeleted", ()).await.expect(200);
    let paths = [format!("/tyk/keys/{made}"), "/tyk/keys/defaultreplaced".into(), "/tyk/keys/defaultmoved".into()];
    let mut before = Vec::new();
    for path in paths.iter().map(String::as_str).chain(["/tyk/keys", "/tyk/keys?filter=other"]) {
        before.push((path, server.admin("GET", path, ()).await.expect(200).json()));
    }
    server.stop().await;

    let server = Process::start(folder.path()).await;
    for (path, answer) in &before {
        assert_eq!(server.admin("GET", path, ()).await.expect(200).json(), *answer, "{path}");
    }
    assert_eq!(before[0].1["jwt_data"]["secret"], "signs-requests");
    assert_eq!(before[1].1["alias"], "second");
    assert_eq!(before[2].1["org_id"], "other");
    let _gone = server.admin("GET", "/tyk/keys/defaultdeleted", ()).await.expect(404);
    let _gone = server.admin("DELETE", "/tyk/keys/defaultdeleted", ()).await.expect(404);
}

#[tokio::test]
async fn organisation_limits_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::start(folder.path()).await;
    for (org, rate) in [("acme", 5), ("acme", 7), ("gone", 5), ("other", 5)] {
        let limits = json!({"rate": rate, "per": 60});
        let _put = server.admin("POST", &format!("/tyk/org/keys/{org}"), &limits).await.expect(200);
    }
    let _deleted = server.admin("DELETE", "/tyk/org/keys/gone", ()).await.expect(200);
    let before = server.admin("GET", "/tyk/org/keys/acme", ()).await.expect(200).json();
    server.stop().await;

    let server = Process::start(folder.path()).await;
    let after = server.admin("GET", "/tyk/org/keys/acme", ()).await.expect(200).json();
    assert_eq!((&after, &after["rate"]), (&before, &json!(7)));
    let _gone = server.admin("GET", "/tyk/org/keys/gone", ()).await.expect(404);
    let listed = server.admin("GET", "/tyk/org/keys", ()).await.expect(200).json();
    assert_eq!(listed["keys"], json!(["acme", "other"]));
}

#[tokio::test]
async fn made_secrets_are_kept_for_their_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["admin-secret", "id-secret", "seal-secrets"].map(|name| folder.path().join(name));
    let read = || files.each_ref().map(|file| fs::read_to_string(file).unwrap());
    let server = Process::start(folder.path()).await;
    let (secret, made) = (server.secret.clone(), read());
    server.stop().await;

    let server = Process::start(folder.path()).await;
    assert_eq!(read(), made);
    let _accepted = server.send("GET", "/tyk/keys", &secret, ()).await.expect(200);
    let _refused = server.send("GET", "/tyk/keys", "another-secret", ()).await.expect(403);
    for file in &files {
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn two_folders_have_different_secrets() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for folder in &folders {
        Process::start(folder.path()).await.stop().await;
    }
    for name in ["admin-secret", "id-secret", "seal-secrets"] {
        let [one, other] = folders.each_ref().map(|folder| fs::read(folder.path().join(name)).unwrap());
        assert_ne!(one, other, "{name}");
    }
}

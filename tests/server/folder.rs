//! The data folder: secrets, database and each other's traces must fit, or the server does not start.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_harness::key;

use crate::process::{Ended, Process, latchkey_on, run};

/// A folder in which a server has made a key.
async fn with_a_key() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::start(folder.path()).await;
    let _made = server.admin("POST", "/tyk/keys/defaultkept", key("default")).await.expect(200);
    server.stop().await;
    folder
}

/// A folder in which a server has run, and no more.
async fn without_keys() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    Process::start(folder.path()).await.stop().await;
    folder
}

/// Starts a server that is expected not to.
async fn refused(folder: &Path) -> Ended {
    let ended = run(&mut latchkey_on(folder)).await;
    assert_ne!(ended.status.code(), Some(0));
    assert!(!ended.stdout.contains("http://"), "it greets before it refuses: {}", ended.stdout);
    ended
}

async fn still_has_its_key(folder: &Path) {
    let server = Process::start(folder).await;
    let _found = server.admin("GET", "/tyk/keys/defaultkept", ()).await.expect(200);
    let listed = server.admin("GET", "/tyk/keys", ()).await.expect(200).json();
    assert_eq!(listed["keys"], serde_json::json!(["defaultkept"]));
}

fn remove_database(folder: &Path) {
    for file in ["latchkey.db", "latchkey.db-wal", "latchkey.db-shm"] {
        let _not_there = fs::remove_file(folder.join(file));
    }
}

#[tokio::test]
async fn a_missing_secret_beside_keys_stops_the_start_and_is_not_made_again() {
    let folder = with_a_key().await;
    for (file, setting) in [("id-secret", "LATCHKEY_ID_SECRET"), ("seal-secrets", "LATCHKEY_SEAL_SECRETS")] {
        let file = folder.path().join(file);
        let secret = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        let told = refused(folder.path()).await.stderr;
        assert!(told.contains(file.to_str().unwrap()) && told.contains(setting), "{told}");
        assert!(!file.exists());
        fs::write(&file, secret).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    still_has_its_key(folder.path()).await;
}

#[tokio::test]
async fn an_exchanged_secret_beside_keys_stops_the_start() {
    let folder = with_a_key().await;
    let other = STANDARD.encode([7; 32]);
    for (setting, exchanged) in [
        ("LATCHKEY_ID_SECRET", other.clone()),
        ("LATCHKEY_SEAL_SECRETS", format!("v1:{other}")),
        ("LATCHKEY_SEAL_SECRETS", format!("v2:{other},v1:{other}")),
        ("LATCHKEY_SEAL_SECRETS", format!("v2:{other}")),
    ] {
        let ended = run(latchkey_on(folder.path()).env(setting, &exchanged)).await;
        assert_ne!(ended.status.code(), Some(0), "{setting}={exchanged}");
        assert!(ended.stderr.contains(setting) && !ended.stderr.contains(&other), "{}", ended.stderr);
    }
    still_has_its_key(folder.path()).await;
}

#[tokio::test]
async fn a_database_of_another_folder_stops_the_start() {
    let (one, other) = (with_a_key().await, with_a_key().await);
    remove_database(one.path());
    fs::copy(other.path().join("latchkey.db"), one.path().join("latchkey.db")).unwrap();
    let told = refused(one.path()).await.stderr;
    assert!(told.contains("LATCHKEY_ID_SECRET is not the secret"), "{told}");
}

#[tokio::test]
async fn secrets_may_change_as_long_as_there_are_no_keys() {
    let folder = without_keys().await;
    for file in ["id-secret", "seal-secrets"] {
        fs::remove_file(folder.path().join(file)).unwrap();
    }
    let server = Process::start(folder.path()).await;
    let _made = server.admin("POST", "/tyk/keys/defaultkept", key("default")).await.expect(200);
    server.stop().await;
    still_has_its_key(folder.path()).await;
}

#[tokio::test]
async fn a_new_seal_secret_in_front_and_a_new_admin_secret_do_not_stop_the_start() {
    let folder = with_a_key().await;
    let file = folder.path().join("seal-secrets");
    let old = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("v2:{},{old}", STANDARD.encode([7; 32]))).unwrap();
    fs::remove_file(folder.path().join("admin-secret")).unwrap();
    still_has_its_key(folder.path()).await;
}

#[tokio::test]
async fn a_missing_or_emptied_database_stops_the_start() {
    let folder = with_a_key().await;
    let file = folder.path().join("latchkey.db");
    remove_database(folder.path());
    let told = refused(folder.path()).await.stderr;
    assert!(told.contains(&format!("{}: missing or empty", file.display())), "{told}");
    assert!(!file.exists());
    fs::write(&file, "").unwrap();
    let told = refused(folder.path()).await.stderr;
    assert!(told.contains(&format!("{}: missing or empty", file.display())), "{told}");
    // One in which there is nothing either, though the file is not empty.
    rusqlite::Connection::open(&file).unwrap().execute_batch("CREATE TABLE t (v); DROP TABLE t").unwrap();
    let told = refused(folder.path()).await.stderr;
    assert!(told.contains(file.to_str().unwrap()) && told.contains("put the file back"), "{told}");
}

#[tokio::test]
async fn a_database_that_is_not_ours_stops_the_start_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("latchkey.db");
    let foreign = rusqlite::Connection::open(&file).unwrap();
    foreign.execute_batch("CREATE TABLE customers (name TEXT); INSERT INTO customers VALUES ('Ada')").unwrap();
    drop(foreign);
    let no_database = "not a database at all, but long enough to have the header of one. ".repeat(20);
    for content in [fs::read(&file).unwrap(), no_database.into_bytes()] {
        fs::write(&file, &content).unwrap();
        let told = refused(folder.path()).await.stderr;
        assert!(told.contains(&format!("{}: not a database of Latchkey's", file.display())), "{told}");
        assert_eq!(fs::read(&file).unwrap(), content);
    }
}

#[tokio::test]
async fn a_secret_that_others_can_read_stops_the_start() {
    let folder = without_keys().await;
    let file = folder.path().join("admin-secret");
    for mode in [0o604, 0o640, 0o620] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let told = refused(folder.path()).await.stderr;
        assert!(told.contains(&format!("{}: has mode {mode:04o}", file.display())), "{told}");
    }
    fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
    Process::start(folder.path()).await.stop().await;
}

#[tokio::test]
async fn a_secret_is_neither_read_nor_written_through_a_link() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let victim = outside.path().join("victim");
    fs::write(&victim, "untouched").unwrap();
    fs::set_permissions(&victim, fs::Permissions::from_mode(0o600)).unwrap();
    // Where a secret is written before it gets its name.
    symlink(&victim, folder.path().join("admin-secret.new")).unwrap();
    Process::start(folder.path()).await.stop().await;
    let secret = folder.path().join("admin-secret");
    assert!(fs::symlink_metadata(&secret).unwrap().is_file());

    let (absent, linked) = (outside.path().join("absent"), [secret.clone(), folder.path().join("lock")]);
    for target in [&victim, &absent] {
        for link in &linked {
            let before = fs::read(link).unwrap();
            fs::remove_file(link).unwrap();
            symlink(target, link).unwrap();
            let told = refused(folder.path()).await.stderr;
            assert!(told.contains(folder.path().to_str().unwrap()), "{told}");
            fs::remove_file(link).unwrap();
            fs::write(link, before).unwrap();
            fs::set_permissions(link, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
    assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
    assert!(!absent.exists());
}

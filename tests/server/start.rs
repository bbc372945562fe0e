//! What the command says of itself, and what keeps it from starting.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use latchkey_harness::key;
use latchkey_shared::settings::{SETTINGS, Setting};

use crate::process::{Ended, Process, latchkey, latchkey_on, run};

/// Starts a server on a folder of its own with one setting, and expects that it refuses to.
async fn refused(name: &str, value: impl AsRef<OsStr>) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let ended = run(latchkey_on(folder.path()).env(name, value)).await;
    assert_ne!(ended.status.code(), Some(0), "{name}");
    assert!(!ended.stdout.contains("http://"), "it greets before it refuses: {}", ended.stdout);
    ended
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let first = Process::start(folder.path()).await;
    let second = run(&mut latchkey_on(folder.path())).await;
    assert_ne!(second.status.code(), Some(0));
    let told = format!("{}: in use by another latchkey", folder.path().display());
    assert!(second.stderr.contains(&told), "{}", second.stderr);
    let _undisturbed = first.admin("POST", "/tyk/keys/create", key("default")).await.expect(200);
}

#[tokio::test]
async fn a_port_in_use_is_refused() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = Process::start(folder.path()).await;
    let address = first.address.to_string();
    let second = run(latchkey(&["--listen", &address]).arg("--data").arg(other.path())).await;
    assert_ne!(second.status.code(), Some(0));
    assert!(second.stderr.contains(&format!("--listen {address}: Address already in use")), "{}", second.stderr);
    assert_eq!(second.stdout, "");
}

#[tokio::test]
async fn a_folder_that_cannot_be_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let ended = run(&mut latchkey_on(&file)).await;
    assert_ne!(ended.status.code(), Some(0));
    assert!(ended.stderr.contains(file.to_str().unwrap()), "{}", ended.stderr);
}

#[tokio::test]
async fn a_wrong_setting_is_named_and_its_value_is_not_repeated() {
    for (name, value) in [
        ("LATCHKEY_LOG", "yaml-not-json"),
        ("LATCHKEY_ADMIN_SECRET", "fifteen-letters"),
        ("LATCHKEY_ADMIN_SECRET", "sechzehn Schlüssel"),
        ("LATCHKEY_ADMIN_SECRET_PREVIOUS", "short-one"),
        ("LATCHKEY_ID_SECRET", "no base64 at all"),
        ("LATCHKEY_ID_SECRET", "dG9vIHNob3J0"),
        ("LATCHKEY_SEAL_SECRETS", "no-version-no-colon"),
        ("LATCHKEY_SEAL_SECRETS", "v1:dG9vIHNob3J0"),
        ("LATCHKEY_TYK_EDITION", "5.12-is-none"),
        ("LATCHKEY_APIS", "an-api-of-nobody"),
        ("LATCHKEY_ALLOW_MASTER_KEYS", "certainly"),
        ("LATCHKEY_MIN_TOKEN_LENGTH", "three"),
        ("LATCHKEY_MAX_KEY_BYTES", "1000000"),
        ("LATCHKEY_SESSION_JWT_SECRET", "  \n  "),
        ("LATCHKEY_SESSION_JWKS", "http://id.example.org/not-safe"),
        ("LATCHKEY_SESSION_JWKS", "no-such-file.json"),
        ("LATCHKEY_SESSION_CLAIMS", "nobody=knows"),
        ("LATCHKEY_MAX_KEYS_PER_ORG", "very-many"),
        ("LATCHKEY_TABLE_PREFIX", "not/a/prefix"),
        ("LATCHKEY_TLS_ROOTS", "everyone's"),
    ] {
        let told = refused(name, value).await.stderr;
        assert!(told.contains(&format!(" {name} ")), "{name}={value}: {told}");
        assert!(value.is_empty() || !told.contains(value), "{name}={value}: {told}");
    }
}

#[tokio::test]
async fn a_wrong_previous_admin_secret_is_not_mistaken_for_the_present_one() {
    let told = refused("LATCHKEY_ADMIN_SECRET_PREVIOUS", "too-short").await.stderr;
    assert!(told.contains(" LATCHKEY_ADMIN_SECRET_PREVIOUS "), "{told}");
}

#[tokio::test]
async fn an_endpoint_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = latchkey_on(folder.path());
    command.env("AWS_REGION", "local").env("AWS_ACCESS_KEY_ID", "id").env("AWS_SECRET_ACCESS_KEY", "hidden-key");
    for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"] {
        let ended = run(command.env(name, "not an endpoint")).await;
        assert_ne!(ended.status.code(), Some(0));
        assert!(ended.stderr.contains(&format!("{name} must be")), "{}", ended.stderr);
        assert!(!ended.stderr.contains("hidden-key"), "{}", ended.stderr);
        command.env_remove(name);
    }
}

#[tokio::test]
async fn without_credentials_for_another_store_the_start_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = latchkey_on(folder.path());
    command.env("AWS_REGION", "local").env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let ended = run(command.env("AWS_EC2_METADATA_DISABLED", "true")).await;
    assert_ne!(ended.status.code(), Some(0));
    assert!(ended.stderr.contains("there are no AWS credentials: "), "{}", ended.stderr);
}

#[tokio::test]
async fn a_variable_that_is_empty_counts_as_not_set() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = latchkey_on(folder.path());
    command.env("AWS_ENDPOINT_URL", "").env("AWS_ENDPOINT_URL_DYNAMODB", "");
    command.env("LATCHKEY_ADMIN_SECRET_PREVIOUS", "").env("LATCHKEY_SEAL_SECRETS", "");
    command.env("LATCHKEY_SEAL_SECRETS_ARN", "").env("LATCHKEY_SESSION_JWT_SECRET", "");
    let server = Process::spawn(command).await;
    let _answered = server.admin("GET", "/tyk/keys", ()).await.expect(200);
}

#[tokio::test]
async fn a_setting_that_is_no_text_is_refused_rather_than_passed_over() {
    for name in ["LATCHKEY_ADMIN_SECRET", "LATCHKEY_ALLOW_MASTER_KEYS"] {
        let told = refused(name, OsStr::from_bytes(b"\xff\xfe")).await.stderr;
        assert!(told.contains(name), "{told}");
    }
}

#[tokio::test]
async fn a_damaged_secret_is_refused_and_not_made_again() {
    for (file, setting) in [
        ("admin-secret", "LATCHKEY_ADMIN_SECRET"),
        ("id-secret", "LATCHKEY_ID_SECRET"),
        ("seal-secrets", "LATCHKEY_SEAL_SECRETS"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        Process::start(folder.path()).await.stop().await;
        fs::write(folder.path().join(file), "").unwrap();
        let ended = run(&mut latchkey_on(folder.path())).await;
        assert_ne!(ended.status.code(), Some(0));
        assert!(ended.stderr.contains(setting), "{}", ended.stderr);
        assert_eq!(fs::read(folder.path().join(file)).unwrap(), b"");
    }
}

#[tokio::test]
async fn a_given_secret_is_used_and_not_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = latchkey_on(folder.path());
    command
        .env("LATCHKEY_ADMIN_SECRET", "given-secret-of-16\n")
        .env("LATCHKEY_ADMIN_SECRET_PREVIOUS", "earlier-secret-of-16");
    let server = Process::spawn(command).await;
    for secret in ["given-secret-of-16", "earlier-secret-of-16"] {
        let _accepted = server.send("GET", "/tyk/keys", secret, ()).await.expect(200);
    }
    assert!(!folder.path().join("admin-secret").exists());
    let ended = server.stop().await;
    assert!(ended.stdout.contains("$LATCHKEY_ADMIN_SECRET"), "{}", ended.stdout);
    for secret in ["given-secret", "earlier-secret"] {
        assert!(!ended.stdout.contains(secret) && !ended.stderr.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_setting_whose_name_is_unknown_stops_the_start_with_a_suggestion() {
    let told = refused("LATCHKEY_HASH_KEY", "true").await.stderr;
    assert!(told.contains("LATCHKEY_HASH_KEY is not a known setting; did you mean LATCHKEY_HASH_KEYS?"), "{told}");
}

#[tokio::test]
async fn the_secret_command_of_the_greeting_works_in_a_shell_whatever_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("it's a data $HOME");
    for arguments in [vec!["--listen", "127.0.0.1:0", "--memory"], vec!["--listen", "127.0.0.1:0", "--data", "data"]] {
        fs::create_dir_all(&odd).unwrap();
        let mut command = latchkey(&arguments);
        command.current_dir(&odd).env("TMPDIR", &odd);
        let server = Process::spawn(command).await;
        let mut shell = tokio::process::Command::new("sh");
        shell.arg("-c").arg(format!("echo {}", server.secret_command)).current_dir(&odd);
        let printed = String::from_utf8(shell.output().await.unwrap().stdout).unwrap();
        let _accepted = server.send("GET", "/tyk/keys", printed.trim(), ()).await.expect(200);
    }
}

#[tokio::test]
async fn help_lists_every_setting() {
    let help = run(&mut latchkey(&["--help"])).await;
    assert_eq!(help.status.code(), Some(0));
    for Setting { name, default, meaning, .. } in SETTINGS {
        let listed = |line: &str| {
            line.split_whitespace().next() == Some(*name) && line.contains(default) && line.contains(meaning)
        };
        assert!(help.stdout.lines().any(listed), "{name}: {}", help.stdout);
    }
}

#[tokio::test]
async fn version_is_told() {
    let version = run(&mut latchkey(&["--version"])).await;
    assert_eq!(version.status.code(), Some(0));
    assert_eq!(version.stdout, concat!("latchkey ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[tokio::test]
async fn memory_keeps_nothing_and_leaves_no_file_behind() {
    let (folder, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let start = || {
        let mut command = latchkey(&["--listen", "127.0.0.1:0", "--memory"]);
        command.current_dir(folder.path()).env("TMPDIR", temporary.path());
        Process::spawn(command)
    };
    let server = start().await;
    let first_secret = server.secret.clone();
    let _made = server.admin("POST", "/tyk/keys/defaultbrief", key("default")).await.expect(200);
    server.stop().await;
    for folder in [&folder, &temporary] {
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.is_empty(), "{left:?}");
    }

    let server = start().await;
    let _unknown = server.admin("GET", "/tyk/keys/defaultbrief", ()).await.expect(404);
    assert_ne!(server.secret, first_secret);
}

//! How a command ends that cannot be done. No message has a secret in it.

use std::net::TcpListener;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use super::{Operator, file};
use crate::process::{Ended, latchkey, run};

const SECRET: &str = "a-secret-that-is-never-shown";

/// `latchkey` with this secret in a file.
async fn ask(url: &str, arguments: &[&str]) -> Ended {
    let secret = file(SECRET);
    let mut command = latchkey(arguments);
    command.env("LATCHKEY_URL", url).env("LATCHKEY_SECRET_FILE", secret.path());
    let ended = run(&mut command).await;
    assert!(!ended.stdout.contains(SECRET) && !ended.stderr.contains(SECRET), "{}{}", ended.stdout, ended.stderr);
    ended
}

/// A server that answers everything like this.
async fn stub(answer: impl Fn() -> axum::response::Response + Clone + Send + Sync + 'static) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(move || std::future::ready(answer()));
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

#[tokio::test]
async fn a_wrong_secret_and_none_end_with_4() {
    let operator = Operator::start().await;
    let url = format!("http://{}", operator.server.address);
    for arguments in
        [&["orgs", "list"][..], &["usage", "--org", "acme"], &["keys", "create", "--org", "acme", "--api", "orders"]]
    {
        let refused = ask(&url, arguments).await;
        assert_eq!(refused.status.code(), Some(4), "{}", refused.stderr);
        assert!(refused.stderr.starts_with("error: "), "{}", refused.stderr);
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let none = run(latchkey(&["orgs", "list", "--url", &url]).current_dir(elsewhere.path())).await;
    assert_eq!(none.status.code(), Some(4));
    assert_eq!(none.stderr, "error: no admin secret: give it with --secret-file, or set LATCHKEY_SECRET_FILE\n");
}

#[tokio::test]
async fn the_secret_is_found_where_the_help_says() {
    let operator = Operator::start().await;
    let url = format!("http://{}", operator.server.address);
    let (wrong, folder) = (file("wrong"), operator.folder.path().to_str().unwrap().to_owned());
    let secret_file = format!("{folder}/admin-secret");
    let command = |arguments: &[&str]| {
        let mut command = latchkey(arguments);
        command.env("LATCHKEY_URL", &url).current_dir(operator.folder.path().parent().unwrap());
        command
    };
    // The option comes before the variables, and the file before the secret itself.
    let mut option = command(&["orgs", "list", "--secret-file", &secret_file]);
    option.env("LATCHKEY_SECRET_FILE", wrong.path()).env("LATCHKEY_ADMIN_SECRET", "wrong");
    let mut variable = command(&["orgs", "list"]);
    variable.env("LATCHKEY_SECRET_FILE", &secret_file).env("LATCHKEY_ADMIN_SECRET", "wrong");
    let mut itself = command(&["orgs", "list", "--data", "no-such-folder"]);
    itself.env("LATCHKEY_ADMIN_SECRET", format!("{}\nan-older-secret", operator.server.secret));
    for mut found in [
        option,
        variable,
        itself,
        command(&["orgs", "list", "--data", &folder]),
        command(&["--data", &folder, "orgs", "list"]),
    ] {
        let ended = run(&mut found).await;
        assert_eq!(ended.status.code(), Some(0), "{found:?}: {}", ended.stderr);
    }
    let listed = operator.reading(&operator.server.secret, 0, &["orgs", "list", "--secret-file", "-"]).await;
    assert_eq!(listed.stdout, "ORG\n");
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_or_fails_ends_with_3() {
    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let unreachable = ask(&format!("http://{unused}"), &["orgs", "list"]).await;
    assert_eq!(unreachable.status.code(), Some(3), "{}", unreachable.stderr);
    assert!(unreachable.stderr.starts_with(&format!("error: http://{unused}: ")), "{}", unreachable.stderr);

    let failing = stub(|| {
        (StatusCode::SERVICE_UNAVAILABLE, r#"{"error":{"message":"the store failed: try again"}}"#).into_response()
    })
    .await;
    let failed = ask(&failing, &["orgs", "list"]).await;
    assert_eq!(failed.status.code(), Some(3));
    assert_eq!(failed.stderr, "error: the store failed: try again (status 503)\n");
    let made =
        ask(&failing, &["keys", "create", "--org", "acme", "--api", "orders", "--idempotency-key", "my-own-key-of-16"])
            .await;
    assert_eq!(made.status.code(), Some(3));
    assert!(made.stderr.contains("--idempotency-key my-own-key-of-16"), "{}", made.stderr);

    let other = stub(|| "<html>not Latchkey</html>".into_response()).await;
    let unexpected = ask(&other, &["orgs", "list"]).await;
    assert_eq!(unexpected.status.code(), Some(3), "{}", unexpected.stderr);
}

#[tokio::test]
async fn a_busy_service_is_asked_again() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let busy = stub(|| match ASKED.fetch_add(1, Ordering::SeqCst) {
        0 => (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], "{}").into_response(),
        _ => r#"{"keys":["acme"]}"#.into_response(),
    })
    .await;
    assert_eq!(ask(&busy, &["orgs", "list"]).await.stdout, "ORG\nacme\n");
    assert_eq!(ASKED.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_error_names_the_request_and_cannot_control_the_terminal() {
    let refusing = stub(|| {
        (StatusCode::BAD_REQUEST, [("apigw-requestid", "JKJaXmPLvHcESHA=")], r#"{"error":{"message":"no \u001b[31m"}}"#)
            .into_response()
    })
    .await;
    let refused = ask(&refusing, &["usage", "--org", "acme"]).await;
    assert_eq!(refused.status.code(), Some(6));
    assert_eq!(refused.stderr, "error: no \\u{1b}[31m (status 400, request JKJaXmPLvHcESHA=)\n");
}

#[tokio::test]
async fn the_secret_is_not_carried_to_where_a_service_redirects() {
    let operator = Operator::start().await;
    let target = format!("http://{}/tyk/org/keys", operator.server.address);
    let redirecting =
        stub(move || (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, target.clone())]).into_response()).await;
    assert_eq!(ask(&redirecting, &["orgs", "list"]).await.status.code(), Some(3));
}

#[tokio::test]
async fn a_wrong_command_line_ends_with_2_before_anything_is_sent() {
    let token = "acme0123456789abcdef0123456789abcdef";
    for arguments in [
        &["orgs", "list", "--url", "http://192.0.2.1"][..],
        &["orgs", "list", "--url", "https://me:hunter2@example.org"],
        &["orgs", "list", "--limit", "0"],
        &["keys", "get", token],
        &["keys", "create", "--org", "acme", "--rate", "fast"],
        &["keys", "create", "--org", "acme", "--api", "orders", "--expires", "2020-01-01"],
        &["keys", "create", "--org", "acme", "--monthly-limit", "5"],
        &["keys", "create", "--org", "acme", "--dialect", "requesty", "--alias", "a", "--rate", "1/s"],
        &["keys", "create", "--org", "acme", "--dialect", "requesty"],
        &["--memory", "orgs", "list"],
        &["orgs", "lst"],
    ] {
        let ended = ask("http://127.0.0.1:1", arguments).await;
        assert_eq!(ended.status.code(), Some(2), "{arguments:?}: {}", ended.stderr);
        assert!(!ended.stderr.contains(token) && !ended.stderr.contains("hunter2"), "{}", ended.stderr);
    }
    let unknown = run(latchkey(&["orgs", "list"]).env("LATCHKEY_ULR", "http://127.0.0.1:1")).await;
    assert_eq!(unknown.status.code(), Some(2));
    assert!(unknown.stderr.contains("did you mean LATCHKEY_URL?"), "{}", unknown.stderr);
}

#[tokio::test]
async fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&mut latchkey(&["completions", shell])).await;
        assert!(script.status.success());
        for command in [
            "keys",
            "rotate-secret",
            "verify",
            "usage",
            "audit",
            "orgs",
            "policies",
            "reseal",
            "restore",
            "--secret-file",
        ] {
            assert!(script.stdout.contains(command.trim_start_matches('-')), "{shell} lacks {command}");
        }
    }
}

#[tokio::test]
async fn help_names_the_exit_codes_and_the_settings_of_the_client_do_not_stop_a_server() {
    let help = run(&mut latchkey(&["verify", "--help"])).await.stdout;
    for line in [
        "0  done",
        "1  verify",
        "2  the command line",
        "3  the service",
        "4  the admin secret",
        "5  there is no",
        "6  the service refused",
    ] {
        assert!(help.contains(line), "{help}");
    }
    let folder = tempfile::tempdir().unwrap();
    let mut server = crate::process::latchkey_on(folder.path());
    server.env("LATCHKEY_URL", "https://example.org").env("LATCHKEY_SECRET_FILE", "/secret");
    crate::process::Process::spawn(server).await.stop().await;
}

//! `latchkey dynamodb`: the store of functions that run outside of AWS.

use std::path::Path;
use std::time::Duration;

use latchkey_harness::key;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::process::{Process, Signal, latchkey, latchkey_on, run, send_signal};

/// Starts a DynamoDB with these arguments: the process, and the endpoint that it prints.
pub(crate) async fn dynamodb(arguments: &[&str]) -> (Child, String) {
    let mut child = latchkey(&[&["dynamodb", "--listen", "127.0.0.1:0"], arguments].concat()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let endpoint = timeout(Duration::from_secs(20), lines.next_line()).await.expect("it prints nothing").unwrap();
    (child, endpoint.expect("it did not start"))
}

/// A server whose store is the DynamoDB at `endpoint`.
pub(crate) fn server_at(endpoint: &str, folder: &Path) -> Command {
    let mut command = latchkey_on(folder);
    command.env("AWS_ENDPOINT_URL_DYNAMODB", endpoint).env("AWS_REGION", "local");
    command.env("AWS_ACCESS_KEY_ID", "local").env("AWS_SECRET_ACCESS_KEY", "local");
    command
}

#[tokio::test]
async fn a_server_reaches_it_by_its_endpoint_and_its_folder_outlives_it() {
    let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let arguments = ["--data", data.path().to_str().unwrap()];
    let (mut first, endpoint) = dynamodb(&arguments).await;
    let server = Process::spawn(server_at(&endpoint, folder.path())).await;
    let made = server.admin("POST", "/tyk/keys/create", key("default")).await.expect(200).text_of("key");
    server.stop().await;
    first.kill().await.unwrap();

    let (_second, endpoint) = dynamodb(&arguments).await;
    let server = Process::spawn(server_at(&endpoint, folder.path())).await;
    let _found = server.admin("GET", &format!("/tyk/keys/{made}"), ()).await.expect(200);
}

#[tokio::test]
async fn in_memory_it_leaves_no_file_behind() {
    let (folder, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut command = latchkey(&["dynamodb", "--memory", "--listen", "127.0.0.1:0"]);
    let mut child = command.current_dir(folder.path()).env("TMPDIR", temporary.path()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next_line().await.unwrap().is_some_and(|line| line.starts_with("http://127.0.0.1:")));
    send_signal(&child, Signal::TERM);
    assert!(child.wait().await.unwrap().success());
    for folder in [&folder, &temporary] {
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn a_folder_in_use_and_a_port_in_use_are_refused() {
    let data = tempfile::tempdir().unwrap();
    let (_first, endpoint) = dynamodb(&["--data", data.path().to_str().unwrap()]).await;
    let again = run(latchkey(&["dynamodb", "--listen", "127.0.0.1:0", "--data"]).arg(data.path())).await;
    assert!(!again.status.success() && again.stderr.contains("in use by another latchkey"), "{}", again.stderr);
    let address = endpoint.trim_start_matches("http://");
    let again = run(&mut latchkey(&["dynamodb", "--memory", "--listen", address])).await;
    assert!(!again.status.success() && again.stderr.contains(&format!("--listen {address}: ")), "{}", again.stderr);
}

//! A store that refuses, loses answers or is contended: the code of the step that failed, and nothing half done.

use latchkey_harness::{Fault, Reply, TestServer};
use serde_json::{Value, json};

use super::asking::{API, CURRENT, Org, PROFILE, User, assert_refused, start};

const WRITE: &str = "TransactWriteItems";

/// A request, and of each of its store calls the group and the code when it fails.
type Row = (&'static str, String, Value, Vec<(&'static str, &'static str, i64)>);

/// Every request that asks the store something, by the owner of an organisation that has this key and this user.
fn rows(org: &Org, key: &str, user: &User) -> Vec<Row> {
    let membership = ("GetItem", "organization", 1201);
    let invitees = json!({"invitees": [{"email": "new@example.org", "role": "org_user"}]});
    vec![
        ("POST", org.keys(), json!({"name": "k"}), vec![(WRITE, "api-key", 1100)]),
        (
            "GET",
            org.keys(),
            Value::Null,
            vec![membership, ("Query", "api-key", 1200), ("BatchGetItem", "api-key", 1200)],
        ),
        ("GET", org.users(), Value::Null, vec![membership, ("Query", "user", 1200)]),
        ("POST", org.invitations(), invitees, vec![membership, (WRITE, "invitation", 1100)]),
        (
            "PUT",
            org.member(user),
            json!({"role": "org_admin"}),
            vec![membership, ("GetItem", "user", 1201), (WRITE, "user", 1300)],
        ),
        ("DELETE", org.member(user), Value::Null, vec![membership, ("GetItem", "user", 1201), (WRITE, "user", 1600)]),
        ("DELETE", org.key(key), Value::Null, vec![membership, ("GetItem", "api-key", 1201), (WRITE, "api-key", 1600)]),
    ]
}

#[track_caller]
fn assert_failed(reply: &Reply, group: &str, code: i64) {
    assert_refused(reply, 500, group, code);
    let body = reply.json();
    assert_eq!((reply.header("retry-after"), &body["traces"]), ("1", &json!(["the key store is unavailable"])));
    for told in ["Item", "latchkey-", "DynamoDB", "refused"] {
        assert!(!reply.text.contains(told), "{}", reply.text);
    }
}

/// Makes the call at `index` of the operations of a request fail.
fn fail_at(server: &TestServer, operations: &[(&'static str, &'static str, i64)], index: usize) -> Vec<String> {
    let operation = operations[index].0;
    let earlier = operations[..index].iter().filter(|(of, ..)| *of == operation).count();
    server.watch.fail_nth(operation, earlier, Fault::Refuse);
    vec![operation.to_owned()]
}

#[tokio::test]
async fn a_failing_step_is_told_by_its_code_and_changes_nothing() {
    let (server, org) = start().await;
    let (key, _) = org.create(&server, &org.user).await;
    let before = server.everything().await;
    for (method, path, body, steps) in rows(&org, &key, &org.user) {
        for (index, (_, group, code)) in steps.iter().enumerate() {
            let what = fail_at(&server, &steps, index);
            let reply = org.owner.ask(&server, method, &path, &body).await;
            assert!(server.watch.all_faults_happened(), "{method} {path} makes no {what:?} at {index}");
            assert_failed(&reply, group, *code);
        }
    }
    assert_eq!(server.everything().await, before);
}

#[tokio::test]
async fn profiles_registrations_and_keys_in_use_tell_a_failing_store_too() {
    let (server, org) = start().await;
    let (_, token) = org.create(&server, &org.user).await;
    let nina = User::new("Nina");
    let invitees = json!({"invitees": [{"email": nina.email(), "role": "org_user"}]});
    let _invited = org.owner.ask(&server, "POST", &org.invitations(), invitees).await.expect(200);
    let before = server.everything().await;
    for (operation, nth, code, group) in [
        ("GetItem", 0, 1201, "organization"),
        ("Query", 0, 1201, "organization"),
        ("GetItem", 1, 1201, "organization"),
        (WRITE, 0, 1300, "user"),
    ] {
        server.watch.fail_nth(operation, nth, Fault::Refuse);
        assert_failed(&nina.ask(&server, "GET", PROFILE, ()).await, group, code);
    }
    let path = format!("{API}/organizations");
    for (operation, code) in [("GetItem", 1201), (WRITE, 1100)] {
        server.watch.fail_next(operation, Fault::Refuse);
        assert_failed(&nina.ask(&server, "POST", &path, json!({"name": "x"})).await, "organization", code);
    }
    server.watch.fail_next("GetItem", Fault::Refuse);
    assert_failed(&server.bearer(&token, "GET", CURRENT, ()).await, "api-key", 1201);
    assert!(server.watch.all_faults_happened());
    assert_eq!(server.everything().await, before);
    let _healthy = server.bearer(&token, "GET", CURRENT, ()).await.expect(200);
    assert_eq!(nina.profile(&server).await["organization"]["id"], org.id);
}

#[tokio::test]
async fn a_change_whose_answer_got_lost_was_made_whole() {
    let (server, org) = start().await;
    let (key, token) = org.create(&server, &org.user).await;
    server.watch.fail_next(WRITE, Fault::LoseAnswer);
    assert_failed(&org.owner.ask(&server, "DELETE", &org.key(&key), ()).await, "api-key", 1600);
    assert_refused(&server.bearer(&token, "GET", CURRENT, ()).await, 401, "api-key", 200);
    assert_refused(&org.owner.ask(&server, "DELETE", &org.key(&key), ()).await, 404, "api-key", 2);
    server.watch.fail_next(WRITE, Fault::LoseAnswer);
    assert_failed(
        &org.user.ask(&server, "POST", &format!("{API}/organizations"), json!({"name": "x"})).await,
        "organization",
        1100,
    );
    assert_eq!(org.user.profile(&server).await["organization"]["role"], "org_owner");
    assert_eq!(org.roles(&server).await.len(), 3);
}

#[tokio::test]
async fn a_transaction_in_the_way_is_waited_for() {
    let (server, org) = start().await;
    let (key, _) = org.create(&server, &org.user).await;
    for (method, path, body, steps) in rows(&org, &key, &org.user) {
        if steps.iter().any(|(operation, ..)| *operation == WRITE) {
            server.watch.fail_next(WRITE, Fault::Conflict);
            let reply = org.owner.ask(&server, method, &path, &body).await;
            assert!(reply.status < 300, "{method} {path}: {reply:?}");
        }
    }
    server.watch.fail_next(WRITE, Fault::Conflict);
    let _registered = User::new("Nina").register(&server).await;
    assert!(server.watch.all_faults_happened());
}

//! `latchkey keys`.

use serde_json::{Value, json};

use super::{Operator, file};

#[tokio::test]
async fn a_new_token_is_all_that_standard_output_gets() {
    let operator = Operator::start().await;
    let options = ["--alias", "Ada", "--api", "orders", "--rate", "100/60s", "--quota", "2/1h", "--tag", "eu"];
    let made = operator.ends(0, &[&["keys", "create", "--org", "acme"][..], &options].concat()).await;
    let token = made.stdout.trim_end();
    assert_eq!(made.stdout, format!("{token}\n"));
    let id = operator.id_of(token).await;
    assert_eq!(made.stderr, format!("made the key {id}; its token is not shown again\n"));
    let session = operator.server.admin("GET", &format!("/tyk/keys/{token}"), ()).await.expect(200).json();
    for (field, value) in [
        ("alias", json!("Ada")),
        ("org_id", json!("acme")),
        ("access_rights", json!({"orders": {}})),
        ("rate", json!(100)),
        ("per", json!(60)),
        ("quota_max", json!(2)),
        ("quota_renewal_rate", json!(3600)),
        ("tags", json!(["eu"])),
    ] {
        assert_eq!(session[field], value, "{session}");
    }
}

#[tokio::test]
async fn a_repeated_creation_returns_the_same_key() {
    let operator = Operator::start().await;
    let options = ["--api", "orders", "--idempotency-key", "order-4711-first-key"];
    assert_eq!(operator.create(&options).await, operator.create(&options).await);
    let others = ["--api", "billing", "--idempotency-key", "order-4711-first-key"];
    let refused = operator.ends(6, &[&["keys", "create", "--org", "acme"][..], &others].concat()).await;
    assert!(refused.stderr.contains("already used with different content"), "{}", refused.stderr);
    assert_eq!(refused.stdout, "");
}

#[tokio::test]
async fn a_session_in_a_file_is_completed_by_options() {
    let operator = Operator::start().await;
    let session = file(
        r#"{"alias": "of the file", "meta_data": {"plan": "trial"}, "access_rights": {"orders": {"versions": ["v2"]}}}"#,
    );
    let token = operator.create(&["--file", session.path().to_str().unwrap(), "--alias", "Ada"]).await;
    let session = operator.server.admin("GET", &format!("/tyk/keys/{token}"), ()).await.expect(200).json();
    assert_eq!((&session["alias"], &session["meta_data"]), (&json!("Ada"), &json!({"plan": "trial"})));
    assert_eq!(session["access_rights"], json!({"orders": {"versions": ["v2"]}}));
}

#[tokio::test]
async fn what_tyk_answers_with_500_although_the_request_is_wrong_ends_with_6() {
    let operator = Operator::start().await;
    for session in [r#"{"rate": "5"}"#, r#"{"apply_policies": ["no-such-policy"]}"#] {
        let session = file(session);
        let create = ["keys", "create", "--org", "acme", "--file", session.path().to_str().unwrap()];
        let refused = operator.ends(6, &create).await;
        assert!(
            refused.stderr.contains("(status 500)") && !refused.stderr.contains("--idempotency-key"),
            "{}",
            refused.stderr
        );
    }
}

#[tokio::test]
async fn a_requesty_key_has_a_budget_and_can_follow_a_policy() {
    let operator = Operator::start().await;
    let policy = json!({"id": "gold", "org_id": "acme", "rate": 5, "per": 60, "access_rights": {"completions": {}}});
    let _made = operator.server.admin("POST", "/tyk/policies", policy).await.expect(200);
    let options = ["--dialect", "requesty", "--alias", "app", "--monthly-limit", "12.5", "--policy", "gold"];
    let token = operator.create(&options).await;
    assert!(token.starts_with("rqsty-sk-"), "{token}");
    let decision = operator.reading(&token, 0, &["verify", "--api", "completions", "--json"]).await.stdout;
    let decision: Value = serde_json::from_str(&decision).unwrap();
    assert_eq!((&decision["spend"]["limit"], &decision["policies"]), (&json!(12.5), &json!(["gold"])));
}

#[tokio::test]
async fn an_update_changes_what_is_given_and_keeps_what_was_used() {
    let operator = Operator::start().await;
    let token = operator.create(&["--api", "orders", "--quota", "2/1h", "--alias", "Ada"]).await;
    let verify = ["verify", "--api", "orders"];
    for code in [0, 0, 1] {
        let _decided = operator.reading(&token, code, &verify).await;
    }
    let updated = operator.reading(&token, 0, &["keys", "update", "-", "--quota", "3/1h", "--tag", "eu"]).await;
    assert_eq!(updated.stdout, "updated\n");
    for code in [0, 1] {
        let _decided = operator.reading(&token, code, &verify).await;
    }
    let session = operator.server.admin("GET", &format!("/tyk/keys/{token}"), ()).await.expect(200).json();
    assert_eq!((&session["alias"], &session["tags"]), (&json!("Ada"), &json!(["eu"])));
    let _lifted = operator.reading(&token, 0, &["keys", "update", "-", "--quota", "none", "--expires", "30d"]).await;
    let session = operator.server.admin("GET", &format!("/tyk/keys/{token}"), ()).await.expect(200).json();
    assert_eq!(session["quota_max"], -1);
    assert!(session["expires"].as_i64().unwrap() > 1_700_000_000, "{session}");
    let _allowed = operator.reading(&token, 0, &verify).await;
}

#[tokio::test]
async fn a_paused_key_is_refused_until_it_is_resumed() {
    let operator = Operator::start().await;
    let token = operator.create(&["--api", "orders", "--rate", "100/m"]).await;
    let held = file(&token);
    let file = ["--token-file", held.path().to_str().unwrap()];
    assert_eq!(operator.done(&[&["keys", "pause"][..], &file].concat()).await, "paused\n");
    assert_eq!(operator.code_of(&token).await, "inactive");
    assert_eq!(operator.done(&[&["keys", "resume"][..], &file].concat()).await, "resumed\n");
    assert_eq!(operator.code_of(&token).await, "ok");
}

#[tokio::test]
async fn a_tyk_key_is_changed_by_its_token_unless_keys_are_hashed() {
    let operator = Operator::start().await;
    let token = operator.create(&["--api", "orders"]).await;
    let id = operator.id_of(&token).await;
    let refused = operator.ends(2, &["keys", "pause", &id]).await;
    assert!(refused.stderr.contains("give the token with - or --token-file"), "{}", refused.stderr);

    let folder = tempfile::tempdir().unwrap();
    let mut hashed = crate::process::latchkey_on(folder.path());
    hashed.env("LATCHKEY_HASH_KEYS", "true");
    let operator = Operator { server: crate::process::Process::spawn(hashed).await, folder };
    let token = operator.create(&["--api", "orders"]).await;
    let id = operator.id_of(&token).await;
    assert_eq!(operator.done(&["keys", "pause", &id]).await, "paused\n");
    assert_eq!(operator.code_of(&token).await, "inactive");
}

#[tokio::test]
async fn policies_of_a_key_are_set_and_taken_away() {
    let operator = Operator::start().await;
    let policy = json!({"id": "gold", "org_id": "acme", "rate": 5, "per": 60, "access_rights": {"orders": {}}});
    let _made = operator.server.admin("POST", "/tyk/policies", policy).await.expect(200);
    let token = operator.create(&["--api", "orders"]).await;
    let id = operator.id_of(&token).await;
    let set = operator.done(&["keys", "set-policies", &id, "--policy", "gold"]).await;
    assert_eq!(set, format!("key_id    {id}\norg_id    acme\ndialect   tyk\npolicies  gold\n"));
    let none = operator.done(&["keys", "set-policies", &id, "--none", "--json"]).await;
    let none: Value = serde_json::from_str(&none).unwrap();
    assert_eq!(none["policies"], json!([]));
    let unknown = operator.ends(6, &["keys", "set-policies", &id, "--policy", "silver"]).await;
    assert!(unknown.stderr.contains("policies[0] does not exist in the key's organisation"), "{}", unknown.stderr);
}

#[tokio::test]
async fn a_key_is_deleted_by_its_id_or_its_token() {
    let operator = Operator::start().await;
    let [by_id, by_token] = [operator.create(&["--api", "orders"]).await, operator.create(&["--api", "orders"]).await];
    let id = operator.id_of(&by_id).await;
    assert_eq!(operator.done(&["keys", "delete", &id]).await, format!("{id} deleted\n"));
    assert_eq!(operator.code_of(&by_id).await, "unknown_key");
    assert_eq!(operator.code_of(&by_token).await, "ok");
    let _deleted = operator.reading(&by_token, 0, &["keys", "delete", "-"]).await;
    assert_eq!(operator.code_of(&by_token).await, "unknown_key");
    let _gone = operator.ends(5, &["keys", "delete", &id]).await;
    let _gone = operator.reading(&by_token, 5, &["keys", "delete", "-"]).await;
}

#[tokio::test]
async fn keys_of_all_dialects_are_listed_and_shown_without_their_tokens() {
    let operator = Operator::start().await;
    let tyk = operator.create(&["--api", "orders", "--alias", "Ada\u{1b}[31m", "--tag", "eu"]).await;
    let requesty = operator.create(&["--dialect", "requesty", "--alias", "app"]).await;
    let ids = [operator.id_of(&tyk).await, operator.id_of(&requesty).await];
    let listed = operator.done(&["keys", "list", "--org", "acme"]).await;
    let lines: Vec<_> = listed.lines().collect();
    let cells = |line: &str| {
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(cells(lines[0]), ["KEY ID", "ORG", "DIALECT", "ALIAS", "STATE", "POLICIES", "EXPIRES", "LAST USED"]);
    assert_eq!(cells(lines[1])[..5], [&ids[0], "acme", "tyk", "Ada\\u{1b}[31m", "active"]);
    assert_eq!(cells(lines[2])[..5], [&ids[1], "acme", "requesty", "app", "active"]);
    assert_eq!(lines.len(), 3, "{listed}");
    for (options, expected) in [
        (&["--dialect", "tyk"][..], &ids[..1]),
        (&["--tag", "eu"], &ids[..1]),
        (&["--alias", "app"], &ids[1..]),
        (&["--state", "inactive"], &[]),
        (&["--all"], &ids),
    ] {
        let listed = operator.done(&[&["keys", "list", "--org", "acme", "--json"], options].concat()).await;
        assert!(!listed.contains(&tyk) && !listed.contains(&requesty), "{listed}");
        let listed: Value = serde_json::from_str(&listed).unwrap();
        let found: Vec<_> =
            listed["keys"].as_array().unwrap().iter().map(|key| key["key_id"].as_str().unwrap()).collect();
        assert_eq!(found, expected, "{options:?}");
    }
    let shown = operator.done(&["keys", "get", &ids[0]]).await;
    assert!(shown.contains(&ids[0]) && shown.contains("Ada\\u{1b}[31m") && !shown.contains(&tyk), "{shown}");
    let shown = operator.reading(&requesty, 0, &["keys", "get", "-", "--json"]).await.stdout;
    assert_eq!(serde_json::from_str::<Value>(&shown).unwrap()["key_id"], json!(ids[1]));
    let _unknown = operator.ends(5, &["keys", "get", "7b1c9f0e-2f5d-8c55-9a43-0d6f2f8b7e11"]).await;
}

#[tokio::test]
async fn a_list_is_followed_page_by_page_up_to_its_limit() {
    let operator = Operator::start().await;
    for _ in 0..5 {
        let _made = operator.create(&["--api", "orders"]).await;
    }
    let of = |printed: &str| serde_json::from_str::<Value>(printed).unwrap()["keys"].as_array().unwrap().len();
    let some = operator.ends(0, &["keys", "list", "--org", "acme", "--limit", "3", "--json"]).await;
    assert_eq!((of(&some.stdout), some.stderr.as_str()), (3, "there are more: use --limit or --all\n"));
    assert!(serde_json::from_str::<Value>(&some.stdout).unwrap()["next"].is_string());
    let all = operator.ends(0, &["keys", "list", "--org", "acme", "--all", "--json"]).await;
    assert_eq!((of(&all.stdout), all.stderr.as_str()), (5, ""));
}

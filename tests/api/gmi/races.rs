//! Real concurrency: whatever happens at once, the outcome is one that could have happened one after the other.

use futures_util::future::join_all;
use latchkey_harness::TestServer;
use latchkey_shared::store::Table;
use serde_json::json;

use super::asking::{API, CURRENT, Org, User, start};

/// How many callers race.
const CALLERS: usize = 12;

/// The counts of an organisation are those of its members, and it has an owner while it has any.
async fn assert_counted(server: &TestServer, org: &str) {
    let items = server.items(Table::Organizations).await;
    let of: Vec<_> = items.iter().filter(|item| item["org"].as_s().unwrap() == &format!("org#{org}")).collect();
    let roles: Vec<_> =
        of.iter().filter_map(|item| item.get("role")).map(|role| role.as_s().unwrap().as_str()).collect();
    let profile = of.iter().find(|item| item["sk"].as_s().unwrap() == "profile").unwrap();
    let count = |name: &str| profile[name].as_n().unwrap().parse::<usize>().unwrap();
    let owners = roles.iter().filter(|role| **role == "org_owner").count();
    assert_eq!((count("members"), count("owners")), (roles.len(), owners), "{roles:?}");
    assert!(owners > 0 || roles.is_empty(), "{roles:?}");
    // Whoever has a seat lives there, and the other way round.
    let homes = items.iter().filter(|item| item.get("o").is_some_and(|home| home.as_s().unwrap() == org));
    assert_eq!(homes.count(), roles.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_deletes_at_once_one_succeeds_and_the_others_find_nothing() {
    let (server, org) = start().await;
    for _ in 0..5 {
        let path = org.key(&org.create(&server, &org.user).await.0);
        let replies = join_all((0..CALLERS).map(|n| {
            let by = if n % 2 == 0 { &org.owner } else { &org.user };
            by.ask(&server, "DELETE", &path, ())
        }))
        .await;
        let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses[0], 200);
        assert!(statuses[1..].iter().all(|status| *status == 404), "{statuses:?}");
    }
    let items = server.items(Table::Organizations).await;
    let count = items.iter().find(|item| item["sk"].as_s().unwrap() == "keys").unwrap();
    assert_eq!(count["n"].as_n().unwrap(), "0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn creates_at_once_fill_the_organisation_exactly() {
    let server = TestServer::with(&[("LATCHKEY_MAX_KEYS_PER_ORG", "7")]).await;
    let org = Org::start(&server).await;
    let keys = org.keys();
    let replies = join_all((0..CALLERS).map(|n| {
        let by = [&org.owner, &org.admin, &org.user][n % 3];
        by.ask(&server, "POST", &keys, json!({"name": "k"}))
    }))
    .await;
    let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![201; 7], vec![400; CALLERS - 7]].concat());
    assert_eq!(org.ids(&server, &org.owner).await.len(), 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_removed_or_demoted_meanwhile_deletes_nothing_after_it() {
    for demoted in [true, false] {
        let (server, org) = start().await;
        for _ in 0..8 {
            let (id, token) = org.create(&server, &org.other_user).await;
            let path = org.member(&org.admin);
            let change = async {
                match demoted {
                    true => org.owner.ask(&server, "PUT", &path, json!({"role": "org_user"})).await,
                    false => org.owner.ask(&server, "DELETE", &path, ()).await,
                }
            };
            let key = org.key(&id);
            let (changed, deleted) = tokio::join!(change, org.admin.ask(&server, "DELETE", &key, ()));
            assert_eq!(changed.status, 200, "{}", changed.text);
            let body = || deleted.json();
            match (deleted.status, demoted) {
                (200, _) => {}
                (404, true) => assert_eq!(body()["group"], "api-key"),
                (404, false) => assert_eq!(body()["group"], "organization"),
                _ => panic!("{deleted:?}"),
            }
            let there = server.bearer(&token, "GET", CURRENT, ()).await.status == 200;
            assert_eq!(there, deleted.status == 404);
            if demoted {
                let _again = org.owner.ask(&server, "PUT", &path, json!({"role": "org_admin"})).await.expect(200);
            } else {
                org.invite(&server, &org.admin, "org_admin").await;
            }
        }
        assert_counted(&server, &org.id).await;
    }
}

#[tokio::test]
async fn a_right_that_is_lost_between_the_look_and_the_change_does_not_count() {
    let (server, org) = start().await;
    let (id, token) = org.create(&server, &org.other_user).await;
    let (key, member) = (org.key(&id), org.member(&org.admin));
    for (method, role, group) in [("PUT", "org_user", "api-key"), ("DELETE", "", "organization")] {
        // The transaction of the deletion waits until the admin's right is gone.
        let hold = server.watch.hold_next("gmi-delete-key", "TransactWriteItems");
        let deleting = org.admin.ask(&server, "DELETE", &key, ());
        let changing = async {
            hold.reached().await;
            let changed = org.owner.ask(&server, method, &member, json!({"role": role})).await;
            hold.release();
            changed
        };
        let (deleted, changed) = tokio::join!(deleting, changing);
        assert_eq!(changed.status, 200, "{}", changed.text);
        assert_eq!((deleted.status, deleted.json()["group"].clone()), (404, group.into()), "{}", deleted.text);
        let _there = server.bearer(&token, "GET", CURRENT, ()).await.expect(200);
        if method == "PUT" {
            let _again = org.owner.ask(&server, "PUT", &member, json!({"role": "org_admin"})).await.expect(200);
        }
    }
}

#[tokio::test]
async fn who_is_removed_while_they_create_gets_no_key() {
    let (server, org) = start().await;
    let hold = server.watch.hold_next("gmi-create-key", "TransactWriteItems");
    let removing = async {
        hold.reached().await;
        let removed = org.owner.ask(&server, "DELETE", &org.member(&org.user), ()).await;
        hold.release();
        removed
    };
    let keys = org.keys();
    let (created, removed) = tokio::join!(org.user.ask(&server, "POST", &keys, json!({"name": "k"})), removing);
    assert_eq!((created.status, removed.status), (404, 200), "{created:?}");
    assert_eq!(created.json()["group"], "organization");
    assert_eq!(org.ids(&server, &org.owner).await, [] as [&str; 0]);
}

#[tokio::test]
async fn an_owner_who_is_demoted_cannot_make_themselves_owner_again() {
    let (server, org) = start().await;
    let _second =
        org.owner.ask(&server, "PUT", &org.member(&org.admin), json!({"role": "org_owner"})).await.expect(200);
    let itself = org.member(&org.admin);
    // Between looking at who asks, and at whom to change: the same member, with another role.
    let hold = server.watch.hold_nth("gmi-set-role", "GetItem", 1);
    let demoting = async {
        hold.reached().await;
        let demoted = org.owner.ask(&server, "PUT", &itself, json!({"role": "org_user"})).await;
        hold.release();
        demoted
    };
    let (again, demoted) = tokio::join!(org.admin.ask(&server, "PUT", &itself, json!({"role": "org_admin"})), demoting);
    assert_eq!((again.status, demoted.status), (403, 200), "{again:?}");
    assert!(org.roles(&server).await.contains(&"Adam org_user".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_invitations_accepted_at_once_one_counts() {
    let server = TestServer::start().await;
    let orgs = [Org::start(&server).await, Org::start(&server).await];
    for n in 0..5 {
        let nina = User::new(&format!("Nina{n}"));
        for org in &orgs {
            let body = json!({"invitees": [{"email": nina.email(), "role": "org_user"}]});
            let _invited = org.owner.ask(&server, "POST", &org.invitations(), body).await.expect(200);
        }
        let profile = nina.profile(&server).await;
        let path = |at: usize| {
            let id = profile["invitations"][at % 2]["id"].as_str().unwrap();
            format!("{API}/me/invitations/{id}/accept")
        };
        let paths: Vec<_> = (0..CALLERS).map(path).collect();
        let answers = join_all(paths.iter().map(|path| nina.ask(&server, "POST", path, ()))).await;
        let joined = nina.profile(&server).await["organization"].clone();
        assert!(orgs.iter().any(|org| joined["id"] == org.id), "{joined}");
        let accepted = answers.iter().filter(|answer| answer.status == 200);
        assert!(accepted.clone().all(|answer| answer.json()["organization"] == joined) && accepted.count() > 0);
        assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 409)), "{answers:?}");
    }
    // And one invitation that two of the same address take.
    let body = json!({"invitees": [{"email": "shared@example.org", "role": "org_user"}]});
    let _invited = orgs[0].owner.ask(&server, "POST", &orgs[0].invitations(), body).await.expect(200);
    let twins: Vec<_> = (0..CALLERS).map(|_| User::new("Shared")).collect();
    let profiles = join_all(twins.iter().map(|twin| twin.profile(&server))).await;
    assert_eq!(profiles.iter().filter(|profile| profile.get("organization").is_some()).count(), 1);
    for org in &orgs {
        assert_counted(&server, &org.id).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_owners_who_leave_at_once_the_last_one_stays() {
    for round in 0..6 {
        let (server, org) = start().await;
        let _second =
            org.owner.ask(&server, "PUT", &org.member(&org.admin), json!({"role": "org_owner"})).await.expect(200);
        let leave = async |by: &User| match round % 3 {
            0 => by.ask(&server, "DELETE", &org.member(by), ()).await.status,
            1 => by.ask(&server, "PUT", &org.member(by), json!({"role": "org_user"})).await.status,
            _ => by.ask(&server, "POST", "/api/v1/organizations", json!({"name": "x"})).await.status,
        };
        let (one, two) = tokio::join!(leave(&org.owner), leave(&org.admin));
        let mut statuses = [one, two];
        statuses.sort_unstable();
        assert_eq!(statuses, [if round % 3 == 2 { 201 } else { 200 }, 409], "round {round}");
        assert_counted(&server, &org.id).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn organisations_registered_at_once_leave_the_user_in_one() {
    let server = TestServer::start().await;
    let olga = User::new("Olga");
    let ids = join_all((0..CALLERS).map(|_| olga.register(&server))).await;
    let home = olga.profile(&server).await["organization"]["id"].as_str().unwrap().to_owned();
    assert!(ids.contains(&home));
    for id in &ids {
        let status = olga.ask(&server, "GET", &format!("/api/v1/organizations/{id}/users"), ()).await.status;
        assert_eq!(status, if *id == home { 200 } else { 404 });
        assert_counted(&server, id).await;
    }
}

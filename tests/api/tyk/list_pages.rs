//! Lists, page by page: `limit`, `cursor` and the link to the next page.

use latchkey_harness::{TestServer, key, test_secret};
use latchkey_shared::clock::Clock;
use serde_json::json;

use super::asserts::{EDITIONS, assert_refused, of_edition};

const DAMAGED: &str = "The cursor was not returned by this list";

/// One page: its keys and the path of the next.
async fn page(server: &TestServer, path: &str) -> (Vec<String>, Option<String>) {
    let reply = server.admin("GET", path, ()).await.expect(200);
    let link = reply.header("link");
    let next = (!link.is_empty()).then(|| {
        let next = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\""));
        next.unwrap_or_else(|| panic!("no link to follow: {link}")).to_owned()
    });
    (serde_json::from_value(reply.json()["keys"].clone()).unwrap(), next)
}

/// The sizes of all pages from `path` on, and all their keys in byte order.
async fn walk(server: &TestServer, path: &str) -> (Vec<usize>, Vec<String>) {
    let (mut sizes, mut all) = (Vec::new(), Vec::new());
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let (keys, following) = page(server, &path).await;
        sizes.push(keys.len());
        all.extend(keys);
        next = following;
        assert!(sizes.len() < 50, "no end");
    }
    all.sort();
    (sizes, all)
}

/// `count` keys of `org`, in byte order.
async fn make(server: &TestServer, org: &str, count: usize) -> Vec<String> {
    let mut tokens = Vec::new();
    for _ in 0..count {
        tokens.push(server.create_key(org).await);
    }
    tokens.sort();
    tokens
}

#[tokio::test]
async fn following_the_links_shows_every_key_once() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        let acme = make(&server, "acme", 11).await;
        let mut all = [make(&server, "default", 5).await, make(&server, "", 4).await, acme.clone()].concat();
        all.sort();
        assert_eq!(walk(&server, "/tyk/keys?limit=7").await, (vec![7, 7, 6], all.clone()));
        assert_eq!(walk(&server, "/tyk/keys?limit=1").await, (vec![1; 20], all.clone()));
        assert_eq!(walk(&server, "/tyk/keys?limit=20").await, (vec![20], all.clone()));
        assert_eq!(walk(&server, "/tyk/keys").await, (vec![20], all));
        assert_eq!(walk(&server, "/tyk/keys?limit=4&filter=acme").await, (vec![4, 4, 3], acme.clone()));
        assert_eq!(walk(&server, "/tyk/keys?limit=4&filter=acm").await, (vec![4, 4, 3], acme.clone()));
        assert_eq!(walk(&server, "/tyk/keys?limit=10&filter=acme*&api_id=test").await, (vec![10, 1], acme));
    }
}

#[tokio::test]
async fn pages_of_an_organisation_go_on_with_the_keys_that_only_begin_like_it() {
    let server = TestServer::start().await;
    let mut all = make(&server, "acme", 3).await;
    all.extend(make(&server, "acme2", 3).await);
    all.sort();
    assert_eq!(walk(&server, "/tyk/keys?limit=2&filter=acme").await, (vec![2, 2, 2], all));
}

#[tokio::test]
async fn deleting_and_making_keys_between_pages_neither_repeats_nor_hides_another() {
    let server = TestServer::start().await;
    let tokens = make(&server, "acme", 9).await;
    let (first, next) = page(&server, "/tyk/keys?limit=4&filter=acme").await;
    // The very key at which the next page begins.
    let _deleted = server.admin("DELETE", &format!("/tyk/keys/{}", first[3]), ()).await.expect(200);
    let made = server.create_key("acme").await;
    let (_, rest) = walk(&server, &next.unwrap()).await;
    let expected: Vec<_> = tokens.iter().filter(|token| !first.contains(token)).collect();
    let rest: Vec<_> = rest.iter().filter(|token| **token != made).collect();
    assert_eq!(rest, expected);
}

#[tokio::test]
async fn a_key_that_moves_between_pages_is_listed_once() {
    // What sorts before, after, and both: the organisations are read in an order of the store's own.
    for orgs in [["a", "b"], ["b", "a"], ["a", "c"], ["zz", ""]] {
        for list in ["/tyk/keys?limit=2", "/tyk/keys?limit=2&filter=a", "/tyk/keys?limit=2&api_id=test&filter=a"] {
            let server = TestServer::start().await;
            let mut all =
                [make(&server, "a", 4).await, make(&server, "b", 3).await, make(&server, "zz", 3).await].concat();
            all.retain(|token| !list.contains("filter") || token.starts_with('a'));
            let (mut seen, mut next) = (Vec::new(), Some(list.to_owned()));
            let mut turn = 0;
            while let Some(path) = next {
                let (keys, following) = page(&server, &path).await;
                seen.extend(keys);
                next = following;
                for token in &all {
                    let to = key(orgs[turn % 2]);
                    let _moved = server.admin("PUT", &format!("/tyk/keys/{token}"), to).await.expect(200);
                }
                turn += 1;
            }
            seen.sort();
            all.sort();
            assert_eq!(seen, all, "{orgs:?} {list}");
        }
    }
}

#[tokio::test]
async fn a_limit_is_a_whole_number_from_1_on() {
    let server = TestServer::start().await;
    let message = "The limit must be a whole number, 1 or greater";
    for limit in ["0", "x", "-1", "1.5", "1e3", "99999999999999999999999", "%201", "0x1"] {
        for path in ["/tyk/keys", "/tyk/org/keys"] {
            assert_refused(&server.admin("GET", &format!("{path}?limit={limit}"), ()).await, 400, message);
        }
    }
    let token = server.create_key("default").await;
    assert_eq!(page(&server, "/tyk/keys?limit=1").await, (vec![token], None));
}

#[tokio::test]
async fn a_damaged_cursor_is_refused() {
    let server = TestServer::start().await;
    let _tokens = make(&server, "acme", 3).await;
    let (_, next) = page(&server, "/tyk/keys?limit=1").await;
    let (list, cursor) = next.as_deref().unwrap().split_once("cursor=").unwrap();
    for at in 0..cursor.len() {
        let other = if &cursor[at..=at] == "A" { "B" } else { "A" };
        let damaged = format!("{list}cursor={}{other}{}", &cursor[..at], &cursor[at + 1..]);
        assert_refused(&server.admin("GET", &damaged, ()).await, 400, DAMAGED);
    }
    for cursor in ["x", "%00", "%ff", "====", &cursor[1..], &cursor[..cursor.len() - 1], &cursor.repeat(2)] {
        assert_refused(&server.admin("GET", &format!("{list}cursor={cursor}"), ()).await, 400, DAMAGED);
    }
}

#[tokio::test]
async fn a_cursor_belongs_to_its_own_list() {
    let server = TestServer::start().await;
    let _tokens = make(&server, "acme", 3).await;
    let _made = server.admin("POST", "/tyk/org/keys/acme", json!({})).await.expect(200);
    let (_, next) = page(&server, "/tyk/keys?limit=1&filter=acme").await;
    let (_, cursor) = next.as_deref().unwrap().split_once("cursor=").unwrap();
    for list in [
        "/tyk/keys?",
        "/tyk/keys?filter=acm&",
        "/tyk/keys?filter=default&",
        "/tyk/keys?filter=acme&api_id=test&",
        "/tyk/org/keys?filter=acme&",
        "/tyk/org/keys?",
    ] {
        assert_refused(&server.admin("GET", &format!("{list}cursor={cursor}"), ()).await, 400, DAMAGED);
    }
    let longer = page(&server, &format!("/tyk/keys?filter=acme&limit=9&cursor={cursor}")).await;
    assert_eq!((longer.0.len(), longer.1), (2, None), "the page may be longer than the one before");
}

#[tokio::test]
async fn a_cursor_of_another_seal_secret_is_refused() {
    let database = latchkey::embedded::Embedded::new(dynoxide::Database::memory().unwrap());
    let server = TestServer::on(database.clone(), Clock::manual(0), &[]).await;
    let _made = server.admin("POST", "/tyk/org/keys/acme", json!({})).await.expect(200);
    let _made = server.admin("POST", "/tyk/org/keys/beta", json!({})).await.expect(200);
    let (_, next) = page(&server, "/tyk/org/keys?limit=1").await;
    let secrets = format!("v1:{}", test_secret('T'));
    let other = TestServer::on(database, Clock::manual(0), &[("LATCHKEY_SEAL_SECRETS", &secrets)]).await;
    assert_refused(&other.admin("GET", next.as_deref().unwrap(), ()).await, 400, DAMAGED);
    assert_eq!(page(&server, next.as_deref().unwrap()).await.0, ["beta"]);
}

#[tokio::test]
async fn a_cursor_tells_nothing_of_the_keys() {
    let server = TestServer::start().await;
    let _named = server.admin("POST", "/tyk/keys/top-secret-name", key("")).await.expect(200);
    let _more = make(&server, "", 2).await;
    let (_, next) = page(&server, "/tyk/keys?limit=1").await;
    let (_, cursor) = next.as_deref().unwrap().split_once("cursor=").unwrap();
    use base64::Engine;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(cursor).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("live#"), "the place stands in it readably");
}

#[tokio::test]
async fn organisations_are_paged_too() {
    let server = TestServer::start().await;
    let ids: Vec<_> = (0..7).map(|number| format!("org-{number}")).collect();
    for id in &ids {
        let _made = server.admin("POST", &format!("/tyk/org/keys/{id}"), json!({})).await.expect(200);
    }
    assert_eq!(walk(&server, "/tyk/org/keys?limit=3").await, (vec![3, 3, 1], ids.clone()));
    assert_eq!(walk(&server, "/tyk/org/keys?limit=3&filter=org-*").await, (vec![3, 3, 1], ids));
    assert_eq!(walk(&server, "/tyk/org/keys?limit=1&filter=org-3").await, (vec![1], vec!["org-3".to_owned()]));
}

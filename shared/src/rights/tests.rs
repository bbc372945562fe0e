//! Access rights as keys have them.

use serde_json::json;

use super::*;
use super::{Barred, Call};
use crate::limits::LimitScope;

fn rights(document: Value) -> Access {
    Access::new(document.as_object().unwrap().clone()).unwrap()
}

fn with_urls(urls: impl IntoIterator<Item = String>) -> Map<String, Value> {
    let urls: Vec<_> = urls.into_iter().map(|url| json!({"url": url, "methods": ["GET"]})).collect();
    json!({"test": {"allowed_urls": urls}}).as_object().unwrap().clone()
}

fn judge(access: &Access, method: &str, path: &str) -> Result<Option<String>, Barred> {
    let call = Call { api: "test", method, path, version: "" };
    access.api("test").unwrap().judge(&call).map(|scope| scope.map(|scope| scope.as_str().to_owned()))
}

#[test]
fn the_document_comes_back_as_it_was() {
    let document = json!({"test": {"allowed_urls": [{"url": "(", "methods": ["GET"]}], "unknown": {"deep": [1, null]}},
                          "other": {"limit": {"rate": 2.5}}});
    let access = rights(document.clone());
    assert_eq!(Value::Object(access.document()), document);
    assert_eq!(Value::Object(Access::read(access.text(), None).unwrap().document()), document);
    assert_eq!(access.apis().collect::<Vec<_>>(), ["other", "test"]);
    assert!(Access::default().is_empty() && Access::default().document().is_empty());
    assert_eq!(Access::new(Map::new()).unwrap(), Access::default());
}

#[test]
fn what_is_known_is_shared_and_not_parsed_again() {
    let known = Access::new(with_urls(["/a".into()])).unwrap();
    let again = Access::read(known.text(), Some(&known)).unwrap();
    assert!(known.is_shared_with(&again));
    let other = Access::new(with_urls(["/b".into()])).unwrap();
    assert!(!known.is_shared_with(&Access::read(other.text(), Some(&known)).unwrap()));
    assert!(Access::read("[", None).is_err());
}

#[test]
fn the_largest_key_of_ordinary_rules_can_be_made() {
    for pattern in ["^/api/v1/users/{id}/orders", "/api/v1/*/orders", "^/sample/users/[0-9]+$"] {
        let urls = with_urls((0..600).map(|number| format!("{pattern}/{number}")));
        assert!(Value::Object(urls.clone()).to_string().len() > 27_000);
        let access = Access::new(urls).unwrap();
        assert!(access.size() < 256 * 1024, "{pattern} takes {} bytes", access.size());
        assert_eq!(judge(&access, "GET", "/nowhere"), Err(Barred::Resource));
    }
}

#[test]
fn what_takes_too_long_to_judge_is_refused_when_it_is_made() {
    // Where braces are not equal in number, counts stay what they are.
    for urls in [
        vec!["(a?){900}|{".to_owned(); 12],
        vec![r"\pL+".to_owned(); 60],
        vec!["a".repeat(5000)],
        vec!["/x".to_owned(); 10_000],
    ] {
        assert!(Access::new(with_urls(urls)).is_err());
    }
    let endpoint = |_| json!({"path": "(a?){900}|{", "methods": [{"name": "GET"}]});
    let endpoints = json!({"test": {"endpoints": (0..12).map(endpoint).collect::<Vec<_>>()}});
    assert!(Access::new(endpoints.as_object().unwrap().clone()).is_err());
    let apis = (0..12).map(|api| (api.to_string(), json!({"allowed_urls": [{"url": "(a?){900}|{"}]})));
    assert!(Access::new(apis.collect()).is_err(), "also over several APIs");
}

#[test]
fn what_cannot_be_judged_within_the_steps_of_a_decision_is_refused() {
    let access = Access::new(with_urls((0..9).map(|number| format!("(a?){{900}}b{{{number}$")))).unwrap();
    assert_eq!(judge(&access, "GET", &format!("/{}b{{5", "a".repeat(20))), Ok(None));
    assert_eq!(judge(&access, "GET", &format!("/{}b{{5", "a".repeat(8000))), Err(Barred::Resource));
}

#[test]
fn a_size_counts_all_that_is_kept() {
    let small = Access::new(with_urls(["/a".into()])).unwrap().size();
    let large = Access::new(with_urls([format!("/[a]{}", ".?".repeat(1000))])).unwrap().size();
    assert!(small > 100 && large > small + 16_000, "{small}, {large}");
}

#[test]
fn every_reading_of_a_path_must_be_allowed() {
    let access = Access::new(with_urls(["public".into(), "^/docs/".into()])).unwrap();
    for path in ["/public", "/public;v=1", "/docs/a;b", "/docs//a", "/a/public/"] {
        assert_eq!(judge(&access, "GET", path), Ok(None), "{path}");
    }
    for path in ["/admin;public", "/admin%3bpublic", "/admin%3Fpublic", "/admin%23public", "//docs/", "/docs", ""] {
        assert_eq!(judge(&access, "GET", path), Err(Barred::Resource), "{path}");
    }
}

#[test]
fn of_two_entries_for_one_endpoint_the_first_holds() {
    let limit =
        |path: &str, name: &str| json!({"path": path, "methods": [{"name": name, "limit": {"rate": 1, "per": 60}}]});
    let access = rights(json!({"test": {"endpoints":
        [limit("/a", "POST"), limit("(", "GET"), limit("/a/*", "get"), limit("/a", "GET"), limit("/b", "GET")]}}));
    let scope = |path: &str| Ok(Some(LimitScope::endpoint("test", "GET", path).as_str().to_owned()));
    assert_eq!(judge(&access, "GET", "/a/1"), scope("/a/*"));
    assert_eq!(judge(&access, "GET", "/a"), scope("/a"));
    assert_eq!(judge(&access, "gEt", "/b"), scope("/b"));
    assert_eq!(judge(&access, "PUT", "/a"), Ok(None));
    assert_eq!(judge(&access, "GET", ""), Ok(None), "an untold path is none of them");
}

#[test]
fn a_limited_endpoint_is_not_evaded_by_a_path_that_reads_as_another() {
    let access = rights(json!({"test": {"endpoints":
        [{"path": "^/slow$", "methods": [{"name": "GET", "limit": {"rate": 1, "per": 60}}]}]}}));
    assert!(judge(&access, "GET", "/%73low").unwrap().is_some());
    assert_eq!(judge(&access, "GET", "/fast"), Ok(None));
    for path in ["/slow;x", "/x/../slow", "/slow.", "//slow", "/x/..;/slow"] {
        assert_eq!(judge(&access, "GET", path), Err(Barred::Resource), "{path}");
    }
}

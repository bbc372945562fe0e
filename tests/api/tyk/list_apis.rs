//! `GET /tyk/apis` and `GET /tyk/apis/{apiID}`.

use latchkey_harness::TestServer;
use serde_json::{Value, json};

use super::asserts::{EDITIONS, assert_nothing_stored, assert_refused, read};

async fn with_apis(apis: &str, edition: &str) -> TestServer {
    TestServer::with(&[("LATCHKEY_APIS", apis), ("LATCHKEY_TYK_EDITION", edition)]).await
}

fn definition(api: &str, org: &str) -> Value {
    json!({
        "name": api, "slug": api, "api_id": api, "org_id": org, "active": true, "use_keyless": false,
        "auth": {
            "auth_header_name": "Authorization", "use_param": false, "param_name": "", "use_cookie": false,
            "cookie_name": "", "use_certificate": false,
        },
        "version_data": {
            "not_versioned": true, "default_version": "",
            "versions": {"Default": {"name": "Default", "expires": "", "use_extended_paths": true}},
        },
        "proxy": {"listen_path": format!("/{api}/"), "target_url": "", "strip_listen_path": true},
    })
}

#[tokio::test]
async fn every_listed_api_is_shown_with_its_organisation() {
    for edition in EDITIONS {
        let server = with_apis("orders@acme, bills@default,open@", edition).await;
        let expected = [("bills", "default"), ("open", ""), ("orders", "acme")].map(|(api, org)| definition(api, org));
        for path in ["/tyk/apis", "/tyk/apis/", "/tyk/apis?p=1"] {
            assert_eq!(read(&server, path).await, json!(expected), "{path}");
        }
        for one in &expected {
            assert_eq!(read(&server, &format!("/tyk/apis/{}", one["api_id"].as_str().unwrap())).await, *one);
        }
        assert_eq!(server.watch.calls(), []);
    }
}

#[tokio::test]
async fn an_api_that_is_not_listed_is_not_found() {
    for edition in EDITIONS {
        for apis in ["", "orders@acme"] {
            let server = with_apis(apis, edition).await;
            for id in ["order", "Orders", "acme", "orders%2Fx"] {
                let reply = server.admin("GET", &format!("/tyk/apis/{id}"), ()).await;
                match id.contains('%') {
                    true => assert_eq!(reply.expect(404).text, "404 page not found\n"),
                    false => assert_refused(&reply, 404, "API not found"),
                }
            }
        }
    }
}

#[tokio::test]
async fn without_listed_apis_the_list_is_empty() {
    let server = TestServer::start().await;
    assert_eq!(server.admin("GET", "/tyk/apis", ()).await.expect(200).text, "[]\n");
}

#[tokio::test]
async fn apis_cannot_be_changed_by_requests() {
    for edition in EDITIONS {
        let server = with_apis("orders@acme", edition).await;
        for path in ["/tyk/apis", "/tyk/apis/orders", "/tyk/apis/other"] {
            for method in ["POST", "PUT", "DELETE", "PATCH"] {
                let reply = server.admin(method, path, definition("orders", "other")).await;
                assert_refused(&reply, 405, "Method not supported");
            }
        }
        assert_eq!(read(&server, "/tyk/apis").await, json!([definition("orders", "acme")]));
        assert_nothing_stored(&server).await;
    }
}

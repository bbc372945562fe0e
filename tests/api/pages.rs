//! What a browser finds at the local server: the page at `/`, the OpenAPI documents, and the page at `/docs`.

use latchkey::pages::DOCUMENTS;
use latchkey_harness::{Reply, TestServer};
use regex::Regex;

async fn get(server: &TestServer, path: &str) -> Reply {
    server.send("GET", path, &[], ()).await.expect(200)
}

#[tokio::test]
async fn every_document_is_served_without_a_secret() {
    let server = TestServer::start().await;
    for (name, json) in DOCUMENTS {
        let served = get(&server, &format!("/openapi/{name}.json")).await;
        assert_eq!((served.header("content-type"), served.text.as_str()), ("application/json", json));
        assert_eq!(served.json()["openapi"], "3.1.0");
    }
    let _none = server.send("GET", "/openapi/other.json", &[], ()).await.expect(404);
}

#[tokio::test]
async fn the_first_page_leads_to_the_documents_and_the_page_to_try_them() {
    let server = TestServer::start().await;
    let page = get(&server, "/").await.text;
    let links = Regex::new(r#"(?:href|src)="([^"]+)""#).unwrap();
    let links: Vec<_> = links.captures_iter(&page).map(|link| link[1].to_owned()).collect();
    assert!(links.contains(&"/docs".to_owned()), "{links:?}");
    for (name, _) in DOCUMENTS {
        assert!(links.contains(&format!("/openapi/{name}.json")), "{links:?}");
    }
    for link in links.iter().filter(|link| *link != "data:,") {
        let _leads_somewhere = get(&server, link).await;
    }
}

#[tokio::test]
async fn pages_load_nothing_from_elsewhere_and_may_not() {
    let server = TestServer::start().await;
    let loads = Regex::new(r#"<(?:link|script|img)[^>]* (?:href|src)="([^"]+)""#).unwrap();
    for path in ["/", "/docs", "/docs/"] {
        let page = get(&server, path).await;
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';") && !policy.contains("http"), "{policy}");
        for loaded in loads.captures_iter(&page.text).map(|found| found[1].to_owned()) {
            assert!(loaded.starts_with('/') || loaded == "data:,", "{path} loads {loaded}");
            if loaded.starts_with('/') {
                let _served = get(&server, &loaded).await;
            }
        }
    }
}

#[tokio::test]
async fn the_viewer_comes_compressed_with_its_type() {
    let server = TestServer::start().await;
    let script = server.send("HEAD", "/docs/swagger-ui-bundle.js", &[], ()).await.expect(200);
    assert_eq!((script.header("content-type"), script.header("content-encoding")), ("text/javascript", "gzip"));
    let _none = server.send("GET", "/docs/swagger-ui.js.map", &[], ()).await.expect(404);
}

#[tokio::test]
async fn only_reading_finds_a_page() {
    let server = TestServer::start().await;
    for path in ["/", "/docs", "/openapi/tyk.json"] {
        let _head = server.send("HEAD", path, &[], ()).await.expect(200);
        assert_eq!(server.send("POST", path, &[], ()).await.expect(404).text, "Not Found");
    }
}

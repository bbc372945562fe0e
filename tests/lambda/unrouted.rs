//! The function that answers what no route takes.

use crate::cloud::Cloud;
use crate::event::Event;

#[tokio::test]
async fn what_no_route_takes_is_answered_in_the_dialect_of_its_path() {
    let cloud = Cloud::start().await;
    let mut unrouted = cloud.function("unrouted").await;
    let missing = unrouted.call(&Event::unrouted("GET", "/tyk/nowhere")).await.expect(404);
    assert_eq!(missing.text, "404 page not found\n");
    let method = unrouted.call(&Event::unrouted("PATCH", "/tyk/keys/abc")).await.expect(405);
    assert_eq!(method.text_of("message"), "Method not supported");
    for (method, path, status) in
        [("GET", "/v1/manage/nowhere", 404), ("PATCH", "/v1/manage/org", 405), ("PUT", "/v1/auth/check", 405)]
    {
        let refused = unrouted.call(&Event::unrouted(method, path).anonymous()).await.expect(status);
        assert_eq!(refused.json()["error"]["origin"], "router", "{path}");
    }
    let key = "/api/v1/organizations/o/api-keys/k";
    let method = unrouted.call(&Event::unrouted("PATCH", key).anonymous()).await.expect(405);
    assert_eq!((&method.json()["group"], &method.json()["code"]), (&"request".into(), &405.into()));
    for path in ["/hello", "/base/hello"] {
        let method = unrouted.call(&Event::unrouted("POST", path).anonymous()).await.expect(405);
        assert_eq!(method.text_of("message"), "Method Not Allowed", "{path}");
    }
    let elsewhere = unrouted.call(&Event::unrouted("GET", "/elsewhere").anonymous()).await.expect(404);
    assert_eq!(elsewhere.text, "Not Found");
}

#[tokio::test]
async fn without_the_secret_nobody_learns_which_paths_exist() {
    let cloud = Cloud::start().await;
    let mut unrouted = cloud.function("unrouted").await;
    for (method, path) in [("GET", "/tyk/nowhere"), ("PATCH", "/tyk/keys/abc"), ("PUT", "/tyk/keys/abc/")] {
        let refused = unrouted.call(&Event::unrouted(method, path).anonymous()).await.expect(403);
        assert_eq!(refused.text_of("message"), "Attempted administrative access with invalid or missing key!");
    }
}

#[tokio::test]
async fn a_trailing_slash_is_redirected_with_method_and_query_kept() {
    let cloud = Cloud::start().await;
    let mut unrouted = cloud.function("unrouted").await;
    let slash = Event::unrouted("PUT", "/tyk/keys/abc/").query("suppress_reset=1&org_id=a%26b");
    let redirected = unrouted.call(&slash).await.expect(308);
    assert_eq!(redirected.header("location"), "/tyk/keys/abc?suppress_reset=1&org_id=a%26b");
    let managing = unrouted.call(&Event::unrouted("GET", "/v1/manage/apikey/")).await.expect(308);
    assert_eq!(managing.header("location"), "/v1/manage/apikey");
    for (path, location) in [("/hello/", "/hello"), ("/base/hello/", "/base/hello")] {
        let hello = unrouted.call(&Event::unrouted("GET", path).anonymous()).await.expect(308);
        assert_eq!(hello.header("location"), location);
    }
}

#[tokio::test]
async fn empty_segments_are_redirected_as_the_local_server_redirects_them() {
    let cloud = Cloud::start().await;
    let mut unrouted = cloud.function("unrouted").await;
    for (path, location) in [
        ("/tyk//keys", "/tyk/keys?limit=1"),
        ("//evil.example/tyk/keys", "/evil.example/tyk/keys?limit=1"),
        ("/base//v1/keys//", "/base/v1/keys/?limit=1"),
    ] {
        let event = Event::unrouted("GET", path).query("limit=1").anonymous();
        assert_eq!(unrouted.call(&event).await.expect(301).header("location"), location);
    }
    let mut list = cloud.function("tyk-list-keys").await;
    let redirected = list.call(&Event::slash("GET /tyk/keys", "/")).await.expect(301);
    assert_eq!(redirected.header("location"), "/tyk/keys/");
}

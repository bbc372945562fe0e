//! `GET /tyk/reload` and `GET /tyk/reload/group`.

use super::asserts::{EDITIONS, assert_refused, of_edition};

#[tokio::test]
async fn a_reload_succeeds_in_every_form_and_changes_nothing() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        let _token = server.create_key("default").await;
        let (before, _calls) = (server.everything().await, server.watch.calls());
        for path in
            ["/tyk/reload", "/tyk/reload?block=true", "/tyk/reload/group", "/tyk/reload/group?x=y", "/tyk/reload/"]
        {
            let reply = server.admin("GET", path, ()).await.expect(200);
            assert_eq!(reply.text, "{\"status\":\"ok\",\"message\":\"\"}\n", "{path}");
        }
        assert_eq!(server.watch.calls(), []);
        assert_eq!(server.everything().await, before);
    }
}

#[tokio::test]
async fn a_reload_takes_no_other_method() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        for path in ["/tyk/reload", "/tyk/reload/group"] {
            for method in ["POST", "PUT", "DELETE", "PATCH"] {
                assert_refused(&server.admin(method, path, ()).await, 405, "Method not supported");
            }
        }
        let _nowhere = server.admin("GET", "/tyk/reload/other", ()).await.expect(404);
    }
}

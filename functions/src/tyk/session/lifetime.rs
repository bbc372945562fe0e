//! How long a session is kept.

use latchkey_shared::clock::Millis;

use super::Session;

/// Until when the store keeps a session that is saved at `now`; `None` for ever.
pub(crate) fn lifetime(session: &Session, now: Millis) -> Option<Millis> {
    let seconds = |seconds: i64| seconds.saturating_mul(1000);
    let expires = session.int("expires");
    if expires >= 1 {
        match (session.text("post_expiry_action"), session.int("post_expiry_grace_period")) {
            ("delete", _) => return Some(seconds(expires)),
            ("retain", ..=-1) => return None,
            ("retain", grace @ 1..) => return Some(seconds(expires.saturating_add(grace))),
            _ => {}
        }
    }
    match session.int("session_lifetime") {
        lifetime @ 1.. => Some(now.saturating_add(seconds(lifetime))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use latchkey_shared::limits::BIG;

    use super::*;

    fn session(body: &str) -> Session {
        Session::whole(body.as_bytes()).unwrap().0
    }

    #[test]
    fn a_session_is_kept_as_long_as_its_first_rule_says() {
        for (body, until) in [
            ("{}", None),
            (r#"{"session_lifetime":60}"#, Some(61_000)),
            (r#"{"session_lifetime":60,"expires":10,"post_expiry_action":"delete"}"#, Some(10_000)),
            (r#"{"session_lifetime":60,"expires":10,"post_expiry_action":"retain"}"#, Some(61_000)),
            (r#"{"expires":10,"post_expiry_action":"retain","post_expiry_grace_period":5}"#, Some(15_000)),
            (
                r#"{"session_lifetime":60,"expires":10,"post_expiry_action":"retain","post_expiry_grace_period":-1}"#,
                None,
            ),
            (r#"{"session_lifetime":60,"expires":0,"post_expiry_action":"delete"}"#, Some(61_000)),
        ] {
            assert_eq!(lifetime(&session(body), 1000), until, "{body}");
        }
        assert!(lifetime(&session(r#"{"session_lifetime":9223372036854775807}"#), 1).is_some_and(|until| until > BIG));
    }
}

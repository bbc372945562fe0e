//! What a request does and how it ends, noted by whoever knows while the request runs.
//!
//! Notes are taken by type: a key by its id, a refusal by the name of its variant. So nothing that
//! a client sent can get into a log by way of a note, except an organisation's id.

use std::cell::RefCell;
use std::fmt::{self, Display, Write};

use crate::keys::KeyId;
use crate::orgs::{OrgId, UserId};

tokio::task_local! {
    static CURRENT: RefCell<Observed>;
}

/// Everything that is known of a request when it ends.
#[derive(Debug, Default)]
pub struct Observed {
    /// The route that took it.
    pub route: Option<Route>,
    /// The status of the answer; `None` if there is none.
    pub status: Option<u16>,
    /// `ok`, or the name of the refusal or failure.
    pub code: Option<&'static str>,
    /// Whether a call was admitted, if the request asked for a decision and got one.
    pub admitted: Option<bool>,
    /// Who called, once authenticated.
    pub caller: Option<Caller>,
    /// The key that the request is about.
    pub key: Option<KeyId>,
    /// The organisation that the request is about.
    pub org: Option<OrgId>,
    /// Why the service failed.
    pub cause: Option<String>,
    /// What the operator should look at although the request was answered.
    pub warning: Option<String>,
    /// Calls of the store.
    pub store_calls: u32,
    /// Calls of the store that it answered, with what was asked for or because a condition was not
    /// true.
    pub store_answers: u32,
    /// Attempts that the store refused because it was too busy.
    pub store_throttles: u32,
    /// Read capacity units.
    pub read_units: f64,
    /// Write capacity units.
    pub write_units: f64,
}

/// A method and a path template.
pub type Route = (&'static str, &'static str);

/// An authenticated caller, spelled as audit records spell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Whoever has the admin secret.
    Admin,
    /// The holder of a key.
    Key(KeyId),
    /// A user of the identity provider.
    User(UserId),
}

impl Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Admin => f.write_str("admin"),
            Self::Key(id) => write!(f, "key:{id}"),
            Self::User(id) => write!(f, "user:{id}"),
        }
    }
}

impl Observed {
    /// Calls of the store that failed: refused by it, without an answer in time, or given up.
    #[must_use]
    pub fn store_failures(&self) -> u32 {
        self.store_calls.saturating_sub(self.store_answers)
    }
}

/// Runs `work`, and returns what was noted meanwhile with its result.
pub async fn observe<T>(work: impl Future<Output = T>) -> (T, Observed) {
    let observed = async {
        let result = work.await;
        (result, CURRENT.with(RefCell::take))
    };
    CURRENT.scope(RefCell::default(), observed).await
}

/// Outside of a request nothing is noted.
fn note(change: impl FnOnce(&mut Observed)) {
    let _outside = CURRENT.try_with(|observed| change(&mut observed.borrow_mut()));
}

/// The request was taken by `route`.
pub fn routed(route: Route) {
    note(|observed| observed.route = Some(route));
}

/// The request was answered with `status`.
pub fn answered(status: u16) {
    note(|observed| observed.status = Some(status));
}

/// The request was refused for the reason of this name.
pub fn refused(code: &'static str) {
    note(|observed| (observed.code, observed.cause) = (Some(code), None));
}

/// The service failed; `cause` contains nothing of the request.
pub fn failed(code: &'static str, cause: impl Display) {
    note(|observed| (observed.code, observed.cause) = (Some(code), Some(cause.to_string())));
}

/// The request runs again: how it ended before does not count.
pub fn runs_again() {
    note(|observed| {
        (observed.code, observed.cause, observed.warning, observed.admitted) = (None, None, None, None);
    });
}

/// A call was decided.
pub fn decided(code: &'static str, admitted: bool) {
    note(|observed| (observed.code, observed.admitted) = (Some(code), Some(admitted)));
}

/// The caller is known.
pub fn authenticated(caller: Caller) {
    note(|observed| observed.caller = Some(caller));
}

/// The request is about this key, of this organisation.
pub fn about_key(key: KeyId, org: &OrgId) {
    note(|observed| (observed.key, observed.org) = (Some(key), Some(org.clone())));
}

/// The request is about this organisation.
pub fn about_org(org: &OrgId) {
    note(|observed| observed.org = Some(org.clone()));
}

/// Something that the operator should look at; `warning` contains no value that a client sent.
pub fn warn(warning: impl Display) {
    note(|observed| match &mut observed.warning {
        // Writing to a text never fails.
        Some(warnings) => drop(write!(warnings, "; {warning}")),
        None => observed.warning = Some(warning.to_string()),
    });
}

/// The store is called.
pub fn store_called() {
    note(|observed| observed.store_calls += 1);
}

/// The store answered a call, with what was asked for or because a condition was not true.
pub fn store_answered() {
    note(|observed| observed.store_answers += 1);
}

/// The store was too busy for an attempt.
pub fn store_throttled() {
    note(|observed| observed.store_throttles += 1);
}

/// The store charged these capacity units.
pub fn store_consumed(read: f64, write: f64) {
    note(|observed| {
        observed.read_units += read;
        observed.write_units += write;
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_runs_at_the_same_time_in_one_request_is_counted_together() {
        let call = || async {
            store_called();
            tokio::task::yield_now().await;
            store_answered();
            store_consumed(0.5, 1.0);
        };
        let other = observe(call());
        let ((), observed) = observe(async {
            tokio::join!(call(), call(), other);
            store_called();
        })
        .await;
        assert_eq!((observed.store_calls, observed.store_failures()), (3, 1), "another request counts for itself");
        assert!((observed.read_units, observed.write_units) == (1.0, 2.0), "{observed:?}");
    }

    #[tokio::test]
    async fn the_last_outcome_counts_and_warnings_add_up() {
        let ((), observed) = observe(async {
            failed("store_failed", "the cause");
            warn("one");
            warn("two");
            refused("no_such_key");
        })
        .await;
        assert_eq!((observed.code, observed.cause), (Some("no_such_key"), None));
        assert_eq!(observed.warning.as_deref(), Some("one; two"));
    }

    #[test]
    fn outside_of_a_request_a_note_is_dropped() {
        store_called();
        refused("no_such_key");
    }
}

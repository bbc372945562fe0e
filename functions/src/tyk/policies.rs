//! The policies that a key's session names: what they make of it when it is saved, and when it is shown.

use std::collections::BTreeSet;

use jiff::Timestamp;
use latchkey_shared::access::DialectScope;
use latchkey_shared::envelope::tyk::Failure;
use latchkey_shared::orgs::OrgId;
use latchkey_shared::policies::{Policy, Unmet, inline_policies, merge, names};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::store::FoundPolicies;
use serde_json::Map;

use super::session::Session;

/// The most policies that a key may name: each takes two parts of the transaction that saves the key.
pub(crate) const MOST: usize = 40;

/// A session that is merged with its policies.
pub(super) struct Governed {
    /// The session with what its policies make of it, as far as they can be applied.
    pub(super) merged: Session,
    /// Why they cannot be applied, if the look at the session alone shows it.
    pub(super) unmet: Option<Unmet>,
    found: FoundPolicies,
}

impl Governed {
    /// The session merged with its policies; `None` if it follows none. One read, if it names any.
    ///
    /// # Errors
    /// When it names too many, or the store fails.
    pub(super) async fn of(
        service: &Service,
        scope: &DialectScope,
        session: &Session,
        org: &OrgId,
    ) -> Result<Option<Self>, Failure> {
        if !follows_policies(session) {
            return Ok(None);
        }
        let names = names(session.fields());
        if names.len() > MOST {
            return Err(Failure::TooManyPolicies(MOST));
        }
        let found = service.store.policies(scope, org, names).await?;
        let mut merged = session.fields().clone();
        let unmet = merge(&mut merged, |name| found.live(name), None).err();
        Ok(Some(Self { merged: Session::from_fields(merged), unmet, found }))
    }

    /// Checks that the policies apply to each API of the merged session, in the API's organisation. Costs a read for
    /// each such organisation if the key has none itself.
    pub(super) async fn check_apis(&self, service: &Service, scope: &DialectScope, org: &OrgId) -> Result<(), Failure> {
        let apis = &service.settings.apis;
        let called = self.merged.object("access_rights").into_iter().flat_map(Map::keys);
        let owners: BTreeSet<_> = called.filter(|api| apis.exists(api)).map(|api| apis.org(api)).collect();
        for owner in owners {
            let borrowed = match owner.filter(|_| org.as_str().is_empty()) {
                Some(owner) => Some(service.store.policies(scope, owner, names(self.merged.fields())).await?),
                None => None,
            };
            let found = borrowed.as_ref().unwrap_or(&self.found);
            merge(&mut self.merged.fields().clone(), |name| found.live(name), owner)?;
        }
        Ok(())
    }

    /// When a new key expires by its policies: the last that says so decides, if any API of the merge exists.
    pub(super) fn expires(&self, service: &Service, now: Timestamp) -> Option<i64> {
        let mut apis = self.merged.object("access_rights").into_iter().flat_map(Map::keys);
        if !apis.any(|api| service.settings.apis.exists(api)) {
            return None;
        }
        let inline = inline_policies(self.merged.fields());
        let named = names(self.merged.fields()).into_iter().filter_map(|name| self.found.live(name));
        let seconds = match &inline {
            Some(inline) => inline.iter().map(Policy::key_expires_in).rfind(|seconds| *seconds > 0),
            None => named.map(Policy::key_expires_in).rfind(|seconds| *seconds > 0),
        };
        seconds.map(|seconds| now.as_second().saturating_add(seconds))
    }
}

/// Whether policies decide about a key with this session.
pub(super) fn follows_policies(session: &Session) -> bool {
    !names(session.fields()).is_empty() || inline_policies(session.fields()).is_some()
}

/// `session` as its policies make it for an API of `api_org`, as far as they can be applied. A deleted policy shows what
/// it was. One read, if the session names any.
pub(super) async fn shown(
    service: &Service,
    scope: &DialectScope,
    session: Session,
    (org, api_org): (&OrgId, Option<&OrgId>),
) -> Result<Session, Failure> {
    if !follows_policies(&session) {
        return Ok(session);
    }
    let found = service.store.policies(scope, org, names(session.fields())).await?;
    let mut merged = session.into_fields();
    // What was done until an error stays, as in the gateway.
    let _unmet = merge(&mut merged, |name| found.live_or_deleted(name), api_org);
    Ok(Session::from_fields(merged))
}

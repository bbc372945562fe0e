//! Invitations to an address, until they are taken, declined or expired.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde_json::json;

use super::heads::OWNERS;
use crate::access::OrgScope;
use crate::clock::Millis;
use crate::orgs::{Email, GmiRole, OrgId};
use crate::store::audit::Audited;
use crate::store::items::attributes::{self, Item, n, name, s};
use crate::store::items::primary_key::{invitation_key, invited_partition, inviting_org, org_of, profile_key};
use crate::store::lookup::{self, Rows};
use crate::store::write::retry::Retry;
use crate::store::write::transaction::Outcome;
use crate::store::{Store, StoreError, Table};

/// How long an invitation can be taken.
const LIFETIME: Millis = 14 * 24 * 60 * 60 * 1000;

/// The most invitations that are shown at once.
const MOST_SHOWN: usize = 100;

/// An invitation that can be taken.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Its id.
    pub id: String,
    /// The organisation that invites.
    pub org: OrgId,
    /// The role that it offers.
    pub role: GmiRole,
    /// When it was made.
    pub made: Millis,
    /// Until when it can be taken.
    pub end: Millis,
}

/// An invitation, and what the organisation is called.
#[derive(Clone, Debug)]
pub struct NamedInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// The organisation's name.
    pub org_name: String,
}

impl Store {
    /// Invites each of `invitees` to the organisation, in the place of an earlier invitation. One transaction,
    /// no read.
    pub async fn invite(&self, scope: &OrgScope, invitees: &[(Email, GmiRole)], now: Millis) -> Result<(), StoreError> {
        let mut retry = Retry::of_change();
        loop {
            let mut parts = Vec::new();
            for (email, role) in invitees {
                parts.extend(self.invite_parts(scope, (email, *role), now)?);
            }
            if self.transact_as(scope, None, parts).await? == Outcome::Done {
                return Ok(());
            }
            retry.after_pause().await?;
        }
    }

    fn invite_parts(
        &self,
        scope: &OrgScope,
        (email, role): (&Email, GmiRole),
        now: Millis,
    ) -> Result<[TransactWriteItem; 2], StoreError> {
        let (id, org) = (uuid::Uuid::new_v4().to_string(), scope.org());
        let mut item = invitation_key(email, org);
        item.extend([
            ("id".into(), s(&id)),
            ("role".into(), s(role.as_str())),
            ("by".into(), s(&scope.actor)),
            (name::MADE.into(), n(now)),
            ("end".into(), n(now.saturating_add(LIFETIME))),
        ]);
        let after = json!({"email": email.as_str(), "role": role.as_str()});
        let subject = subject(&id);
        let record = Audited {
            what: "invitation.create",
            subject,
            org,
            from: None,
            revision: 1,
            before: None,
            after: Some(&after),
        };
        Ok([self.put(Table::Organizations, item)?, self.audit(scope, now, &record)?])
    }

    /// The invitations to `email` that can be taken at `now`, the newest last: one read for each
    /// MB.
    pub(in crate::store) async fn pending(&self, email: &Email, now: Millis) -> Result<Vec<Invitation>, StoreError> {
        let query = self.query(Table::Organizations, invited_partition(email), &Rows::All);
        let mut rows = lookup::pages(query).items().send();
        let mut pending = Vec::new();
        while let Some(row) = rows.next().await {
            let invitation = from_item(&row.map_err(StoreError::failed("Query"))?)?;
            if invitation.end > now {
                pending.push(invitation);
            }
        }
        pending.sort_by(|one, other| (one.made, &one.id).cmp(&(other.made, &other.id)));
        Ok(pending)
    }

    /// The newest of `invitations` with the names of their organisations, without organisations
    /// that everybody has left. One read.
    pub(in crate::store) async fn named(
        &self,
        mut invitations: Vec<Invitation>,
    ) -> Result<Vec<NamedInvitation>, StoreError> {
        invitations.drain(..invitations.len().saturating_sub(MOST_SHOWN));
        let keys = invitations.iter().map(|invitation| profile_key(&invitation.org)).collect();
        let mut names = HashMap::new();
        for profile in self.batch_get(Table::Organizations, keys).await? {
            if attributes::count(&profile, OWNERS)? > 0 {
                names.insert(org_of(&profile)?, attributes::text(&profile, "name")?.to_owned());
            }
        }
        let named = |invitation: Invitation| {
            let org_name = names.get(&invitation.org)?.clone();
            Some(NamedInvitation { invitation, org_name })
        };
        Ok(invitations.into_iter().filter_map(named).collect())
    }
}

fn from_item(item: &Item) -> Result<Invitation, StoreError> {
    Ok(Invitation {
        id: attributes::text(item, "id")?.to_owned(),
        org: inviting_org(item)?,
        role: GmiRole::parse(attributes::text(item, "role")?).ok_or(StoreError::Damaged("role"))?,
        made: attributes::number(item, name::MADE)?,
        end: attributes::number(item, "end")?,
    })
}

/// What an audit record calls an invitation.
pub(in crate::store) fn subject(id: &str) -> String {
    format!("invitation:{id}")
}

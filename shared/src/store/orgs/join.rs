//! Lets somebody who is in no organisation take an invitation, once, or decline it.

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde_json::json;

use super::invitations::{self, Invitation, NamedInvitation};
use super::members::subject;
use crate::access::Scope;
use crate::clock::Millis;
use crate::orgs::{Email, GmiRole, OrgId, Person, UserId};
use crate::store::audit::Audited;
use crate::store::items::attributes::s;
use crate::store::items::member::{Membership, Seat};
use crate::store::items::primary_key::invitation_key;
use crate::store::write::conditions::{Condition, Conditions};
use crate::store::write::retry::Retry;
use crate::store::write::transaction::Outcome;
use crate::store::{Store, StoreError, Table};

/// Where a user is, after their invitations were considered.
#[derive(Debug)]
pub enum Joined {
    /// In this organisation, of which they were a member before.
    Before(Membership),
    /// In an organisation that they just joined.
    Now(OrgId, GmiRole),
    /// In none, with several invitations to choose from, the newest last.
    Invited(Vec<NamedInvitation>),
    /// In none.
    Nowhere,
}

/// What became of a request to take an invitation.
#[derive(Debug)]
pub enum Accepted {
    /// The user is a member now, or was one by this invitation before.
    Joined(OrgId, GmiRole),
    /// The user is in an organisation already.
    InOrganization,
    /// There is no such invitation that can be taken.
    NoSuchInvitation,
}

/// What became of an attempt to take an invitation.
enum Taken {
    Done,
    /// Everybody has left that organisation.
    Void,
    /// Another change came between.
    Lost,
}

impl Store {
    /// The organisation of `user`. If they have none, they take the invitation to `email`, if there
    /// is just one that can be taken. This costs two reads, one more for several invitations, and
    /// to join one more and a transaction; and all again if another change came first.
    pub async fn join(
        &self,
        scope: &Scope,
        who: (&UserId, &Person),
        email: Option<&Email>,
        now: Millis,
    ) -> Result<Joined, StoreError> {
        let mut void = Vec::new();
        let mut retry = Retry::of_change();
        loop {
            let (user, _) = who;
            if let Some(org) = self.home(user).await? {
                if let Seat::Taken(membership) = self.seat(&org, user).await? {
                    return Ok(Joined::Before(membership));
                }
                // They left, or were removed, between the two reads.
                retry.after_pause().await?;
                continue;
            }
            let Some(email) = email else { return Ok(Joined::Nowhere) };
            let mut pending = self.pending(email, now).await?;
            pending.retain(|invitation| !void.contains(&invitation.id));
            if pending.len() > 1 {
                let named = self.named(pending).await?;
                if named.len() > 1 {
                    return Ok(Joined::Invited(named));
                }
                pending = named.into_iter().map(|named| named.invitation).collect();
            }
            let Some(only) = pending.pop() else { return Ok(Joined::Nowhere) };
            match self.take(scope, who, email, &only, now).await? {
                Taken::Done => return Ok(Joined::Now(only.org, only.role)),
                Taken::Void => {
                    void.push(only.id);
                    retry.at_once()?;
                }
                Taken::Lost => retry.after_pause().await?,
            }
        }
    }

    /// Makes the user a member by the invitation `id` to `email`, unless they already are one by
    /// it. This costs three reads and one transaction, and again if another change came first.
    pub async fn accept(
        &self,
        scope: &Scope,
        who: (&UserId, &Person),
        (email, id): (&Email, &str),
        now: Millis,
    ) -> Result<Accepted, StoreError> {
        let mut retry = Retry::of_change();
        loop {
            let Some(invitation) = self.invitation(email, id, now).await? else {
                return self.accepted(who.0, id).await;
            };
            if self.home(who.0).await?.is_some() {
                return Ok(Accepted::InOrganization);
            }
            match self.take(scope, who, email, &invitation, now).await? {
                Taken::Done => return Ok(Accepted::Joined(invitation.org, invitation.role)),
                Taken::Void => return Ok(Accepted::NoSuchInvitation),
                Taken::Lost => retry.after_pause().await?,
            }
        }
    }

    /// Declines the invitation `id` to `email`, and returns whether there was one. This costs one
    /// read and one transaction, and again if another change came first.
    pub async fn decline(&self, scope: &Scope, (email, id): (&Email, &str), now: Millis) -> Result<bool, StoreError> {
        let mut retry = Retry::of_change();
        loop {
            let Some(invitation) = self.invitation(email, id, now).await? else { return Ok(false) };
            let before = json!({"email": email.as_str(), "role": invitation.role.as_str()});
            let record = Audited {
                what: "invitation.decline",
                subject: invitations::subject(id),
                org: &invitation.org,
                from: None,
                revision: 2,
                before: Some(&before),
                after: None,
            };
            let parts = vec![self.remove_invitation(email, &invitation)?, self.audit(scope, now, &record)?];
            if self.transact_as(scope, None, parts).await? == Outcome::Done {
                return Ok(true);
            }
            retry.after_pause().await?;
        }
    }

    /// Whether `user` is a member by the invitation `id`, which no longer exists.
    async fn accepted(&self, user: &UserId, id: &str) -> Result<Accepted, StoreError> {
        let Some(org) = self.home(user).await? else { return Ok(Accepted::NoSuchInvitation) };
        Ok(match self.seat(&org, user).await? {
            Seat::Taken(member) if member.invitation.as_deref() == Some(id) => {
                Accepted::Joined(member.org, member.role)
            }
            _ => Accepted::NoSuchInvitation,
        })
    }

    async fn invitation(&self, email: &Email, id: &str, now: Millis) -> Result<Option<Invitation>, StoreError> {
        Ok(self.pending(email, now).await?.into_iter().find(|invitation| invitation.id == id))
    }

    async fn take(
        &self,
        scope: &Scope,
        (user, person): (&UserId, &Person),
        email: &Email,
        invitation: &Invitation,
        now: Millis,
    ) -> Result<Taken, StoreError> {
        let Invitation { id, org, role, .. } = invitation;
        let seat = self.seat(org, user).await?;
        let mut after = Membership::summary(user, *role);
        after["invitation"] = id.as_str().into();
        let record = Audited {
            what: "member.join",
            subject: subject(user),
            org,
            from: None,
            revision: seat.next_revision(),
            before: None,
            after: Some(&after),
        };
        let parts = vec![
            self.settle(user, org, None)?,
            self.sit(org, user, &seat, (*role, Some(id)), person)?,
            self.remove_invitation(email, invitation)?,
            self.audit(scope, now, &record)?,
            self.count_heads(org, 1, i64::from(*role == GmiRole::Owner))?,
        ];
        // The part that counts heads comes last.
        let count = parts.len() - 1;
        Ok(match self.transact_as(scope, None, parts).await? {
            Outcome::Done => Taken::Done,
            Outcome::Lost(failed) if failed == [count] => Taken::Void,
            Outcome::Lost(_) => Taken::Lost,
        })
    }

    /// A part of a transaction: deletes the invitation, unless another took its place.
    fn remove_invitation(&self, email: &Email, invitation: &Invitation) -> Result<TransactWriteItem, StoreError> {
        let same = Conditions::of(Condition::equals("id", s(&invitation.id)));
        self.delete_if(Table::Organizations, invitation_key(email, &invitation.org), same)
    }
}

//! Invitations: kept for those whose addresses they name, and taken once, by somebody who is in no organisation.

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde_json::json;

use super::attributes::{self, Item, n, name, s};
use super::audit::Audited;
use super::head_count::partition;
use super::member_item::{Membership, Seat};
use super::members::subject;
use super::transaction::{ATTEMPTS, Changes, Outcome, pause};
use super::{Store, StoreError, Table};
use crate::clock::Millis;
use crate::keys::{Email, OrgId, Person, Role, Scope, UserId};

/// How long an invitation can be taken.
const LIFETIME: Millis = 14 * 24 * 60 * 60 * 1000;

/// An invitation that is there.
struct Invitation {
    id: String,
    org: OrgId,
    role: Role,
    made: Millis,
}

/// Where a user is, after their invitations were looked at.
#[derive(Debug)]
pub enum Joined {
    /// In this organisation, of which they were a member before.
    Before(Membership),
    /// In an organisation that they just joined.
    Now(OrgId, Role),
    /// In none.
    Nowhere,
}

impl Store {
    /// Invites each of `invitees` to `org`, in place of an earlier invitation. One transaction, no read.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn invite(
        &self,
        scope: &Scope,
        org: &OrgId,
        invitees: &[(Email, Role)],
        now: Millis,
    ) -> Result<(), StoreError> {
        for attempt in 0..ATTEMPTS {
            let mut parts = Vec::new();
            for (email, role) in invitees {
                parts.extend(self.invite_parts(scope, org, (email, *role), now)?);
            }
            if self.transact_as(scope, None, parts).await? == Outcome::Done {
                return Ok(());
            }
            pause(attempt).await;
        }
        Err(StoreError::Contended)
    }

    /// The organisation of `user`; where they have none, they take the newest invitation to `email`, if there is one
    /// whose time is not over. Two reads; to join, two more and a transaction. All again when another change came between.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn join(
        &self,
        scope: &Scope,
        (user, person): (&UserId, &Person),
        email: Option<&Email>,
        now: Millis,
    ) -> Result<Joined, StoreError> {
        let mut void = Vec::new();
        for attempt in 0..ATTEMPTS {
            if let Some(org) = self.home(user).await? {
                if let Seat::Taken(membership) = self.seat(&org, user).await? {
                    return Ok(Joined::Before(membership));
                }
                // They left, or were removed, between the two reads.
                pause(attempt).await;
                continue;
            }
            let Some(email) = email else { return Ok(Joined::Nowhere) };
            let Some(invitation) = self.newest(email, &void, now).await? else { return Ok(Joined::Nowhere) };
            let parts = self.join_parts(scope, (user, person), email, &invitation, now).await?;
            // The part that counts heads comes last.
            let count = parts.len() - 1;
            match self.transact_as(scope, None, parts).await? {
                Outcome::Done => return Ok(Joined::Now(invitation.org, invitation.role)),
                // Everybody has left that organisation.
                Outcome::Lost(failed) if failed == [count] => void.push(invitation.id),
                Outcome::Lost(_) => pause(attempt).await,
            }
        }
        Err(StoreError::Contended)
    }

    fn invite_parts(
        &self,
        scope: &Scope,
        org: &OrgId,
        (email, role): (&Email, Role),
        now: Millis,
    ) -> Result<[TransactWriteItem; 2], StoreError> {
        let id = uuid::Uuid::new_v4().to_string();
        let mut item = invitation_key(email, org);
        item.extend([
            ("id".into(), s(&id)),
            ("role".into(), s(role.as_str())),
            ("by".into(), s(&scope.actor)),
            (name::MADE.into(), n(now)),
            ("end".into(), n(now.saturating_add(LIFETIME))),
        ]);
        let after = json!({"email": email.as_str(), "role": role.as_str()});
        let subject = format!("invitation:{id}");
        let record =
            Audited { what: "invitation.create", subject, org, revision: 1, before: None, after: Some(&after) };
        Ok([self.put(Table::Organizations, item)?, self.audit(scope, now, &record)?])
    }

    async fn join_parts(
        &self,
        scope: &Scope,
        (user, person): (&UserId, &Person),
        email: &Email,
        invitation: &Invitation,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let Invitation { id, org, role, .. } = invitation;
        let seat = self.seat(org, user).await?;
        let mut after = Membership::summary(user, *role);
        after["invitation"] = id.as_str().into();
        let record = Audited {
            what: "member.join",
            subject: subject(user),
            org,
            revision: seat.next_revision(),
            before: None,
            after: Some(&after),
        };
        let mut taken = Changes::default();
        taken.expect("id", s(id));
        Ok(vec![
            self.settle(user, org, None)?,
            self.sit(org, user, &seat, *role, person)?,
            self.delete_if(Table::Organizations, invitation_key(email, org), taken)?,
            self.audit(scope, now, &record)?,
            self.count_heads(org, 1, i64::from(*role == Role::Owner))?,
        ])
    }

    /// The newest invitation to `email` that can still be taken and is not among the `void`.
    async fn newest(&self, email: &Email, void: &[String], now: Millis) -> Result<Option<Invitation>, StoreError> {
        let (mut newest, mut after): (Option<Invitation>, _) = (None, None);
        loop {
            let query = self
                .client
                .query()
                .table_name(self.table(Table::Organizations))
                .key_condition_expression("#org = :invited")
                .expression_attribute_names("#org", "org")
                .expression_attribute_values(":invited", s(invited(email)))
                .set_exclusive_start_key(after)
                .consistent_read(true);
            let read = query.send().await.map_err(StoreError::failed("Query"))?;
            for item in read.items.unwrap_or_default() {
                let found = from_item(&item)?;
                let later = newest.as_ref().is_none_or(|newest| (newest.made, &newest.id) < (found.made, &found.id));
                if later && !void.contains(&found.id) && attributes::number(&item, "end")? > now {
                    newest = Some(found);
                }
            }
            after = read.last_evaluated_key;
            if after.is_none() {
                return Ok(newest);
            }
        }
    }
}

fn from_item(item: &Item) -> Result<Invitation, StoreError> {
    let org = attributes::text(item, "sk")?.strip_prefix("org#").ok_or(StoreError::Damaged("sk"))?;
    Ok(Invitation {
        id: attributes::text(item, "id")?.to_owned(),
        org: OrgId::from_stored(org),
        role: Role::parse(attributes::text(item, "role")?).ok_or(StoreError::Damaged("role"))?,
        made: attributes::number(item, name::MADE)?,
    })
}

fn invited(email: &Email) -> String {
    format!("invited#{}", email.folded())
}

fn invitation_key(email: &Email, org: &OrgId) -> Item {
    Item::from([("org".into(), s(invited(email))), ("sk".into(), s(partition(org)))])
}

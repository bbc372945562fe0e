//! New organisations. Whoever makes one leaves the one that they were in, in the same transaction.

use serde_json::json;

use super::attributes::{n, name, s};
use super::audit::Audited;
use super::head_count::{MEMBERS, OWNERS, profile_key};
use super::member_item::Seat;
use super::transaction::{ATTEMPTS, Outcome, pause};
use super::{Store, StoreError, Table};
use crate::clock::Millis;
use crate::keys::{OrgId, Person, Role, Scope, UserId};

/// What became of a request for a new organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// It was made.
    Made,
    /// It was not: the organisation that its maker would leave would be without an owner.
    LastOwner,
}

impl Store {
    /// Makes the organisation `org`, whose id is new, with `user` as its owner. One or two reads and one transaction;
    /// all again when another change came between.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn register(
        &self,
        scope: &Scope,
        (org, called): (&OrgId, &str),
        (user, person): (&UserId, &Person),
        now: Millis,
    ) -> Result<Registered, StoreError> {
        for attempt in 0..ATTEMPTS {
            let former = self.home(user).await?;
            let mut parts = Vec::new();
            if let Some(former) = &former {
                let Seat::Taken(old) = self.seat(former, user).await? else {
                    // They left, or were removed, between the two reads.
                    pause(attempt).await;
                    continue;
                };
                parts = self.leave_parts(scope, &old, now)?;
            }
            let mut profile = profile_key(org);
            profile.extend([
                (name::REVISION.into(), n(1)),
                (name::MADE.into(), n(now)),
                ("name".into(), s(called)),
                (MEMBERS.into(), n(1)),
                (OWNERS.into(), n(1)),
            ]);
            let after = json!({"name": called, "owner": user.as_str()});
            let record = Audited {
                what: "organization.create",
                subject: format!("organization:{org}"),
                org,
                revision: 1,
                before: None,
                after: Some(&after),
            };
            parts.extend([
                self.settle(user, org, former.as_ref())?,
                self.put_new(Table::Organizations, profile)?,
                self.sit(org, user, &Seat::Empty, Role::Owner, person)?,
                self.audit(scope, now, &record)?,
            ]);
            match self.transact_as(scope, None, parts).await? {
                Outcome::Done => return Ok(Registered::Made),
                // The part that counts the heads of the former organisation comes first.
                Outcome::Lost(failed) if former.is_some() && failed == [0] => return Ok(Registered::LastOwner),
                Outcome::Lost(_) => pause(attempt).await,
            }
        }
        Err(StoreError::Contended)
    }
}

//! Makes organisations. Whoever makes one leaves the organisation they were in, in the same
//! transaction.
//!
//! None is made twice: the transaction puts a profile where there is none, and a repeated request
//! finds the organisation that it made.

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde_json::json;

use super::heads::{MEMBERS, OWNERS};
use crate::access::Scope;
use crate::clock::Millis;
use crate::orgs::{GmiRole, OrgId, Person, UserId};
use crate::store::audit::Audited;
use crate::store::items::attributes::{self, n, name, s};
use crate::store::items::member::Seat;
use crate::store::items::primary_key::profile_key;
use crate::store::write::retry::Retry;
use crate::store::write::transaction::Outcome;
use crate::store::{Store, StoreError, Table};

/// In a profile: the name that was requested, which distinguishes a repetition from another
/// request.
const ASKED: &str = "asked";

/// An organisation that is to be made.
#[derive(Clone, Debug)]
pub struct NewOrg<'a> {
    /// Its id: random, or the one that every repetition of the request leads to.
    pub id: OrgId,
    /// What it is called.
    pub name: &'a str,
    /// Whether the request may be a repetition.
    pub repeatable: bool,
}

/// What became of a request for a new organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// It was made, by this request or by one that it repeats.
    Made,
    /// It was not: the request that this one repeats had another name.
    Reused,
    /// It was not: the user has left the organisation that the request made before.
    Gone,
    /// It was not: the organisation that the user would leave would have no owner.
    LastOwner,
}

impl Store {
    /// Makes an organisation with `user` as its owner. This costs one or two reads and one
    /// transaction, one more read if the request may be a repetition, and all again if another
    /// change came between.
    pub async fn register(
        &self,
        scope: &Scope,
        new: &NewOrg<'_>,
        (user, person): (&UserId, &Person),
        now: Millis,
    ) -> Result<Registered, StoreError> {
        let mut retry = Retry::of_change();
        loop {
            let former = self.home(user).await?;
            if let Some(earlier) = self.registered(new, former.as_ref()).await? {
                return Ok(earlier);
            }
            let mut parts = Vec::new();
            if let Some(former) = &former {
                let Seat::Taken(old) = self.seat(former, user).await? else {
                    // They left, or were removed, between the two reads.
                    retry.after_pause().await?;
                    continue;
                };
                parts = self.leave_parts(scope, &old, now)?;
            }
            parts.extend(self.register_parts(scope, new, (user, person), former.as_ref(), now)?);
            match self.transact_as(scope, None, parts).await? {
                Outcome::Done => return Ok(Registered::Made),
                // The part that counts the heads of the former organisation comes first.
                Outcome::Lost(failed) if former.is_some() && failed == [0] => return Ok(Registered::LastOwner),
                Outcome::Lost(_) => retry.after_pause().await?,
            }
        }
    }

    /// The parts that make an organisation and its owner, who has left the organisation `former`.
    fn register_parts(
        &self,
        scope: &Scope,
        new: &NewOrg<'_>,
        (user, person): (&UserId, &Person),
        former: Option<&OrgId>,
        now: Millis,
    ) -> Result<[TransactWriteItem; 4], StoreError> {
        let org = &new.id;
        let mut profile = profile_key(org);
        profile.extend([
            (name::REVISION.into(), n(1)),
            (name::MADE.into(), n(now)),
            ("name".into(), s(new.name)),
            (MEMBERS.into(), n(1)),
            (OWNERS.into(), n(1)),
        ]);
        if new.repeatable {
            profile.insert(ASKED.into(), s(new.name));
        }
        let after = json!({"name": new.name, "owner": user.as_str()});
        let audited = Audited {
            what: "organization.create",
            subject: format!("organization:{org}"),
            org,
            from: None,
            revision: 1,
            before: None,
            after: Some(&after),
        };
        Ok([
            self.settle(user, org, former)?,
            self.put_new(Table::Organizations, profile)?,
            self.sit(org, user, &Seat::Empty, (GmiRole::Owner, None), person)?,
            self.audit(scope, now, &audited)?,
        ])
    }

    /// What the request came to before, if it did. An organisation that it made itself is not one
    /// to leave.
    async fn registered(&self, new: &NewOrg<'_>, home: Option<&OrgId>) -> Result<Option<Registered>, StoreError> {
        let at_home = home == Some(&new.id);
        if !new.repeatable {
            return Ok(at_home.then_some(Registered::Made));
        }
        let Some(profile) = self.get(Table::Organizations, profile_key(&new.id)).await? else { return Ok(None) };
        Ok(Some(match attributes::text(&profile, ASKED)? == new.name {
            true if at_home => Registered::Made,
            true => Registered::Gone,
            false => Registered::Reused,
        }))
    }
}

//! The members of organisations: how they are found, listed, changed and removed.

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde_json::Value;

use crate::access::{OrgScope, Scope, Standing};
use crate::clock::Millis;
use crate::orgs::{GmiRole, OrgId, Person, UserId};
use crate::store::audit::Audited;
use crate::store::items::member::{self, Membership};
use crate::store::items::primary_key::{member_prefix, org_partition};
use crate::store::lookup::{self, Rows};
use crate::store::write::retry::Retry;
use crate::store::write::transaction::Outcome;
use crate::store::{Store, StoreError, Table};

/// What is to become of a member.
#[derive(Clone, Copy, Debug)]
pub enum MemberChange {
    /// Gives them this role.
    SetRole(GmiRole),
    /// Removes them.
    Remove,
}

/// What became of a change of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberChanged {
    /// It was made.
    Done,
    /// It was not: the organisation would have no owner.
    LastOwner,
}

impl Store {
    /// The role of `user` in `org`, if they are a member: only authentication may ask about any
    /// organisation. One read.
    pub(crate) async fn role_for_auth(&self, org: &OrgId, user: &UserId) -> Result<Option<GmiRole>, StoreError> {
        Ok(self.seat(org, user).await?.membership().map(|membership| membership.role))
    }

    /// The members of the organisation, in the order of their ids: one read for each MB.
    pub async fn members(&self, scope: &OrgScope) -> Result<Vec<Membership>, StoreError> {
        let rows = Rows::BeginningWith(member_prefix());
        let query = self.query(Table::Organizations, org_partition(scope.org()), &rows);
        let mut seats = lookup::pages(query).items().send();
        let mut members = Vec::new();
        while let Some(seat) = seats.next().await {
            let seat = seat.map_err(StoreError::failed("Query"))?;
            if member::is_taken(&seat) {
                members.push(member::from_item(&seat)?);
            }
        }
        Ok(members)
    }

    /// Changes the member `user` of the organisation as `decide` says on seeing them; it sees `None` if they
    /// are not a member. This costs one read and one transaction, and again if another change came
    /// between.
    ///
    /// # Errors
    /// What `decide` refuses, or when the store fails.
    pub async fn change_member<E: From<StoreError>>(
        &self,
        scope: &OrgScope,
        user: &UserId,
        now: Millis,
        mut decide: impl FnMut(Option<&Membership>) -> Result<MemberChange, E>,
    ) -> Result<MemberChanged, E> {
        let mut retry = Retry::of_change();
        loop {
            let found = self.seat(scope.org(), user).await?.membership();
            // A member who changes themselves must still have the role that gave them the right to
            // it.
            let own = matches!(&scope.standing, Standing::Member(_, own, _) if own == user);
            let held = matches!((&scope.standing, &found), (Standing::Member(.., Some(role)), Some(found)) if *role == found.role);
            if own && found.is_some() && !held {
                return Err(StoreError::NoLonger.into());
            }
            let change = decide(found.as_ref())?;
            let old = found.ok_or(StoreError::Damaged("nobody to change"))?;
            if matches!(change, MemberChange::SetRole(role) if role == old.role) {
                return Ok(MemberChanged::Done);
            }
            let parts = self.change_member_parts(scope, &old, change, now)?;
            // The part that counts heads comes last.
            let count = parts.len() - 1;
            let outcome = if own { self.transact(parts).await? } else { self.transact_as(scope, None, parts).await? };
            match outcome {
                Outcome::Done => return Ok(MemberChanged::Done),
                Outcome::Lost(failed) if failed == [count] => return Ok(MemberChanged::LastOwner),
                Outcome::Lost(_) => retry.after_pause().await?,
            }
        }
    }

    /// Records what is now known of the member `old`.
    pub async fn refresh(
        &self,
        scope: &Scope,
        old: &Membership,
        person: &Person,
        now: Millis,
    ) -> Result<(), StoreError> {
        let provided = |person: &Person| Value::from(person.last_login_at);
        let record = Audited {
            what: "member.refresh",
            subject: subject(&old.user),
            org: &old.org,
            from: None,
            revision: old.revision + 1,
            before: Some(&provided(&old.person)),
            after: Some(&provided(person)),
        };
        let parts = vec![self.update_person(old, person)?, self.audit(scope, now, &record)?];
        // If another change came first, it recorded as much, or the next request will.
        self.transact(parts).await.map(|_| ())
    }

    fn change_member_parts(
        &self,
        scope: &Scope,
        old: &Membership,
        change: MemberChange,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let owners = |role: GmiRole| i64::from(role == GmiRole::Owner);
        let before = Membership::summary(&old.user, old.role);
        let record = |what, after| Audited {
            what,
            subject: subject(&old.user),
            org: &old.org,
            from: None,
            revision: old.revision + 1,
            before: Some(&before),
            after,
        };
        Ok(match change {
            MemberChange::SetRole(role) => {
                let after = Membership::summary(&old.user, role);
                vec![
                    self.give_role(old, role)?,
                    self.audit(scope, now, &record("member.role", Some(&after)))?,
                    self.count_heads(&old.org, 0, owners(role) - owners(old.role))?,
                ]
            }
            MemberChange::Remove => vec![
                self.vacate(old)?,
                self.unsettle(&old.user)?,
                self.audit(scope, now, &record("member.remove", None))?,
                self.count_heads(&old.org, -1, -owners(old.role))?,
            ],
        })
    }

    /// The parts by which `user` leaves `old` for another organisation; the part that counts heads
    /// comes first.
    pub(in crate::store) fn leave_parts(
        &self,
        scope: &Scope,
        old: &Membership,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let before = Membership::summary(&old.user, old.role);
        let record = Audited {
            what: "member.leave",
            subject: subject(&old.user),
            org: &old.org,
            from: None,
            revision: old.revision + 1,
            before: Some(&before),
            after: None,
        };
        Ok(vec![
            self.count_heads(&old.org, -1, -i64::from(old.role == GmiRole::Owner))?,
            self.vacate(old)?,
            self.audit(scope, now, &record)?,
        ])
    }
}

/// What an audit record calls a member.
pub(in crate::store) fn subject(user: &UserId) -> String {
    format!("member:{user}")
}

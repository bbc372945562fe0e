//! Seats found, taken, kept and left: the reads and the parts of the transactions by which members
//! come, change and go.

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::orgs::{GmiRole, OrgId, Person, UserId};
use crate::store::items::attributes::{self, n, name, s};
use crate::store::items::member::{self, INVITATION, Membership, ROLE, Seat, provided};
use crate::store::items::primary_key::{home_key, member_key};
use crate::store::write::conditions::Condition;
use crate::store::write::update::Update;
use crate::store::{Store, StoreError, Table};

impl Store {
    /// The seat of `user` in `org`. One read.
    pub(super) async fn seat(&self, org: &OrgId, user: &UserId) -> Result<Seat, StoreError> {
        match self.get(Table::Organizations, member_key(org, user)).await? {
            None => Ok(Seat::Empty),
            Some(item) if member::is_taken(&item) => Ok(Seat::Taken(member::from_item(&item)?)),
            Some(item) => Ok(Seat::Left(attributes::number(&item, name::REVISION)?)),
        }
    }

    /// The organisation that `user` belongs to. One read.
    pub(super) async fn home(&self, user: &UserId) -> Result<Option<OrgId>, StoreError> {
        let home = self.get(Table::Organizations, home_key(user)).await?;
        home.map(|item| Ok(OrgId::from_stored(attributes::text(&item, name::OWNER)?))).transpose()
    }

    /// `user` belongs to `org`, if they belonged to `former` before.
    pub(super) fn settle(
        &self,
        user: &UserId,
        org: &OrgId,
        former: Option<&OrgId>,
    ) -> Result<TransactWriteItem, StoreError> {
        let Some(former) = former else {
            let mut item = home_key(user);
            item.insert(name::OWNER.into(), s(org.as_str()));
            return self.put_new(Table::Organizations, item);
        };
        let mut update = Update::default();
        update.require(Condition::equals(name::OWNER, s(former.as_str())));
        update.set(name::OWNER, s(org.as_str()));
        self.update(Table::Organizations, home_key(user), update)
    }

    /// `user` belongs to no organisation. The seat that they leave in the same transaction proves
    /// where they were.
    pub(super) fn unsettle(&self, user: &UserId) -> Result<TransactWriteItem, StoreError> {
        self.delete(Table::Organizations, home_key(user))
    }

    /// `user` takes `seat`, which is free, in `org`; with the invitation by which they do, if there
    /// is one.
    pub(super) fn sit(
        &self,
        org: &OrgId,
        user: &UserId,
        seat: &Seat,
        (role, invitation): (GmiRole, Option<&str>),
        person: &Person,
    ) -> Result<TransactWriteItem, StoreError> {
        if let Seat::Left(revision) = seat {
            let mut update = Update::revise(*revision);
            update.set(ROLE, s(role.as_str()));
            invitation.into_iter().for_each(|id| update.set(INVITATION, s(id)));
            set_person(&mut update, person);
            return self.update(Table::Organizations, member_key(org, user), update);
        }
        let mut item = member_key(org, user);
        item.extend([(name::REVISION.into(), n(1)), (ROLE.into(), s(role.as_str()))]);
        item.extend(invitation.map(|id| (INVITATION.into(), s(id))));
        item.extend(provided(person).into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        self.put_new(Table::Organizations, item)
    }

    /// A member has another role.
    pub(super) fn give_role(&self, old: &Membership, role: GmiRole) -> Result<TransactWriteItem, StoreError> {
        let mut update = Update::revise(old.revision);
        update.set(ROLE, s(role.as_str()));
        self.update(Table::Organizations, member_key(&old.org, &old.user), update)
    }

    /// A member's name, address and last login are as in `person`.
    pub(super) fn update_person(&self, old: &Membership, person: &Person) -> Result<TransactWriteItem, StoreError> {
        let mut update = Update::revise(old.revision);
        set_person(&mut update, person);
        self.update(Table::Organizations, member_key(&old.org, &old.user), update)
    }

    /// A member leaves their seat, and with it all that was known of them.
    pub(super) fn vacate(&self, old: &Membership) -> Result<TransactWriteItem, StoreError> {
        let mut update = Update::revise(old.revision);
        update.remove_all([ROLE, INVITATION]);
        set_person(&mut update, &Person::default());
        self.update(Table::Organizations, member_key(&old.org, &old.user), update)
    }
}

fn set_person(update: &mut Update, person: &Person) {
    provided(person).into_iter().for_each(|(name, value)| update.set_or_remove(name, value));
}

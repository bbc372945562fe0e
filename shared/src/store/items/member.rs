//! A member as an item, and which organisation a user belongs to.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use serde_json::{Value, json};

use super::attributes::{self, Item, n, name, s};
use crate::orgs::{GmiRole, OrgId, Person, UserId};
use crate::store::orgs::heads::partition;
use crate::store::write::transaction::Changes;
use crate::store::{Store, StoreError, Table};

/// The role; a member who left has none.
const ROLE: &str = "role";
const EMAIL: &str = "email";
const FIRST_NAME: &str = "first";
const LAST_NAME: &str = "last";
const LOGIN_AT: &str = "login";
const LOGIN_IDP: &str = "idp";
/// The invitation by which they joined, so that taking it again is recognised.
const INVITATION: &str = "inv";
/// Begins a member's sort key.
pub(in crate::store) const MEMBER: &str = "member#";

/// A member of an organisation, as the store knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The organisation.
    pub org: OrgId,
    /// The user.
    pub user: UserId,
    /// Their role.
    pub role: GmiRole,
    /// What was last told of them.
    pub person: Person,
    /// The invitation by which they joined, if they did not make the organisation.
    pub(in crate::store) invitation: Option<String>,
    pub(in crate::store) revision: i64,
}

/// A user's place in an organisation.
pub(in crate::store) enum Seat {
    /// They never were a member.
    Empty,
    /// They were one until this revision.
    Left(i64),
    /// They are one.
    Taken(Membership),
}

impl Seat {
    /// The revision that whoever takes the seat makes.
    pub(in crate::store) fn next_revision(&self) -> i64 {
        match self {
            Self::Empty => 1,
            Self::Left(revision) => revision + 1,
            Self::Taken(membership) => membership.revision + 1,
        }
    }
}

impl Membership {
    /// The change for people to read. Names and addresses are not kept for longer than the membership.
    pub(in crate::store) fn summary(user: &UserId, role: GmiRole) -> Value {
        json!({"user": user.as_str(), "role": role.as_str()})
    }
}

impl Store {
    /// The place of `user` in `org`: one read.
    pub(in crate::store) async fn seat(&self, org: &OrgId, user: &UserId) -> Result<Seat, StoreError> {
        let read = self.client.get_item().table_name(self.table(Table::Organizations));
        let read = read.set_key(Some(member_key(org, user))).consistent_read(true);
        match read.send().await.map_err(StoreError::failed("GetItem"))?.item {
            None => Ok(Seat::Empty),
            Some(item) if !item.contains_key(ROLE) => Ok(Seat::Left(attributes::number(&item, name::REVISION)?)),
            Some(item) => Ok(Seat::Taken(from_item(&item)?)),
        }
    }

    /// The organisation that `user` belongs to: one read.
    pub(in crate::store) async fn home(&self, user: &UserId) -> Result<Option<OrgId>, StoreError> {
        let read = self.client.get_item().table_name(self.table(Table::Organizations)).set_key(Some(home_key(user)));
        let read = read.consistent_read(true).send().await.map_err(StoreError::failed("GetItem"))?;
        read.item.map(|item| Ok(OrgId::from_stored(attributes::text(&item, name::OWNER)?))).transpose()
    }

    /// A part of a transaction: `user` belongs to `org`, if they belonged to `former` before.
    pub(in crate::store) fn settle(
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
        let mut changes = Changes::default();
        changes.expect(name::OWNER, s(former.as_str()));
        changes.set(name::OWNER, s(org.as_str()));
        self.update(Table::Organizations, home_key(user), changes)
    }

    /// A part of a transaction: `user` belongs to nobody; the seat that they leave vouches for where they were.
    pub(in crate::store) fn unsettle(&self, user: &UserId) -> Result<TransactWriteItem, StoreError> {
        self.delete(Table::Organizations, home_key(user))
    }

    /// A part of a transaction: `user` takes `seat`, which is not taken, in `org`, by an invitation or without.
    pub(in crate::store) fn sit(
        &self,
        org: &OrgId,
        user: &UserId,
        seat: &Seat,
        (role, invitation): (GmiRole, Option<&str>),
        person: &Person,
    ) -> Result<TransactWriteItem, StoreError> {
        if let Seat::Left(revision) = seat {
            let mut changes = Changes::of_revision(*revision);
            changes.set(ROLE, s(role.as_str()));
            invitation.into_iter().for_each(|id| changes.set(INVITATION, s(id)));
            set_person(&mut changes, person);
            return self.update(Table::Organizations, member_key(org, user), changes);
        }
        let mut item = member_key(org, user);
        item.extend([(name::REVISION.into(), n(1)), (ROLE.into(), s(role.as_str()))]);
        item.extend(invitation.map(|id| (INVITATION.into(), s(id))));
        item.extend(told(person).into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        self.put_new(Table::Organizations, item)
    }

    /// A part of a transaction: a member has another role.
    pub(in crate::store) fn give_role(&self, old: &Membership, role: GmiRole) -> Result<TransactWriteItem, StoreError> {
        let mut changes = Changes::of_revision(old.revision);
        changes.set(ROLE, s(role.as_str()));
        self.update(Table::Organizations, member_key(&old.org, &old.user), changes)
    }

    /// A part of a transaction: a member is told of anew.
    pub(in crate::store) fn tell_of(&self, old: &Membership, person: &Person) -> Result<TransactWriteItem, StoreError> {
        let mut changes = Changes::of_revision(old.revision);
        set_person(&mut changes, person);
        self.update(Table::Organizations, member_key(&old.org, &old.user), changes)
    }

    /// A part of a transaction: a member leaves their seat, and with it all that was known of them.
    pub(in crate::store) fn vacate(&self, old: &Membership) -> Result<TransactWriteItem, StoreError> {
        let mut changes = Changes::of_revision(old.revision);
        changes.remove(ROLE);
        changes.remove(INVITATION);
        told(&Person::default()).into_iter().for_each(|(name, _)| changes.remove(name));
        self.update(Table::Organizations, member_key(&old.org, &old.user), changes)
    }

    /// A part of a transaction: holds while `user` is a member of `org` with the role `role`, or with any.
    pub(in crate::store) fn check_member(
        &self,
        org: &OrgId,
        user: &UserId,
        role: Option<GmiRole>,
    ) -> Result<TransactWriteItem, StoreError> {
        let key = member_key(org, user);
        match role {
            Some(role) => self.check(Table::Organizations, key, ROLE, s(role.as_str())),
            None => self.check_exists(Table::Organizations, key, ROLE),
        }
    }
}

/// Reads a member who has not left.
pub(in crate::store) fn from_item(item: &Item) -> Result<Membership, StoreError> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
    let org = attributes::text(item, "org")?.strip_prefix("org#").ok_or(StoreError::Damaged("org"))?;
    let user = attributes::text(item, "sk")?.strip_prefix(MEMBER).ok_or(StoreError::Damaged("sk"))?;
    Ok(Membership {
        org: OrgId::from_stored(org),
        user: UserId::from_stored(user),
        role: GmiRole::parse(attributes::text(item, ROLE)?).ok_or(StoreError::Damaged(ROLE))?,
        person: Person {
            email: text(EMAIL).unwrap_or_default(),
            first_name: text(FIRST_NAME).unwrap_or_default(),
            last_name: text(LAST_NAME).unwrap_or_default(),
            last_login_at: attributes::optional_number(item, LOGIN_AT)?,
            last_login_idp: text(LOGIN_IDP),
        },
        invitation: text(INVITATION),
        revision: attributes::number(item, name::REVISION)?,
    })
}

/// Whether the item is one of a member who has not left.
pub(in crate::store) fn is_taken(item: &Item) -> bool {
    item.contains_key(ROLE)
}

fn told(person: &Person) -> [(&'static str, Option<AttributeValue>); 5] {
    let text = |text: &str| (!text.is_empty()).then(|| s(text));
    [
        (EMAIL, text(&person.email)),
        (FIRST_NAME, text(&person.first_name)),
        (LAST_NAME, text(&person.last_name)),
        (LOGIN_AT, person.last_login_at.map(n)),
        (LOGIN_IDP, person.last_login_idp.as_deref().and_then(text)),
    ]
}

fn set_person(changes: &mut Changes, person: &Person) {
    for (name, value) in told(person) {
        match value {
            Some(value) => changes.set(name, value),
            None => changes.remove(name),
        }
    }
}

fn member_key(org: &OrgId, user: &UserId) -> Item {
    Item::from([("org".into(), s(partition(org))), ("sk".into(), s(format!("{MEMBER}{user}")))])
}

fn home_key(user: &UserId) -> Item {
    Item::from([("org".into(), s(format!("user#{user}"))), ("sk".into(), s("organization"))])
}

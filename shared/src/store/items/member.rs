//! A member as an item, and which organisation a user belongs to.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use super::attributes::{self, Item, n, name, s};
use crate::orgs::{GmiRole, OrgId, Person, UserId};
use crate::store::orgs::heads::partition;
use crate::store::{Store, StoreError, Table};

/// The role; a member who left has none.
pub(in crate::store) const ROLE: &str = "role";
const EMAIL: &str = "email";
const FIRST_NAME: &str = "first";
const LAST_NAME: &str = "last";
const LOGIN_AT: &str = "login";
const LOGIN_IDP: &str = "idp";
/// The invitation by which they joined, so that taking it again is recognised.
pub(in crate::store) const INVITATION: &str = "inv";
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
    /// What was last known of them.
    pub person: Person,
    /// The invitation by which they joined, if they did not make the organisation.
    pub(in crate::store) invitation: Option<String>,
    pub(in crate::store) revision: i64,
}

/// A user's seat in an organisation.
pub(in crate::store) enum Seat {
    /// They never were a member.
    Empty,
    /// They were one until this revision.
    Left(i64),
    /// They are one.
    Taken(Membership),
}

impl Seat {
    /// The revision of the seat once somebody takes it.
    pub(in crate::store) fn next_revision(&self) -> i64 {
        match self {
            Self::Empty => 1,
            Self::Left(revision) => revision + 1,
            Self::Taken(membership) => membership.revision + 1,
        }
    }
}

impl Membership {
    /// A member in an audit record. Names and addresses are not kept for longer than the
    /// membership.
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

/// What the identity provider said of a person, as attributes; `None` for what it did not say.
pub(in crate::store) fn told(person: &Person) -> [(&'static str, Option<AttributeValue>); 5] {
    let text = |text: &str| (!text.is_empty()).then(|| s(text));
    [
        (EMAIL, text(&person.email)),
        (FIRST_NAME, text(&person.first_name)),
        (LAST_NAME, text(&person.last_name)),
        (LOGIN_AT, person.last_login_at.map(n)),
        (LOGIN_IDP, person.last_login_idp.as_deref().and_then(text)),
    ]
}

pub(in crate::store) fn member_key(org: &OrgId, user: &UserId) -> Item {
    Item::from([("org".into(), s(partition(org))), ("sk".into(), s(format!("{MEMBER}{user}")))])
}

pub(in crate::store) fn home_key(user: &UserId) -> Item {
    Item::from([("org".into(), s(format!("user#{user}"))), ("sk".into(), s("organization"))])
}

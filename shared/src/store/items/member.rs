//! A member as an item, and which organisation a user belongs to.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use super::attributes::{self, Item, n, name, s};
use super::primary_key::{member_of, org_of};
use crate::orgs::{GmiRole, OrgId, Person, UserId};
use crate::store::StoreError;

/// The role; a member who left has none.
pub(in crate::store) const ROLE: &str = "role";
const EMAIL: &str = "email";
const FIRST_NAME: &str = "first";
const LAST_NAME: &str = "last";
const LOGIN_AT: &str = "login";
const LOGIN_IDP: &str = "idp";
/// The invitation by which they joined, so that taking it again is recognised.
pub(in crate::store) const INVITATION: &str = "inv";

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
    pub(in crate::store) fn membership(self) -> Option<Membership> {
        match self {
            Self::Taken(membership) => Some(membership),
            Self::Empty | Self::Left(_) => None,
        }
    }

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

/// Reads a member who has not left.
pub(in crate::store) fn from_item(item: &Item) -> Result<Membership, StoreError> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
    Ok(Membership {
        org: org_of(item)?,
        user: member_of(item)?,
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
pub(in crate::store) fn provided(person: &Person) -> [(&'static str, Option<AttributeValue>); 5] {
    let text = |text: &str| (!text.is_empty()).then(|| s(text));
    [
        (EMAIL, text(&person.email)),
        (FIRST_NAME, text(&person.first_name)),
        (LAST_NAME, text(&person.last_name)),
        (LOGIN_AT, person.last_login_at.map(n)),
        (LOGIN_IDP, person.last_login_idp.as_deref().and_then(text)),
    ]
}

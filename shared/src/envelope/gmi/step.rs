//! The groups and codes of a failing store: they tell the client which step of an endpoint failed.

use serde::Serialize;

/// The kind of thing that an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// The request itself.
    Request,
    /// The caller's identity or role.
    Auth,
    /// An API key.
    ApiKey,
    /// An organisation, or the caller's membership of it.
    Organization,
    /// A member of an organisation.
    User,
    /// An invitation to an organisation.
    Invitation,
}

/// A step that a failing store can interrupt. The thousand in its code blames the service, the
/// hundred names the action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub(super) group: Group,
    pub(super) code: u16,
}

impl Step {
    /// Creating something.
    #[must_use]
    pub const fn creating(group: Group) -> Self {
        Self { group, code: 1100 }
    }

    /// Reading a list.
    #[must_use]
    pub const fn listing(group: Group) -> Self {
        Self { group, code: 1200 }
    }

    /// Reading one thing.
    #[must_use]
    pub const fn reading(group: Group) -> Self {
        Self { group, code: 1201 }
    }

    /// Changing something.
    #[must_use]
    pub const fn updating(group: Group) -> Self {
        Self { group, code: 1300 }
    }

    /// Deleting something.
    #[must_use]
    pub const fn deleting(group: Group) -> Self {
        Self { group, code: 1600 }
    }
}

/// The two steps of an endpoint: it reads, then it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// The step that fails when a read fails.
    pub read: Step,
    /// The step that fails when anything else fails.
    pub write: Step,
}

impl Steps {
    /// The steps of a function that does not use the store.
    pub const NONE: Self = Self::only(Step { group: Group::Request, code: 500 });

    /// The same step, whatever fails.
    #[must_use]
    pub const fn only(step: Step) -> Self {
        Self { read: step, write: step }
    }
}

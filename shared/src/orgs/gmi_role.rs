//! The roles of the GMI dialect: what a member of an organisation may do.

/// A member's role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GmiRole {
    /// May do everything, including making others owners.
    Owner,
    /// May do everything except to owners.
    Admin,
    /// May make keys, and see and delete their own.
    User,
}

impl GmiRole {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Owner, Self::Admin, Self::User];

    /// The name in the dialect and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "org_owner",
            Self::Admin => "org_admin",
            Self::User => "org_user",
        }
    }

    /// Reads a name; `None` for any other text.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// Whether the role may see and delete every key of the organisation, and invite, change and
    /// remove members.
    #[must_use]
    pub fn manages(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }

    /// Whether the role may give the role `of` to others, or take it from them.
    #[must_use]
    pub fn may_change(self, of: Self) -> bool {
        self == Self::Owner || (self == Self::Admin && of != Self::Owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_owners_make_and_unmake_owners_and_users_nobody() {
        let may = |role: GmiRole| GmiRole::ALL.map(|of| role.may_change(of));
        assert_eq!(may(GmiRole::Owner), [true; 3]);
        assert_eq!(may(GmiRole::Admin), [false, true, true]);
        assert_eq!(may(GmiRole::User), [false; 3]);
    }

    #[test]
    fn a_role_is_read_back_by_its_exact_name() {
        assert_eq!(GmiRole::ALL.map(|role| GmiRole::parse(role.as_str())), GmiRole::ALL.map(Some));
        assert_eq!(["", "owner", "ORG_OWNER", "org_owner "].map(GmiRole::parse), [None; 4]);
    }
}

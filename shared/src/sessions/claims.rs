//! Which claims of a session token describe the user.

/// The names of the claims that are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimNames {
    /// The user's id: the first of these claims that is present.
    pub user_id: Vec<String>,
    /// The e-mail address.
    pub email: String,
    /// Whether the provider has verified the address.
    pub email_verified: String,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
}

/// The setting that names claims is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must read NAME=CLAIM,… with the names user_id, email, email_verified, first_name, last_name")]
pub(super) struct InvalidClaimNames;

impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            user_id: vec!["userId".into(), "sub".into()],
            email: "email".into(),
            email_verified: "email_verified".into(),
            first_name: "firstName".into(),
            last_name: "lastName".into(),
        }
    }
}

impl ClaimNames {
    /// Reads `user_id=sub,email=mail,…`; what it does not name keeps its default.
    ///
    /// # Errors
    /// When an entry has an unknown name, or no claim.
    pub(super) fn parse(text: &str) -> Result<Self, InvalidClaimNames> {
        let mut names = Self::default();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (name, claim) = entry.split_once('=').ok_or(InvalidClaimNames)?;
            let claim = Some(claim.trim()).filter(|claim| !claim.is_empty()).ok_or(InvalidClaimNames)?.to_owned();
            match name.trim() {
                "user_id" => names.user_id = vec![claim],
                "email" => names.email = claim,
                "email_verified" => names.email_verified = claim,
                "first_name" => names.first_name = claim,
                "last_name" => names.last_name = claim,
                _ => return Err(InvalidClaimNames),
            }
        }
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_keeps_its_default() {
        let names = ClaimNames::parse(" user_id = sub, last_name=https://example.org/family ,").unwrap();
        assert_eq!(names.user_id, ["sub"]);
        assert_eq!(names.last_name, "https://example.org/family");
        assert_eq!((names.email, names.first_name), ("email".into(), "firstName".into()));
    }

    #[test]
    fn an_unknown_name_or_an_empty_claim_is_refused() {
        for text in ["sub", "id=sub", "user_id=", "user_id= ,", "email"] {
            assert_eq!(ClaimNames::parse(text), Err(InvalidClaimNames), "{text}");
        }
    }
}

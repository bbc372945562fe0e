//! The id of an organisation, which every key belongs to.

use aws_lc_rs::digest;

use super::UserId;
use super::text_id::text_id;

/// Bytes of the longest organisation id.
const MAX_BYTES: usize = 512;

/// An organisation's id: any text without `/ ? # %` and control characters. It may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrgId(String);

/// The text is not an organisation id: no URL could name its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an organisation id")]
pub struct InvalidOrgId;

impl OrgId {
    /// Reads an organisation id.
    ///
    /// # Errors
    /// When it has one of `/ ? # %` or a control character, or more than 512 bytes: no URL could
    /// name its keys.
    pub fn parse(text: &str) -> Result<Self, InvalidOrgId> {
        let odd = text.contains(|c: char| matches!(c, '/' | '?' | '#' | '%') || c.is_control());
        if odd || text.len() > MAX_BYTES { Err(InvalidOrgId) } else { Ok(Self(text.to_owned())) }
    }

    /// A new random id: a version 4 UUID.
    #[must_use]
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().to_string())
    }

    /// The id that every repetition of one of `user`'s requests gets: a version 8 UUID.
    #[must_use]
    pub fn of_request(user: &UserId, idempotency_key: &str) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        // The length keeps the parts apart.
        context.update(&(user.as_str().len() as u64).to_be_bytes());
        context.update(user.as_str().as_bytes());
        context.update(idempotency_key.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&context.finish().as_ref()[..16]);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string())
    }
}

text_id!(OrgId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_url_would_cut_or_decode_is_in_no_id() {
        for id in ["a/b", "a?b", "a#b", "a%b", "a%2Fb", "a\0b", "a\nb", &"x".repeat(513)] {
            assert_eq!(OrgId::parse(id), Err(InvalidOrgId), "{id:?}");
        }
        for id in ["", "default", "53ac07777cbb8c2d53000002", "a b:c.d@e", &"x".repeat(512)] {
            assert_eq!(OrgId::parse(id).unwrap().as_str(), id);
        }
    }
}

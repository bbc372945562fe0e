//! Which tokens a name in a path may stand for.

use latchkey_shared::envelope::tyk::Failure;
use latchkey_shared::keys::{KeyId, OrgId, Token};
use latchkey_shared::request::Request;
use latchkey_shared::service::Service;

use super::call;

/// Hex digits of an organisation's id, where it is one of the gateway's own.
const ORG_DIGITS: usize = 24;

/// The tokens to try, in this order, and their ids; never none.
pub(super) struct Candidates {
    first: (KeyId, Token),
    second: Option<(KeyId, Token)>,
}

impl Candidates {
    /// The tokens that the request's path name may stand for within `org`.
    pub(super) fn of(request: &Request, org: &OrgId, service: &Service) -> Result<Self, Failure> {
        if request.query.has("hashed") {
            return Self::stored(request, service);
        }
        let name = request.param("keyName");
        if request.query.get("username") == "true" {
            let named = Token::named(&call::org(request.query.get("org_id"))?, name);
            return Self::only(named.unwrap_or_else(|| Token::presented(name)), service);
        }
        let (first, second) = tokens(org, name);
        let ids = service.secrets.ids()?;
        let with_id = |token: Token| (ids.key_id(&token), token);
        Ok(Self { first: with_id(first), second: second.map(with_id) })
    }

    /// The key that is stored under the request's path name: a hash while keys are hashed, else a token.
    pub(super) fn stored(request: &Request, service: &Service) -> Result<Self, Failure> {
        let name = request.param("keyName");
        let token = Token::presented(name);
        if service.settings.hash_keys {
            return Ok(Self { first: (service.secrets.ids()?.stored_id(name), token), second: None });
        }
        Self::only(token, service)
    }

    /// Just this token.
    pub(super) fn only(token: Token, service: &Service) -> Result<Self, Failure> {
        Ok(Self { first: (service.secrets.ids()?.key_id(&token), token), second: None })
    }

    /// The ids, to look for in this order.
    pub(super) fn ids(&self) -> Vec<KeyId> {
        std::iter::once(&self.first).chain(&self.second).map(|(id, _)| *id).collect()
    }

    /// The one at `index`: its id and its token, as replies name it.
    pub(super) fn at(&self, index: usize) -> &(KeyId, Token) {
        self.second.as_ref().filter(|_| index > 0).unwrap_or(&self.first)
    }
}

/// A full token is found whatever organisation is given; a short name is first taken as one of `org`.
fn tokens(org: &OrgId, name: &str) -> (Token, Option<Token>) {
    let presented = Token::presented(name);
    let own =
        name.get(..ORG_DIGITS).filter(|own| name.len() > ORG_DIGITS && own.bytes().all(|b| b.is_ascii_hexdigit()));
    let named = Token::named(org, name);
    match named.filter(|named| own.unwrap_or_default() != org.as_str() && *named != presented) {
        Some(named) => (named, Some(presented)),
        None => (presented, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(org: &str, name: &str) -> Vec<String> {
        let (first, second) = tokens(&OrgId::parse(org).unwrap(), name);
        std::iter::once(first).chain(second).map(|token| token.reveal().to_owned()).collect()
    }

    #[test]
    fn a_short_name_is_first_one_of_the_organisation() {
        assert_eq!(tried("default", "my-key"), ["defaultmy-key", "my-key"]);
        assert_eq!(tried("default", "defaultmy-key"), ["defaultmy-key"]);
        assert_eq!(tried("", "my-key"), ["my-key"]);
    }

    #[test]
    fn a_token_that_names_its_organisation_is_taken_as_it_is() {
        let org = "53ac07777cbb8c2d53000002";
        assert_eq!(tried(org, &format!("{org}abc")), [format!("{org}abc")]);
        assert_eq!(tried("", &format!("{org}abc")), [format!("{org}abc")]);
        assert_eq!(tried("default", &format!("{org}abc")), [format!("default{org}abc"), format!("{org}abc")]);
    }

    #[test]
    fn a_name_that_ends_within_a_character_is_no_hex() {
        assert_eq!(tried("", "53ac07777cbb8c2d5300000ü"), ["53ac07777cbb8c2d5300000ü"]);
    }
}

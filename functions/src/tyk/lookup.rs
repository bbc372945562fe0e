//! Which tokens a name in a path may stand for.

use latchkey_shared::envelope::tyk::Failure;
use latchkey_shared::keys::{KeyId, Token};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::request::Request;
use latchkey_shared::runtime::service::Service;
use latchkey_shared::store::Sought;

/// Hex digits of an organisation's id, where it is one of the gateway's own.
const ORG_DIGITS: usize = 24;

/// The tokens to try, in this order; never none.
pub(super) struct Candidates {
    first: Candidate,
    second: Option<Candidate>,
}

/// A token that the path's name may stand for.
pub(super) struct Candidate {
    /// The id of its key.
    pub(super) id: KeyId,
    /// The token, as replies name it.
    pub(super) token: Token,
    /// The organisation that the name was put behind; `None` where the name is the whole token.
    within: Option<OrgId>,
}

impl Candidates {
    /// The tokens that the request's path name may stand for within `org`.
    pub(super) fn of(request: &Request, org: &OrgId, service: &Service) -> Result<Self, Failure> {
        if request.query.has("hashed") {
            return Self::stored(request, service);
        }
        let name = request.param("keyName");
        if request.query.get("username") == "true" {
            let org = OrgId::parse(request.query.get("org_id"))?;
            let token = Token::named(&org, name).unwrap_or_else(|| Token::presented(name));
            return Self::only(token, &org, name, service);
        }
        let (first, second) = tokens(org, name);
        let second = second.map(|token| Candidate::of(token, org, name, service)).transpose()?;
        Ok(Self { first: Candidate::of(first, org, name, service)?, second })
    }

    /// Just `token`, as which `name` is understood within `org`.
    pub(super) fn only(token: Token, org: &OrgId, name: &str, service: &Service) -> Result<Self, Failure> {
        Ok(Self { first: Candidate::of(token, org, name, service)?, second: None })
    }

    /// The key that is stored under the request's path name: a hash while keys are hashed, else a token.
    pub(super) fn stored(request: &Request, service: &Service) -> Result<Self, Failure> {
        let name = request.param("keyName");
        let token = Token::presented(name);
        let id = match service.settings.hash_keys {
            true => KeyId::parse(name).ok_or(Failure::NoSuchKey)?,
            false => KeyId::of(&token, service.secrets.ids()?),
        };
        Ok(Self { first: Candidate { id, token, within: None }, second: None })
    }

    /// Where to look, in this order.
    pub(super) fn places(&self) -> Vec<Sought<'_>> {
        let all = std::iter::once(&self.first).chain(&self.second);
        all.map(|candidate| Sought { id: candidate.id, within: candidate.within.as_ref() }).collect()
    }

    /// The one at `index`.
    pub(super) fn at(&self, index: usize) -> &Candidate {
        self.second.as_ref().filter(|_| index > 0).unwrap_or(&self.first)
    }
}

impl Candidate {
    /// `token`, as which `name` is understood within `org`. A name that is the whole token means it wherever it is.
    fn of(token: Token, org: &OrgId, name: &str, service: &Service) -> Result<Self, Failure> {
        let within = (token.reveal() != name).then(|| org.clone());
        Ok(Self { id: KeyId::of(&token, service.secrets.ids()?), token, within })
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

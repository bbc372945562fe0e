//! Which tokens the name in a path can mean.

use latchkey_shared::envelope::tyk::Failure;
use latchkey_shared::keys::{KeyId, Token};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::request::Request;
use latchkey_shared::runtime::service::Service;
use latchkey_shared::store::Sought;

/// How many hex digits the gateway's own organisation ids have.
const ORG_DIGITS: usize = 24;

/// The tokens to try, in this order.
pub(super) struct Candidates {
    first: Candidate,
    second: Option<Candidate>,
}

/// A token that the name can mean.
pub(super) struct Candidate {
    pub(super) id: KeyId,
    /// The token, which replies show.
    pub(super) token: Token,
    /// The organisation to which the name was added; `None` if the name is the whole token.
    within: Option<OrgId>,
}

impl Candidates {
    /// The tokens that the name in the path can mean within `org`.
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

    /// Only `token`, which is what `name` means within `org`.
    pub(super) fn only(token: Token, org: &OrgId, name: &str, service: &Service) -> Result<Self, Failure> {
        Ok(Self { first: Candidate::of(token, org, name, service)?, second: None })
    }

    /// The key that is stored under the name in the path, which is a hash if keys are hashed, and otherwise a token.
    pub(super) fn stored(request: &Request, service: &Service) -> Result<Self, Failure> {
        let name = request.param("keyName");
        let token = Token::presented(name);
        let id = match service.settings.hash_keys {
            true => KeyId::parse(name).ok_or(Failure::NoSuchKey)?,
            false => KeyId::of(&token, service.secrets.ids()?),
        };
        Ok(Self { first: Candidate { id, token, within: None }, second: None })
    }

    /// Where to look, in order.
    pub(super) fn places(&self) -> Vec<Sought<'_>> {
        let all = std::iter::once(&self.first).chain(&self.second);
        all.map(|candidate| Sought { id: candidate.id, within: candidate.within.as_ref() }).collect()
    }

    /// The candidate at `index`.
    pub(super) fn at(&self, index: usize) -> &Candidate {
        self.second.as_ref().filter(|_| index > 0).unwrap_or(&self.first)
    }
}

impl Candidate {
    /// `token`, which is what `name` means within `org`. A whole token is found in every organisation.
    fn of(token: Token, org: &OrgId, name: &str, service: &Service) -> Result<Self, Failure> {
        let within = (token.reveal() != name).then(|| org.clone());
        Ok(Self { id: KeyId::of(&token, service.secrets.ids()?), token, within })
    }
}

/// A short name is first taken as a name in `org`, then as a whole token. A name that begins with the id of `org` is a
/// whole token.
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

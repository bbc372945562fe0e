//! The tokens of the GMI dialect: compact JWTs, which are opaque to their holders.
//!
//! The key's id follows from the token's nonce. The signature exposes forged and damaged tokens
//! without a call of the store. Its key follows from the id secret, which lasts as long as the
//! store and the tokens do.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::keys::{KeyId, Token};
use crate::secrets::IdSecret;

/// The version of the signing key, as `kid` in the header. Another way of signing would get another
/// version.
const KID: &str = "1";
/// Bytes of the longest token that is accepted; ours have some 230.
const MAX_BYTES: usize = 512;

/// The payload. Its id comes first.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    id: String,
    nonce: String,
}

impl Token {
    /// The token that follows from these sixteen random bytes, and the id of its key.
    #[must_use]
    pub fn gmi(ids: &IdSecret, random: [u8; 16]) -> (KeyId, Self) {
        let id = id_of(ids, &random);
        let payload = Payload { id: id.to_string(), nonce: URL_SAFE_NO_PAD.encode(random) };
        // Two strings always serialise.
        let payload = serde_json::to_vec(&payload).unwrap_or_default();
        let signed = format!("{}.{}", header(), URL_SAFE_NO_PAD.encode(payload));
        let signature = hmac::sign(&key(ids), signed.as_bytes());
        (id, Self::presented(&format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }

    /// The key's id; `None` when the token is forged or damaged.
    #[must_use]
    pub(super) fn gmi_id(&self, ids: &IdSecret) -> Option<KeyId> {
        let text = Some(self.reveal()).filter(|text| text.len() <= MAX_BYTES)?;
        let (signed, signature) = text.rsplit_once('.')?;
        let (header_part, payload) = signed.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        if header_part != header() || hmac::verify(&key(ids), signed.as_bytes(), &signature).is_err() {
            return None;
        }
        let payload: Payload = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        let nonce = URL_SAFE_NO_PAD.decode(payload.nonce).ok()?;
        Some(id_of(ids, &nonce)).filter(|id| id.to_string() == payload.id)
    }
}

fn header() -> String {
    URL_SAFE_NO_PAD.encode(format!("{{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"{KID}\"}}"))
}

fn key(ids: &IdSecret) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, ids.tag("gmi signature", &[KID.as_bytes()]).as_ref())
}

fn id_of(ids: &IdSecret, nonce: &[u8]) -> KeyId {
    KeyId::from_digest(ids.tag("gmi nonce", &[nonce]).as_ref())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::token::damage::assert_damage_is_noticed;

    fn ids(byte: u8) -> IdSecret {
        IdSecret::parse(&base64::engine::general_purpose::STANDARD.encode([byte; 32])).unwrap()
    }

    #[test]
    fn a_token_leads_to_its_key_and_only_under_its_own_secret() {
        let (id, token) = Token::gmi(&ids(1), [7; 16]);
        assert_eq!(token.gmi_id(&ids(1)), Some(id));
        assert_eq!(token.gmi_id(&ids(2)), None);
        let parts: Vec<_> = token.reveal().split('.').collect();
        let payload = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        assert!(payload.starts_with(&format!("{{\"id\":\"{id}\"")), "{payload}");
    }

    #[test]
    fn an_unsigned_token_is_forged() {
        let (_, token) = Token::gmi(&ids(1), [7; 16]);
        let payload = token.reveal().split('.').nth(1).unwrap();
        for header in [r#"{"alg":"none","typ":"JWT","kid":"1"}"#, r#"{"alg":"HS256","typ":"JWT","kid":"2"}"#] {
            let forged = format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(header));
            assert_eq!(Token::presented(&forged).gmi_id(&ids(1)), None);
        }
    }

    proptest! {
        #[test]
        fn any_damage_is_noticed(random in any::<[u8; 16]>(), at in any::<prop::sample::Index>(), to in "[ -~]") {
            assert_damage_is_noticed(Token::gmi, Token::gmi_id, (random, at, &to));
        }

        #[test]
        fn any_text_is_refused_without_a_panic(text in "eyJ.{0,40}\\..{0,40}\\..{0,40}") {
            prop_assert_eq!(Token::presented(&text).gmi_id(&ids(1)), None);
        }
    }
}

//! The tokens of the Requesty dialect: a prefix, 128 random bits in base62, and a checksum keyed
//! with the id secret, which exposes guessed and damaged tokens without a call of the store.

use aws_lc_rs::constant_time;

use crate::keys::{KeyId, Token};
use crate::secrets::IdSecret;

/// Begins every token, so that secret scanners find them. Changing it would invalidate all existing
/// tokens.
pub(super) const PREFIX: &str = "rqsty-sk-";

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Base62 digits of 128 bits.
const RANDOM_DIGITS: usize = 22;
/// Base62 digits of the checksum's 35 bits.
const CHECK_DIGITS: usize = 6;

impl Token {
    /// The token that follows from these sixteen random bytes, and the id of its key.
    #[must_use]
    pub fn requesty(ids: &IdSecret, random: [u8; 16]) -> (KeyId, Self) {
        let random = base62(u128::from_be_bytes(random), RANDOM_DIGITS);
        let token = Self::presented(&format!("{PREFIX}{random}{}", checksum(ids, &random)));
        (KeyId::of(&token, ids), token)
    }

    /// The key's id; `None` when the token was guessed or is damaged.
    #[must_use]
    pub(super) fn requesty_id(&self, ids: &IdSecret) -> Option<KeyId> {
        let (random, check) = self.reveal().strip_prefix(PREFIX)?.split_at_checked(RANDOM_DIGITS)?;
        let right = checksum(ids, random);
        constant_time::verify_slices_are_equal(check.as_bytes(), right.as_bytes()).ok()?;
        Some(KeyId::of(self, ids))
    }
}

fn checksum(ids: &IdSecret, random: &str) -> String {
    let tag = ids.tag("requesty checksum", &[random.as_bytes()]);
    let bits = tag.as_ref().iter().take(8).fold(0, |bits, byte| (bits << 8) | u128::from(*byte));
    base62(bits, CHECK_DIGITS)
}

/// The last `count` digits of a number, with leading zeros.
fn base62(mut number: u128, count: usize) -> String {
    let mut digits = vec!['0'; count];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS.get((number % 62) as usize).map_or('0', |digit| char::from(*digit));
        number /= 62;
    }
    digits.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;
    use crate::keys::token::damage::assert_damage_is_noticed;

    fn ids(byte: u8) -> IdSecret {
        IdSecret::parse(&STANDARD.encode([byte; 32])).unwrap()
    }

    #[test]
    fn a_token_has_its_form_whatever_its_bits() {
        for random in [[0; 16], [255; 16], [1; 16]] {
            let (id, token) = Token::requesty(&ids(1), random);
            let digits = token.reveal().strip_prefix(PREFIX).unwrap();
            assert_eq!(digits.len(), RANDOM_DIGITS + CHECK_DIGITS);
            assert!(digits.bytes().all(|digit| digit.is_ascii_alphanumeric()), "{digits}");
            assert_eq!(token.requesty_id(&ids(1)), Some(id));
            assert_eq!(token.requesty_id(&ids(2)), None);
        }
        let (_, all) = Token::requesty(&ids(1), [255; 16]);
        assert!(all.reveal().starts_with("rqsty-sk-7n42DGM5Tflk9n8mt7Fhc7"), "2^128 - 1 in base62");
    }

    proptest! {
        #[test]
        fn any_damage_is_noticed(random in any::<[u8; 16]>(), at in any::<prop::sample::Index>(), to in "[ -~]") {
            assert_damage_is_noticed(Token::requesty, Token::requesty_id, (random, at, &to));
        }

        #[test]
        fn any_text_is_refused_without_a_panic(text in "rqsty-sk-.{0,40}") {
            prop_assert_eq!(Token::presented(&text).requesty_id(&ids(1)), None);
        }
    }
}

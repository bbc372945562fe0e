//! For tests: damaged tokens.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Token;
use crate::keys::KeyId;
use crate::secrets::IdSecret;

/// Checks that a token of the form that `make` gives leads to its key, and to none once a character is replaced.
pub(super) fn assert_damage_is_noticed(
    make: fn(&IdSecret, [u8; 16]) -> (KeyId, Token),
    read: fn(&Token, &IdSecret) -> Option<KeyId>,
    (random, at, to): ([u8; 16], proptest::sample::Index, &str),
) {
    let ids = IdSecret::parse(&STANDARD.encode([1; 32])).unwrap();
    let (id, token) = make(&ids, random);
    let at = at.index(token.reveal().len());
    let mut damaged = token.reveal().to_owned();
    damaged.replace_range(at..=at, to);
    let expected = (damaged == token.reveal()).then_some(id);
    assert_eq!(read(&Token::presented(&damaged), &ids), expected);
}

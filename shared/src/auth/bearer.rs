//! The one parser of the header `Authorization`: a token after the scheme `Bearer`, which may be
//! in any case.

use crate::runtime::request::Request;

/// What a header may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The scheme and one word, with any blanks between.
    OneWord,
    /// The scheme and any text, without blanks at its ends.
    Text,
    /// The same, or the text alone. A text that begins with another scheme is all token.
    SchemeOptional,
}

/// Why a header has no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    /// There is no header, or no token in it.
    #[error("no token was presented")]
    Missing,
    /// The header has another form.
    #[error("the Authorization header has another form")]
    Malformed,
}

/// The token in the header's value.
///
/// # Errors
/// When there is none, or the value has another form.
///
/// ```
/// use latchkey_shared::auth::bearer::{Form, NoToken, parse};
///
/// assert_eq!(parse("bearer my-token", Form::OneWord), Ok("my-token"));
/// assert_eq!(parse("Basic my-token", Form::OneWord), Err(NoToken::Malformed));
/// assert_eq!(parse("my-token", Form::SchemeOptional), Ok("my-token"));
/// ```
pub fn parse(authorization: &str, form: Form) -> Result<&str, NoToken> {
    let is_blank = |c: char| c == ' ' || (form == Form::OneWord && c.is_ascii_whitespace());
    let value = authorization.trim();
    let (scheme, token) = value.split_once(is_blank).unwrap_or((value, ""));
    let (is_bearer, token) = (scheme.eq_ignore_ascii_case("bearer"), token.trim());
    match form {
        _ if value.is_empty() => Err(NoToken::Missing),
        Form::SchemeOptional if !is_bearer || token.is_empty() => Ok(value),
        _ if !is_bearer => Err(NoToken::Malformed),
        _ if token.is_empty() => Err(NoToken::Missing),
        Form::OneWord if token.contains(is_blank) => Err(NoToken::Malformed),
        _ => Ok(token),
    }
}

/// The token in the request's header `Authorization`.
///
/// # Errors
/// When there is none, or the header has another form.
pub fn bearer(request: &Request, form: Form) -> Result<&str, NoToken> {
    let value = request.headers.get(http::header::AUTHORIZATION).ok_or(NoToken::Missing)?;
    parse(value.to_str().map_err(|_| NoToken::Malformed)?, form)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_form_takes_its_own_headers_and_no_others() {
        use NoToken::{Malformed, Missing};
        for (value, word, text, optional) in [
            ("Bearer t", Ok("t"), Ok("t"), Ok("t")),
            (" bEARER   t ", Ok("t"), Ok("t"), Ok("t")),
            ("Bearer a b", Err(Malformed), Ok("a b"), Ok("a b")),
            ("Bearer\tt", Ok("t"), Err(Malformed), Ok("Bearer\tt")),
            ("Basic t", Err(Malformed), Err(Malformed), Ok("Basic t")),
            ("t", Err(Malformed), Err(Malformed), Ok("t")),
            ("Bearer ", Err(Missing), Err(Missing), Ok("Bearer")),
            (" ", Err(Missing), Err(Missing), Err(Missing)),
        ] {
            let read = [Form::OneWord, Form::Text, Form::SchemeOptional].map(|form| parse(value, form));
            assert_eq!(read, [word, text, optional], "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn a_token_is_never_empty_and_has_no_blanks_at_its_ends(value in "(Bearer ?)?[ -~\t]{0,20}") {
            for form in [Form::OneWord, Form::Text, Form::SchemeOptional] {
                if let Ok(token) = parse(&value, form) {
                    prop_assert!(!token.is_empty() && token == token.trim(), "{token:?}");
                }
            }
        }
    }
}

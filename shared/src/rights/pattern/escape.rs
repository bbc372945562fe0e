//! What follows a backslash and stands for one character.

use super::Unusable;
use super::set::LAST;

/// Reads one escaped character from `rest`, which begins after the backslash.
pub(super) fn escaped(rest: &mut &str) -> Result<u32, Unusable> {
    let c = next(rest)?;
    Ok(match c {
        'a' => 0x07,
        'f' => 0x0c,
        't' => 0x09,
        'n' => 0x0a,
        'r' => 0x0d,
        'v' => 0x0b,
        'x' => hexadecimal(rest)?,
        // A digit alone would be a reference to a group, which Go does not have.
        '1'..='7' if !rest.starts_with(|next: char| ('0'..='7').contains(&next)) => return Err(Unusable::Invalid),
        '0'..='7' => octal(c, rest),
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => c.into(),
        _ => return Err(Unusable::Invalid),
    })
}

/// Takes the next character.
pub(super) fn next(rest: &mut &str) -> Result<char, Unusable> {
    let mut chars = rest.chars();
    let next = chars.next().ok_or(Unusable::Invalid)?;
    *rest = chars.as_str();
    Ok(next)
}

/// Up to three digits, of which `first` is the first.
fn octal(first: char, rest: &mut &str) -> u32 {
    let mut code = first.to_digit(8).unwrap_or_default();
    for _ in 0..2 {
        let Some(digit) = rest.chars().next().and_then(|c| c.to_digit(8)) else { break };
        code = code * 8 + digit;
        *rest = rest.get(1..).unwrap_or_default();
    }
    code
}

/// Two digits, or any number of them in braces.
fn hexadecimal(rest: &mut &str) -> Result<u32, Unusable> {
    let digit = |c: char| c.to_digit(16).ok_or(Unusable::Invalid);
    let first = next(rest)?;
    if first != '{' {
        return Ok(digit(first)? * 16 + digit(next(rest)?)?);
    }
    let mut code = digit(next(rest)?)?;
    loop {
        match next(rest)? {
            '}' => return Ok(code),
            c => code = code * 16 + digit(c)?,
        }
        if code > LAST {
            return Err(Unusable::Invalid);
        }
    }
}

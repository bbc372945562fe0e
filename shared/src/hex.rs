//! Bytes as lower-case hexadecimal digits.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Two lower-case hexadecimal digits for each byte.
///
/// ```
/// assert_eq!(latchkey_shared::hex(&[0, 10, 255]), "000aff");
/// ```
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |number: u8| DIGITS.get(usize::from(number)).map_or('0', |digit| char::from(*digit));
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_two_digits_that_read_back_as_it() {
        for byte in 0..=u8::MAX {
            let digits = hex(&[byte]);
            assert_eq!((digits.len(), u8::from_str_radix(&digits, 16)), (2, Ok(byte)));
        }
        assert_eq!(hex(&[0, 10, 255]), "000aff");
    }
}

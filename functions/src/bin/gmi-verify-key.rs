//! The Lambda function `gmi-verify-key`. Tells a key's holder what it is.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gmi::verify_key::FUNCTION)
}

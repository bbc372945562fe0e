//! The Lambda function `gmi-verify-key`. Shows the key that the caller presents.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gmi::verify_key::FUNCTION)
}

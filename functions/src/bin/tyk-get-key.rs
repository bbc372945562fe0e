//! The Lambda function `tyk-get-key`. Shows a key.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::get_key::FUNCTION)
}

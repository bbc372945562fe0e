//! The Lambda function `tyk-upsert-key`. Adds or replaces a key under the name that the caller chose.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::upsert_key::FUNCTION)
}

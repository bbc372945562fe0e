//! The Lambda function `tyk-upsert-key`. Creates or replaces a key under a name that the caller chooses.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::upsert_key::FUNCTION)
}

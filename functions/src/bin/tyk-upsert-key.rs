//! The Lambda function `tyk-upsert-key`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::upsert_key::FUNCTION)
}

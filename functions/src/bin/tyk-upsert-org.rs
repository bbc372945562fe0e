//! The Lambda function `tyk-upsert-org`. Creates or replaces the limits of an organisation.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::upsert_org::FUNCTION)
}

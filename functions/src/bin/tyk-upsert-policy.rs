//! The Lambda function `tyk-upsert-policy`. Creates or replaces a policy.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::upsert_policy::FUNCTION)
}

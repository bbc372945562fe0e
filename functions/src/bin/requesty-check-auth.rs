//! The Lambda function `requesty-check-auth`. Says whether the caller's key is valid.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::requesty::check_auth::FUNCTION)
}

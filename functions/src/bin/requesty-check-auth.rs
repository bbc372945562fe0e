//! The Lambda function `requesty-check-auth`. Tells whether a key lives.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::requesty::check_auth::FUNCTION)
}

//! The Lambda function `requesty-set-expiry`. Sets when a key expires.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::requesty::set_expiry::FUNCTION)
}

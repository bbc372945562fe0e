//! The Lambda function `requesty-set-limit`. Sets how much a key may spend in a month.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::requesty::set_limit::FUNCTION)
}

//! The Lambda function `requesty-get-usage`. Tells the use of a key.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::requesty::get_usage::FUNCTION)
}

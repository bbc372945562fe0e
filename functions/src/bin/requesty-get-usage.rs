//! The Lambda function `requesty-get-usage`. Shows the usage of a key by hour, day or month.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::requesty::get_usage::FUNCTION)
}

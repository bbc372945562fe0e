//! The Lambda function `requesty-get-key`. Shows a key, or with `start_date` its usage by day.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::requesty::get_key::FUNCTION)
}

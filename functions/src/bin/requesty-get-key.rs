//! The Lambda function `requesty-get-key`. Shows a key, or its use by days.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::requesty::get_key::FUNCTION)
}

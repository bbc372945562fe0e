//! The Lambda function `requesty-get-key`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::requesty::get_key::FUNCTION)
}

//! The Lambda function `requesty-create-key`. Creates a key.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::requesty::create_key::FUNCTION)
}

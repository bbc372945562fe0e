//! The Lambda function `gmi-create-key`. Creates a key.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gmi::create_key::FUNCTION)
}

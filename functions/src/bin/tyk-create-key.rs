//! The Lambda function `tyk-create-key`. Creates a key with a random token.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::create_key::FUNCTION)
}

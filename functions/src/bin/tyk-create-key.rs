//! The Lambda function `tyk-create-key`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::create_key::FUNCTION)
}

//! The Lambda function `tyk-get-key`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::get_key::FUNCTION)
}

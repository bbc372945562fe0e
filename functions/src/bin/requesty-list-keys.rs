//! The Lambda function `requesty-list-keys`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::requesty::list_keys::FUNCTION)
}

//! The Lambda function `requesty-delete-key`. Deletes a key.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::requesty::delete_key::FUNCTION)
}

//! The Lambda function `tyk-delete-key`. Deletes a key.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::delete_key::FUNCTION)
}

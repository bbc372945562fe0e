//! The Lambda function `gate-delete-key`. Deletes a key of any dialect.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gate::delete_key::FUNCTION)
}

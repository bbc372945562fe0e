//! The Lambda function `gmi-delete-key`. Deletes a key.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gmi::delete_key::FUNCTION)
}

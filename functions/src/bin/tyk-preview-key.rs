//! The Lambda function `tyk-preview-key`. Shows a key as it would be created, and stores nothing.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::preview_key::FUNCTION)
}

//! The Lambda function `tyk-preview-key`. Shows a key as it would be made; reaches no table.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::preview_key::FUNCTION)
}

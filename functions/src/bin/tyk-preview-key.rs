//! The Lambda function `tyk-preview-key`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::preview_key::FUNCTION)
}

//! The Lambda function `tyk-list-keys`. Lists keys.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::list_keys::FUNCTION)
}

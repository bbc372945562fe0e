//! The Lambda function `gate-list-keys`. Lists keys of all dialects.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gate::list_keys::FUNCTION)
}

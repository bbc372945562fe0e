//! The Lambda function `requesty-list-keys`. Lists the keys of the organisation.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::requesty::list_keys::FUNCTION)
}

//! The Lambda function `gmi-list-keys`. Lists an organisation's keys.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gmi::list_keys::FUNCTION)
}

//! The Lambda function `gmi-list-keys`. Lists the keys that the caller may see.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gmi::list_keys::FUNCTION)
}

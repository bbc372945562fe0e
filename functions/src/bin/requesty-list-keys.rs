//! The Lambda function `requesty-list-keys`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::routes::REQUESTY_LIST_KEYS)
}

//! The Lambda function `requesty-set-limit`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::routes::REQUESTY_SET_LIMIT)
}

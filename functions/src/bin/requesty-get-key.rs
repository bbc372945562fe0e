//! The Lambda function `requesty-get-key`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::routes::REQUESTY_GET_KEY)
}

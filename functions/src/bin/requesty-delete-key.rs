//! The Lambda function `requesty-delete-key`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::routes::REQUESTY_DELETE_KEY)
}

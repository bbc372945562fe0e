//! The Lambda function `tyk-create-key`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::routes::TYK_CREATE_KEY)
}

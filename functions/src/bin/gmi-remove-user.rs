//! The Lambda function `gmi-remove-user`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gmi::remove_user::FUNCTION)
}

//! The Lambda function `gmi-remove-user`. Removes a member.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gmi::remove_user::FUNCTION)
}

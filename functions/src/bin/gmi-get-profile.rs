//! The Lambda function `gmi-get-profile`. Tells a user who they are; takes a pending invitation.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gmi::get_profile::FUNCTION)
}

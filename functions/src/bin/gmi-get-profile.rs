//! The Lambda function `gmi-get-profile`. Shows the user and their organisation.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gmi::get_profile::FUNCTION)
}

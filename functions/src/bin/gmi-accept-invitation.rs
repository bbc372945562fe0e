//! The Lambda function `gmi-accept-invitation`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gmi::accept_invitation::FUNCTION)
}

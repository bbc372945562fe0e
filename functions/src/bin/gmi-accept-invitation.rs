//! The Lambda function `gmi-accept-invitation`. Accepts an invitation to an organisation.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gmi::accept_invitation::FUNCTION)
}

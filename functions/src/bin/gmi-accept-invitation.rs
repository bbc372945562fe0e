//! The Lambda function `gmi-accept-invitation`. Joins an organisation by an invitation.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gmi::accept_invitation::FUNCTION)
}

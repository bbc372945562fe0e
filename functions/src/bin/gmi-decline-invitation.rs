//! The Lambda function `gmi-decline-invitation`. Declines an invitation to an organisation.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gmi::decline_invitation::FUNCTION)
}

//! The Lambda function `gmi-decline-invitation`. Turns an invitation down.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gmi::decline_invitation::FUNCTION)
}

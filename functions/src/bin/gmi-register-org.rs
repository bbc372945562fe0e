//! The Lambda function `gmi-register-org`. Registers an organisation.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gmi::register_org::FUNCTION)
}

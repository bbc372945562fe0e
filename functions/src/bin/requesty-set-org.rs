//! The Lambda function `requesty-set-org`. Sets the name and the balance of an organisation.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::requesty::set_org::FUNCTION)
}

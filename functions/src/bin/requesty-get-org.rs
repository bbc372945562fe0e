//! The Lambda function `requesty-get-org`. Shows the name and the balance of the organisation.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::requesty::get_org::FUNCTION)
}

//! The Lambda function `requesty-set-org`. Sets an organisation's name and balance.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::requesty::set_org::FUNCTION)
}

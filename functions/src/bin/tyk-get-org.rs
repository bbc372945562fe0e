//! The Lambda function `tyk-get-org`. Shows the limits of an organisation.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::get_org::FUNCTION)
}

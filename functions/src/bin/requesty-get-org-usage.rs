//! The Lambda function `requesty-get-org-usage`. Shows the usage of all keys of the organisation.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::requesty::get_org_usage::FUNCTION)
}

//! The Lambda function `requesty-get-org-usage`. Tells the use of an organisation's keys.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::requesty::get_org_usage::FUNCTION)
}

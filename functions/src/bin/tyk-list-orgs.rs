//! The Lambda function `tyk-list-orgs`. Lists the organisations that have limits.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::list_orgs::FUNCTION)
}

//! The Lambda function `tyk-list-policies`. Lists the policies.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::list_policies::FUNCTION)
}

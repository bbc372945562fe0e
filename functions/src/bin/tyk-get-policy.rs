//! The Lambda function `tyk-get-policy`. Shows a policy.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::get_policy::FUNCTION)
}

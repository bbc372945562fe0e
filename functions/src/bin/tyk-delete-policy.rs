//! The Lambda function `tyk-delete-policy`. Deletes a policy.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::delete_policy::FUNCTION)
}

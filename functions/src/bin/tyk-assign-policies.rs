//! The Lambda function `tyk-assign-policies`. Replaces the policies of a key.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::assign_policies::FUNCTION)
}

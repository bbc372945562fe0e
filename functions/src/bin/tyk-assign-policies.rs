//! The Lambda function `tyk-assign-policies`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::assign_policies::FUNCTION)
}

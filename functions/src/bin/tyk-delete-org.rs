//! The Lambda function `tyk-delete-org`. Deletes the limits of an organisation.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::delete_org::FUNCTION)
}

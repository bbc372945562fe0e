//! The Lambda function `tyk-delete-org`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::delete_org::FUNCTION)
}

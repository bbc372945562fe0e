//! The Lambda function `tyk-list-apis`. Lists the APIs in the settings, or shows one of them.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::list_apis::FUNCTION)
}

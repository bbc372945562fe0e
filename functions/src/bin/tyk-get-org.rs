//! The Lambda function `tyk-get-org`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::routes::TYK_GET_ORG)
}

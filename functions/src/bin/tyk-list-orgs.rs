//! The Lambda function `tyk-list-orgs`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::routes::TYK_LIST_ORGS)
}

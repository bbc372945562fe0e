//! The Lambda function `gmi-list-users`. Lists the members of an organisation.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gmi::list_users::FUNCTION)
}

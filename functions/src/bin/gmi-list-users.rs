//! The Lambda function `gmi-list-users`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gmi::list_users::FUNCTION)
}

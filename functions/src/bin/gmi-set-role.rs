//! The Lambda function `gmi-set-role`. Gives a member another role.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gmi::set_role::FUNCTION)
}

//! The Lambda function `gate-set-policies`. Replaces the policies of a key of any dialect.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gate::set_policies::FUNCTION)
}

//! The Lambda function `requesty-set-limit`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::requesty::set_limit::FUNCTION)
}

//! The Lambda function `gate-get-usage`. Shows what a key or an organisation used.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gate::get_usage::FUNCTION)
}

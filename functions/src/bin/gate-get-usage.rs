//! The Lambda function `gate-get-usage`. Tells what was used, of a key or of an organisation.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gate::get_usage::FUNCTION)
}

//! The Lambda function `gate-get-usage`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gate::get_usage::FUNCTION)
}

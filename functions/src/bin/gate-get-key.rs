//! The Lambda function `gate-get-key`. Shows a key of any dialect, and what is left of its limits.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gate::get_key::FUNCTION)
}

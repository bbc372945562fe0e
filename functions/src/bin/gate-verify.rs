//! The Lambda function `gate-verify`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gate::verify::FUNCTION)
}

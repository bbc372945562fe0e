//! The Lambda function `gate-authorizer`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gate::authorizer::FUNCTION)
}

//! The Lambda function `gate-authorizer`. Decides for API Gateway whether a request to another API may pass.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gate::authorizer::FUNCTION)
}

//! The Lambda function `gate-authorizer`. Lets API Gateway ask whether a request to another API may pass.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gate::authorizer::FUNCTION)
}

//! The Lambda function `gate-verify`. Decides whether a key may make a request, and counts the request.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gate::verify::FUNCTION)
}

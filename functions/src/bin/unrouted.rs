//! The Lambda function `unrouted`. Answers every other request, in the dialect of its path.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::unrouted::FUNCTION)
}

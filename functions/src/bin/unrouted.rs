//! The Lambda function `unrouted`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::unrouted::FUNCTION)
}

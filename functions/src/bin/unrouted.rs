//! The Lambda function `unrouted`. Answers what no route takes, in the dialect of its path.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::unrouted::FUNCTION)
}

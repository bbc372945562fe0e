//! The Lambda function `tyk-hello`. Says whether the service and its store answer.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::hello::FUNCTION)
}

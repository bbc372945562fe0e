//! The Lambda function `tyk-reload`. Answers that everything is up to date: every change takes effect at once.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::tyk::reload::FUNCTION)
}

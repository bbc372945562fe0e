//! The Lambda function `gate-report-usage`. Records what a request really used.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gate::report_usage::FUNCTION)
}

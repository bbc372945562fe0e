//! The Lambda function `gate-report-usage`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gate::report_usage::FUNCTION)
}

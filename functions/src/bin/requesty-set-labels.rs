//! The Lambda function `requesty-set-labels`. Replaces the labels of a key.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::requesty::set_labels::FUNCTION)
}

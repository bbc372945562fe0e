//! The Lambda function `gate-list-audit`. Lists changes: who made them, when, and from what to what.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gate::list_audit::FUNCTION)
}

//! The Lambda function `gate-list-keys`. Lists the keys that name a policy.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gate::list_keys::FUNCTION)
}

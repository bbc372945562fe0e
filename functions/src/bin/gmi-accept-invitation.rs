//! The Lambda function `gmi-accept-invitation`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::routes::GMI_ACCEPT_INVITATION)
}

//! The Lambda function `gmi-verify-key`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::routes::GMI_VERIFY_KEY)
}

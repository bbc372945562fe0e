//! The Lambda function `gmi-delete-key`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::routes::GMI_DELETE_KEY)
}

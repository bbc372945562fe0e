//! The Lambda function `gmi-invite-users`.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::routes::GMI_INVITE_USERS)
}

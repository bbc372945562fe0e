//! The Lambda function `gmi-invite-users`. Invites people by e-mail address.

fn main() -> Result<(), latchkey_functions::Error> {
    latchkey_functions::run(&latchkey_functions::gmi::invite_users::FUNCTION)
}

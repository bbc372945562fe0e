"""Makes, verifies and deletes a key with the generated Python clients."""

import os

import latchkey_gate
import latchkey_tyk
from latchkey_gate.api.decisions import gate_verify
from latchkey_gate.models import Code, Verify, VerifyAnswer
from latchkey_tyk.api.keys import tyk_create_key, tyk_delete_key
from latchkey_tyk.models import Done, Session

URL, SECRET = os.environ["LATCHKEY_URL"], os.environ["LATCHKEY_ADMIN_SECRET"]
TYK = latchkey_tyk.AuthenticatedClient(URL, SECRET, prefix="", auth_header_name="X-Tyk-Authorization")
GATE = latchkey_gate.AuthenticatedClient(URL, SECRET)


def verified(key: str) -> VerifyAnswer:
    answer = gate_verify.sync(client=GATE, body=Verify(key=key, api="orders"))
    assert isinstance(answer, VerifyAnswer), answer
    return answer


session = Session.from_dict({"org_id": "acme", "quota_max": 2, "access_rights": {"orders": {}}})
made = tyk_create_key.sync(client=TYK, body=session)
assert isinstance(made, Done) and made.action == "create", made

allowed = verified(made.key)
assert allowed.allowed and allowed.code == Code.OK and allowed.quota.remaining == 1, allowed

deleted = tyk_delete_key.sync(made.key, client=TYK)
assert isinstance(deleted, Done) and deleted.action == "deleted", deleted
assert verified(made.key).code == Code.UNKNOWN_KEY
print("Python: made, verified and deleted a key.")

"""What the cases of GMI and Requesty find: users, organisations and keys, all made through the public API."""

import base64
import hashlib
import hmac
import json
import time
import uuid

import client

MAX_KEYS = 5
LIFETIME = 4


def session_token(secret, claims):
    """A session token as an identity provider signs it."""
    def part(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    signed = b".".join(part(json.dumps(each).encode()) for each in ({"alg": "HS256", "typ": "JWT"}, claims))
    return (signed + b"." + part(hmac.new(secret.encode(), signed, hashlib.sha256).digest())).decode()


class Prepared:
    """Makes what a case needs, on the service at `base`."""

    def __init__(self, base, admin, session_secret):
        self.base, self.admin, self.session_secret = base, admin, session_secret

    def call(self, token, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        reply = client.send(self.base, method, path, {"authorization": f"Bearer {token}", **headers}, body)
        if reply.status >= 300:
            raise RuntimeError(f"{method} {path}: {reply.status} {reply.text}")
        return json.loads(reply.body) if reply.body.strip() else None

    def user(self, name, **more):
        """A new user: id, address and session token."""
        now, user = int(time.time()), str(uuid.uuid4())
        claims = {"userId": user, "sub": user, "email": f"{name}-{user}@example.org", "email_verified": True,
                  "firstName": name, "lastName": "Tester", "iat": now, "exp": now + 3600, **more}
        return user, claims["email"], session_token(self.session_secret, claims)

    def organisation(self, owner):
        return self.call(owner, "POST", "/api/v1/organizations", {"name": "org"})["id"]

    def invite(self, inviter, org, email, role):
        invitees = {"invitees": [{"email": email, "role": role}]}
        self.call(inviter, "POST", f"/api/v1/organizations/{org}/invitations/email", invitees)

    def gmi(self):
        """An organisation with members, others beside it, and a key that has nearly expired."""
        owner_id, _, owner = self.user("owner")
        org = self.organisation(owner)
        names = {"owner_user_id": owner_id, "owner_token": owner, "org_id": org}
        for fixture, role in (("admin", "org_admin"), ("user", "org_user"), ("user2", "org_user")):
            _, email, token = self.user(fixture)
            self.invite(owner, org, email, role)
            self.call(token, "GET", "/api/v1/me/profile")
            names[f"{fixture}_token"] = token
        for prefix in ("other", "empty", "full"):
            _, _, token = self.user(prefix)
            names[f"{prefix}_owner_token"], names[f"{prefix}_org_id"] = token, self.organisation(token)
        full = f"/api/v1/organizations/{names['full_org_id']}/api-keys"
        for number in range(MAX_KEYS):
            self.call(names["full_owner_token"], "POST", full, {"name": f"k{number}"})
        names["full_org_key_id"] = self.call(names["full_owner_token"], "GET", full)["keys"][0]["id"]
        names["non_member_token"] = self.user("stranger")[2]
        late = int(time.time()) - 300
        names["expired_access_token"] = self.user("late", userId=owner_id, sub=owner_id, exp=late)[2]
        keys, soon = f"/api/v1/organizations/{org}/api-keys", int(time.time()) + LIFETIME
        names["expired_secret"] = self.call(owner, "POST", keys, {"name": "soon expired", "expiresAt": soon})["key"]
        names["expired_key_id"] = self.call(owner, "GET", keys)["keys"][0]["id"]
        return names

    def requesty(self):
        """Keys of two organisations, and one that has nearly expired."""
        first = self.first_key()
        names = {"manage_write_key": first, "other_org_write_key": self.first_key()}
        for fixture, manage in (("manage_read_key", "read"), ("completions_key", "none")):
            names[fixture] = self.key(first, fixture, manage)["api_key"]
        late = self.key(first, "late", "write")
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + LIFETIME))
        self.call(first, "POST", f"/v1/manage/apikey/{late['api_key_id']}/expiry", {"expires_at": at})
        return {**names, "expired_key": late["api_key"], "expired_key_id": late["api_key_id"]}

    def first_key(self):
        return self.key(self.admin, "first", "write", X_Organization_Id=str(uuid.uuid4()))["api_key"]

    def key(self, maker, name, manage, **headers):
        wanted = {"name": name, "permissions": {"manage": manage, "completions": "write"}}
        return self.call(maker, "POST", "/v1/manage/apikey", wanted, **headers)

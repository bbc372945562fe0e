// Makes, verifies and deletes a key with the types that are generated for TypeScript.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { paths as GatePaths } from "./gate.js";
import type { paths as TykPaths } from "./tyk.js";

const { LATCHKEY_URL: baseUrl = "", LATCHKEY_ADMIN_SECRET: secret = "" } = process.env;
const tyk = createClient<TykPaths>({ baseUrl, headers: { "X-Tyk-Authorization": secret } });
const gate = createClient<GatePaths>({ baseUrl, headers: { Authorization: `Bearer ${secret}` } });

async function verified(key: string) {
  const { data } = await gate.POST("/v1/keys/verify", { body: { key, api: "orders", cost: 1 } });
  assert(data);
  return data;
}

const made = await tyk.POST("/tyk/keys/create", {
  body: { org_id: "acme", quota_max: 2, access_rights: { orders: {} } },
});
assert.equal(made.data?.action, "create");
const keyName = made.data.key;

const allowed = await verified(keyName);
assert.equal(allowed.code, "ok");
assert.equal(allowed.quota?.remaining, 1);

const deleted = await tyk.DELETE("/tyk/keys/{keyName}", { params: { path: { keyName } } });
assert.equal(deleted.data?.action, "deleted");
assert.equal((await verified(keyName)).code, "unknown_key");
console.log("TypeScript: made, verified and deleted a key.");

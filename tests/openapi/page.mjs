// Opens the page at /docs in Chromium, makes a key from it, and fails if the page asks anybody but its own server for
// anything, or complains.
//   tests/openapi/serve.sh node tests/openapi/page.mjs
import { createRequire } from "node:module";
import assert from "node:assert/strict";

const { chromium } = createRequire(`${process.cwd()}/.tools/npm/`)("playwright-core");
const { LATCHKEY_URL: url, LATCHKEY_ADMIN_SECRET: secret, CHROMIUM: executablePath = "/usr/bin/chromium" } = process.env;

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-background-networking"] });
const page = await browser.newPage();
const problems = [];
page.on("request", (request) => {
  const asked = request.url();
  if (!asked.startsWith(`${url}/`) && !asked.startsWith("data:") && !asked.startsWith("blob:")) {
    problems.push(`asks ${asked}`);
  }
});
page.on("console", (message) => {
  if (message.type() === "error") problems.push(`complains: ${message.text()}`);
});
page.on("pageerror", (error) => problems.push(`fails: ${error}`));

try {
  await page.goto(`${url}/`);
  await page.getByRole("link", { name: "Read and try the API" }).click();

  // Every document is shown.
  const select = page.locator("#select");
  await page.locator(".opblock").first().waitFor();
  for (const name of await select.locator("option").allTextContents()) {
    await select.selectOption({ label: name });
    await page.locator(".opblock").first().waitFor();
  }
  assert.equal(await select.locator("option").count(), 4);

  // A key is made.
  await select.selectOption({ index: 0 });
  await page.locator(".auth-wrapper .authorize").click();
  await page.locator(".auth-container input").fill(secret);
  await page.locator(".auth-container button.authorize").click();
  await page.locator(".auth-container .btn-done").click();
  const operation = page.locator('.opblock:has([data-path="/tyk/keys/create"])');
  await operation.locator(".opblock-summary-control").click();
  await operation.locator("button.execute").click();
  const answer = operation.locator(".live-responses-table .response").first();
  await answer.waitFor();
  assert.match(await answer.locator(".response-col_status").innerText(), /^200/);
  assert.match(await answer.locator(".microlight").first().innerText(), /"status": "ok"/);
  assert.deepEqual(problems, []);
} finally {
  await browser.close();
}
console.log("The page shows four documents and makes a key.");

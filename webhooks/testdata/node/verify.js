// Checks what a receiver got with the library that Standard Webhooks publishes. The
// first argument is a file of requests; each names the secrets that must verify it and
// those that must not. Prints how many were checked.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const requests = JSON.parse(readFileSync(process.argv[2], "utf8"));
for (const { headers, body, good, bad } of requests) {
  for (const secret of good) {
    const payload = new Webhook(secret).verify(body, headers);
    if (!payload.type || !payload.timestamp || !payload.data) {
      throw new Error("the payload has another form: " + body);
    }
  }
  for (const secret of bad) {
    let refused = false;
    try {
      new Webhook(secret).verify(body, headers);
    } catch {
      refused = true;
    }
    if (!refused) throw new Error("verified with a secret that does not sign: " + headers["webhook-id"]);
  }
  const changed = body.replace("Sara", "Sarah");
  for (const secret of good) {
    let refused = false;
    try {
      new Webhook(secret).verify(changed, headers);
    } catch {
      refused = true;
    }
    if (!refused) throw new Error("a changed body verifies: " + headers["webhook-id"]);
  }
}
console.log(requests.length);

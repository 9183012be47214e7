// A shop that tells what happens in it, with the published library of Segment:
// node shop.js WRITE-KEY ADDRESS
import { Analytics } from "@segment/analytics-node"

const [writeKey, host] = process.argv.slice(2)
const analytics = new Analytics({ writeKey, host, flushAt: 3, maxRetries: 0 })
const failed = []
const answers = []
analytics.on("error", (error) => failed.push(String(error.reason ?? error)))
analytics.on("http_response", (response) => answers.push(response.status))

const timestamp = new Date("2025-03-21T09:00:00.123Z")
const context = { campaign: { name: "nowruz", source: "instagram", medium: "social" }, locale: "fa-IR", timezone: "Asia/Tehran" }
analytics.page({ messageId: "s1", anonymousId: "11111111-2222", name: "Home", properties: { url: "https://shop.example/", title: "Shop" }, timestamp, context })
analytics.identify({ messageId: "s2", userId: "user-42", anonymousId: "11111111-2222", traits: { email: "reihaneh@example.com", firstName: "ریحانه", age: 31 }, context })
analytics.track({ messageId: "s3", userId: "user-42", event: "Order Completed", properties: { order_id: "A-1001", value: 89.5, products: [{ sku: "kilo" }] } })
analytics.group({ messageId: "s4", userId: "user-42", groupId: "cafe-7", traits: { name: "Cafe Seven", employees: 12 } })
analytics.alias({ messageId: "s5", userId: "user-42", previousId: "old-browser" })
analytics.screen({ messageId: "s6", userId: "user-42", name: "Checkout" })
await analytics.flush()
await analytics.closeAndFlush()
console.log(JSON.stringify({ failed, answers }))

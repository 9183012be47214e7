// An app that shows its visitors variants, with the published SDK of GrowthBook:
// node app.js ADDRESS CLIENT-KEY EXPERIMENT VISITORS
import { GrowthBook } from "@growthbook/growthbook"

const [apiHost, clientKey, experiment, visitors] = process.argv.slice(2)
const shown = {}
const told = []
for (let n = 0; n < Number(visitors); n++) {
  const id = `visitor-${n}`
  const gb = new GrowthBook({
    apiHost, clientKey, attributes: { id },
    trackingCallback: (e, result) => told.push({
      type: "track", event: "Experiment Viewed", anonymousId: id, messageId: `view-${id}`,
      properties: { experiment_id: e.key, variation_id: result.key },
    }),
  })
  const { success, error } = await gb.init({ timeout: 5000 })
  if (!success) throw error
  shown[id] = gb.getFeatureValue(experiment, "none")
  gb.destroy()
}
const answer = await fetch(`${apiHost}/v1/batch`, {
  method: "POST",
  headers: { Authorization: `Basic ${btoa(clientKey + ":")}`, "Content-Type": "application/json" },
  body: JSON.stringify({ batch: told }),
})
console.log(JSON.stringify({ shown, told: told.length, status: answer.status }))

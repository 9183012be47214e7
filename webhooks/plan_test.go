package webhooks

import (
	"strings"
	"testing"
)

// TestWhatTheDeskAndTheLogAskHasAnIndex asks the planner: the log may hold millions of
// deliveries, and these questions are asked every few milliseconds, or by a page.
func TestWhatTheDeskAndTheLogAskHasAnIndex(t *testing.T) {
	h := newHouse(t, testDatabase(t), local)
	const deliveries = "SELECT id FROM webhook_deliveries AS delivery WHERE "
	for query, index := range map[string]string{
		deliveries + "endpoint_id = 1 AND state = 'waiting' AND next_at <= '2026-01-01' ORDER BY next_at, id LIMIT 8": "webhook_deliveries_due",
		deliveries + "state = 'sending' AND lease_until <= '2026-01-01'":                                              "webhook_deliveries_out",
		deliveries + "endpoint_id = 1 ORDER BY id DESC LIMIT 51":                                                      "webhook_deliveries_log",
		deliveries + "endpoint_id = 1 AND state = 'failed' ORDER BY id DESC LIMIT 51":                                 "webhook_deliveries_state",
		"SELECT id FROM webhook_messages WHERE lead_id IN (1, 2)":                                                     "webhook_messages_lead",
	} {
		rows, err := h.db.SQL().Query("EXPLAIN QUERY PLAN " + query)
		if err != nil {
			t.Fatal(err)
		}
		plan := ""
		for rows.Next() {
			var id, parent, unused int
			var text string
			if err := rows.Scan(&id, &parent, &unused, &text); err != nil {
				t.Fatal(err)
			}
			plan += text + "\n"
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(plan, index) || strings.Contains(plan, "SCAN") || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s\nis answered by\n%s", query, plan)
		}
	}
}

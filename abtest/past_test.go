package abtest

import (
	"context"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/leads"
)

// tell records events and offers them, one batch after the other and then all again.
func (h *house) tell(events ...*leads.Event) {
	h.t.Helper()
	ctx := context.Background()
	for i, e := range events {
		h.must(h.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return h.leads.Record(ctx, tx, e) }))
		h.must(h.OnEvents(ctx, events[i:i+1]))
	}
	h.must(h.OnEvents(ctx, events))
}

func TestAViewThatIsToldLateFindsWhatCameBefore(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		d := shop()
		d.Surface = surfaceAPI
		e := h.start(d)
		lead, err := h.upsert("sara@example.com")
		h.must(err)
		at := e.StartedAt.Add(time.Hour)
		view := func(id int64, visitor, variant string) *leads.Event {
			v := submitted(id, visitor, at)
			v.Name, v.Properties = EventViewed, map[string]any{"experiment_id": "shop", "variation_id": variant}
			return v
		}
		early, known := ordered(2, "v1", at.Add(-time.Minute), 70.0), ordered(4, "v2", at.Add(3*time.Hour), 50.0)
		known.LeadID = lead
		who := submitted(5, "v2", at)
		who.LeadID = lead
		h.time.Advance(day)
		h.tell(ordered(1, "v1", at.Add(time.Hour), 30.0), early, known, view(3, "v1", "a"), view(6, "v2", "b"), who)
		if got := h.goal("revenue").counts() + h.goal("orders").counts(); got != "a 1/1=30 b 1/1=50 a 1/1 b 1/1 " {
			t.Errorf("%s", got)
		}
	})
}

func TestALeadThatIsKnownLateBringsWhatCameBefore(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(shop())
		h.visit(e, "b", 2, 0)
		lead, err := h.upsert("sara@example.com")
		h.must(err)
		order, who := ordered(501, "", h.time.Now().Add(time.Hour), 20.0), submitted(502, "visitor-000002", h.time.Now().Add(time.Minute))
		order.LeadID, who.LeadID = lead, lead
		h.time.Advance(day)
		h.tell(order, who)
		if got := h.goal("revenue").counts() + h.goal("orders").counts(); got != "a 0/0 b 1/2=20 a 0/0 b 1/2 " {
			t.Errorf("%s", got)
		}
	})
}

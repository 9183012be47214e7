package webhooks

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads"
)

func TestWhatWasToldOfSomebodyGoesWithThem(t *testing.T) {
	eachHouse(t, local, func(t *testing.T, h house) {
		to := newReceiver(t)
		e := h.endpoint(to.URL)
		h.happen("sara@example.com", "Form Submitted", 1)
		h.happen("omid@example.com", "Form Submitted", 1)
		h.until("told", func() bool { return h.in(e.ID, StateDelivered) == 2 })
		before := h.all(e.ID)
		sara, err := h.Delivery(t.Context(), before[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.leads.Erase(t.Context(), leads.EraseRequest{LeadID: sara.Message.LeadID, Reason: "asked for it", By: "team@example.com"}); err != nil {
			t.Fatal(err)
		}
		h.idle()
		if _, err := h.Delivery(t.Context(), sara.ID); !errors.Is(err, errs.NotFound) {
			t.Errorf("what was told of the erased: %v", err)
		}
		if left := h.all(e.ID); len(left) != 1 || left[0].ID != before[1].ID || to.count() != 2 {
			t.Errorf("%d deliveries are left, %d requests", len(left), to.count())
		}
		if attempts, err := h.Attempts(t.Context(), sara.ID); err != nil || len(attempts) != 0 {
			t.Errorf("%d attempts are left, %v", len(attempts), err)
		}
	})
}

func TestAPersonIsNotToldTheAddressOfAWebhook(t *testing.T) {
	eachHouse(t, local, func(t *testing.T, h house) {
		to := newReceiver(t)
		e, err := h.Create(t.Context(), Input{URL: to.URL + "/hooks/a-password", Description: "Slack"})
		if err != nil {
			t.Fatal(err)
		}
		h.happen("sara@example.com", "Form Submitted", 1)
		h.until("told", func() bool { return h.in(e.ID, StateDelivered) == 1 })
		d, err := h.Delivery(t.Context(), h.all(e.ID)[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		person, err := h.leads.PersonData(t.Context(), d.Message.LeadID)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(person)
		if err != nil || strings.Contains(string(raw), "a-password") || !strings.Contains(string(raw), `"endpoint":"Slack"`) {
			t.Errorf("handed out: %s, %v", raw, err)
		}
	})
}

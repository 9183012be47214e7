package transfer

import (
	"io"
	"testing"
	"time"
)

func TestAnExportWhoseServerDiedEnds(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		begin := func() *Export {
			t.Helper()
			e, err := h.Begin(t.Context(), ExportRequest{Format: "csv", Reason: "a letter"}, "team")
			if err != nil {
				t.Fatal(err)
			}
			return e
		}
		state := func(of *Export) *Export {
			t.Helper()
			if err := h.endSilent(t.Context()); err != nil {
				t.Fatal(err)
			}
			page, _, err := h.Exports(t.Context(), 0, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page {
				if e.ID == of.ID {
					return e
				}
			}
			t.Fatalf("export %d is gone", of.ID)
			return nil
		}
		dead, slow := begin(), begin()
		h.clock.Advance(silence - time.Second)
		slow.Rows = 7
		if err := h.beat(t.Context(), slow); err != nil {
			t.Fatal(err)
		}
		if e := state(dead); e.State != ExportRunning {
			t.Errorf("a moment ago it ran: %s", e.State)
		}
		h.clock.Advance(time.Minute)
		if e := state(dead); e.State != ExportBroken || !e.FinishedAt.Equal(h.clock.Now()) {
			t.Errorf("nothing is heard of it: %+v", e)
		}
		if e := state(slow); e.State != ExportRunning || e.Rows != 7 {
			t.Errorf("it runs, and says so: %+v", e)
		}
		if err := h.Run(t.Context(), dead, io.Discard, false); err != nil {
			t.Fatal(err)
		}
		if e := state(dead); e.State != ExportDone {
			t.Errorf("it went on after all: %+v", e)
		}
	})
}

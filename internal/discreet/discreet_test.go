package discreet

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

func TestNoAddressReachesTheLog(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(Handler{slog.NewTextHandler(&out, nil)}).With("to", "mina.secret@example.com").WithGroup("mail")
	log.Warn("421 <sara.ahmadi@example.com> over quota", "error", errors.New("refused: سارا.ا@example.ir"),
		slog.Group("rcpt", "first", "omid.karimi@example.org"), "n", 5)
	for _, secret := range []string{"mina.secret", "sara.ahmadi", "سارا.ا", "omid.karimi"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%s stands in %s", secret, out.String())
		}
	}
	for _, kept := range []string{"m***@example.com", "421", "over quota", "n=5"} {
		if !strings.Contains(out.String(), kept) {
			t.Errorf("%s is gone from %s", kept, out.String())
		}
	}
}

package abtest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

// A 0 that somebody wrote means something else than the usual that would take its place.
func TestAPlanTakesNoZeroForWhatIsUsual(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.Join(someTown, nil)
	base := h.serve()
	for field, form := range map[string]string{
		"baseline": "baseline", "visitors_per_day": "visitors", "variants": "variants", "coverage": "coverage",
		"alpha": "alpha", "power": "power", "mde_relative": "effect", "weeks": "weeks",
	} {
		status, answer := h.send(http.MethodPost, base+"/api/v1/experiments/plan", `{"page":"busy","`+field+`":0}`)
		if status != http.StatusUnprocessableEntity || !strings.Contains(answer, `"`+field+`"`) {
			t.Errorf("%s: 0 by the API: %d %s", field, status, answer)
		}
		for _, zero := range []string{"0", "%DB%B0"} {
			if status, body := h.get(base + "/experiments/plan?lang=en&page=busy&" + form + "=" + zero); status != http.StatusUnprocessableEntity || wrongBeside(body, form) == "" {
				t.Errorf("%s: 0 on the page: %d %q", field, status, wrongBeside(body, form))
			}
		}
		if status, body := h.get(base + "/experiments/plan?lang=en&page=busy&" + form + "="); status != http.StatusOK {
			t.Errorf("%s: nothing on the page: %d %q", field, status, wrongBeside(body, form))
		}
	}
}

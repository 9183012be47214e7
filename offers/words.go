package offers

import (
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// who says who an offer is for.
func who(l i18n.Locale, c *conditions.Condition) string {
	if c == nil {
		return conditions.Condition{}.Say(l)
	}
	return c.Say(l)
}

// why says what a decision was and what it hung on.
func why(l i18n.Locale, d *Decision) string {
	switch d.Outcome {
	case OutcomeNotEligible:
		return l.T("offers.why.not_eligible", "condition", who(l, d.Failed))
	case OutcomeSurpassed:
		return l.T("offers.why.surpassed", "offer", d.Better)
	}
	return l.T("offers.why." + d.Outcome)
}

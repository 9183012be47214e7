package offers

import (
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// who says who an offer is for, with names for the fields and segments that it asks about.
func who(l i18n.Locale, names conditions.Names, c *conditions.Condition) string {
	if c == nil {
		return conditions.Condition{}.Say(l)
	}
	return c.SayWith(l, names)
}

// why says what a decision was and what it hung on.
func why(l i18n.Locale, names conditions.Names, d *Decision) string {
	switch d.Outcome {
	case OutcomeNotEligible:
		return l.T("offers.why.not_eligible", "condition", who(l, names, d.Failed))
	case OutcomeSurpassed:
		return l.T("offers.why.surpassed", "offer", d.Better)
	}
	return l.T("offers.why." + d.Outcome)
}

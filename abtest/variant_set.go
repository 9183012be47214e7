package abtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/leads"
)

// Conditions ask for a lead's variant by "experiment/variant". In it are the leads who
// were seen in that variant and in no other: who came on two devices and saw both is in
// neither, as in the figures of the report.
const (
	inVariant = "SELECT x.lead_id FROM exposures AS x WHERE x.experiment_id = (SELECT id FROM experiments WHERE key = ?)" +
		" AND x.variant = ? AND x.lead_id IS NOT NULL AND NOT x.crossed AND " + inNoOther
	variantsOf = "SELECT x.lead_id, e.key || '/' || x.variant AS name FROM exposures AS x JOIN experiments AS e ON e.id = x.experiment_id" +
		" WHERE x.lead_id IN (?0) AND NOT x.crossed AND " + inNoOther
	inNoOther = "NOT EXISTS (SELECT 1 FROM exposures AS o WHERE o.lead_id = x.lead_id AND o.experiment_id = x.experiment_id" +
		" AND (o.variant <> x.variant OR o.crossed))"
)

// variantSet finds the leads of "experiment/variant".
func variantSet(name string) (query string, args []any) {
	experiment, variant, _ := strings.Cut(name, "/")
	return inVariant, []any{experiment, variant}
}

// addConditions has conditions ask for the variants that leads have seen.
func addConditions(l *leads.Service) {
	l.AddSet(conditions.SetVariant, variantSet)
	l.AddNames(conditions.SetVariant, variantsOf)
	l.AddKind(kind{})
}

// HasPart says whether there is such a variant, for conditions that name one.
func (d *Definition) HasPart(key string) bool { return slices.Contains(d.keys(), key) }

// entered tells a lead's timeline which variant they saw. It is told once of each that a
// visitor saw, so that who depends on it hears of a second one too.
func (e *Experiment) entered(x *exposure) *leads.Event {
	return &leads.Event{
		MessageID: fmt.Sprintf("experiment:%s:%s:%s", e.Key, x.VisitorID, x.Variant), LeadID: x.LeadID,
		Name: leads.EventExperimentEntered, Source: "experiment:" + e.Key,
		Properties: map[string]any{"experiment": e.Key, "variant": x.Variant}, OccurredAt: x.FirstAt,
	}
}

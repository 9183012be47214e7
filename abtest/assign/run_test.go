package assign

import "testing"

// runCase is one whole evaluation of an experiment by the SDK.
type runCase struct {
	Name    string `json:"name"`
	Context struct {
		Attributes       map[string]any `json:"attributes"`
		URL              string         `json:"url"`
		QAMode           bool           `json:"qaMode"`
		ForcedVariations map[string]int `json:"forcedVariations"`
	} `json:"context"`
	Experiment struct {
		Key           string       `json:"key"`
		Seed          string       `json:"seed"`
		HashVersion   int          `json:"hashVersion"`
		HashAttribute string       `json:"hashAttribute"`
		Variations    []any        `json:"variations"`
		Weights       []float64    `json:"weights"`
		Coverage      *float64     `json:"coverage"`
		Ranges        [][2]float64 `json:"ranges"`
		Namespace     *namespace   `json:"namespace"`
		Filters       []filter     `json:"filters"`
		Active        *bool        `json:"active"`
		Force         *int         `json:"force"`
	} `json:"experiment"`
	Value        any  `json:"expected_value"`
	InExperiment bool `json:"expected_inExperiment"`
	HashUsed     bool `json:"expected_hashUsed"`
}

type filter struct {
	Seed      string       `json:"seed"`
	Attribute string       `json:"attribute"`
	Ranges    [][2]float64 `json:"ranges"`
}

// decidedElsewhere reports whether the case is about something other than the
// visitor's bucket: forcing a variation, QA mode, a stopped experiment. The
// service that owns the experiment answers those before it asks for a bucket.
func (c *runCase) decidedElsewhere() bool {
	return c.Context.URL != "" || c.Context.QAMode || c.Context.ForcedVariations != nil ||
		c.Experiment.Active != nil || c.Experiment.Force != nil && c.Experiment.Coverage == nil
}

func (c *runCase) split() *Split {
	e := c.Experiment
	config := Config{
		Key: e.Key, Seed: e.Seed, Version: max(e.HashVersion, V1),
		Variations: len(e.Variations), Weights: e.Weights, Coverage: 1, Ranges: toRanges(e.Ranges),
	}
	if e.Coverage != nil {
		config.Coverage = *e.Coverage
	}
	if e.Namespace != nil && len(e.Filters) == 0 { // filters take its place
		config.Namespace = &e.Namespace.Namespace
	}
	return New(config)
}

func (c *runCase) attribute(name string) string {
	if name == "" {
		name = "id"
	}
	s, _ := c.Context.Attributes[name].(string)
	return s
}

func (c *runCase) passesFilters() bool {
	for _, f := range c.Experiment.Filters {
		n, _ := Hash(f.Seed, c.attribute(f.Attribute), V2)
		if ChooseVariation(n, toRanges(f.Ranges)) < 0 {
			return false
		}
	}
	return true
}

func TestAssignAgreesWithTheSDKOnWholeExperiments(t *testing.T) {
	var tried, elsewhere int
	for _, c := range readVectors(t).Run {
		if c.decidedElsewhere() {
			elsewhere++
			continue
		}
		tried++
		variation, ok := c.split().Assign(c.attribute(c.Experiment.HashAttribute))
		ok = ok && c.passesFilters()
		if ok != c.InExperiment || ok != c.HashUsed {
			t.Errorf("%s: in the experiment = %v, want %v", c.Name, ok, c.InExperiment)
		}
		if ok && float64(variation) != c.Value.(float64) {
			t.Errorf("%s: variation %d, want %v", c.Name, variation, c.Value)
		}
	}
	if tried != 56 || elsewhere != 9 {
		t.Errorf("%d cases tried and %d left to the service, want 56 and 9", tried, elsewhere)
	}
}

package stats

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
)

func TestNonsenseIsRefusedByFieldInWords(t *testing.T) {
	good := func() (Settings, Look) { return settings(), look(Count{100, 10}, Count{100, 12}) }
	for name, c := range map[string]struct {
		change func(*Settings, *Look)
		want   string
	}{
		"more conversions than visitors": {func(_ *Settings, l *Look) { l.Arms[1].Conversions = 101 }, "arms[1].conversions: 101 is more than the 100 visitors"},
		"negative conversions":           {func(_ *Settings, l *Look) { l.Arms[0].Conversions = -1 }, "arms[0].conversions: -1 is negative"},
		"negative visitors":              {func(_ *Settings, l *Look) { l.Arms[0].Visitors = -1 }, "arms[0].visitors: -1 is negative"},
		"a count beyond counting":        {func(_ *Settings, l *Look) { l.Arms[0].Visitors = math.MaxInt64 }, "arms[0].visitors: "},
		"a weight that is no number":     {func(_ *Settings, l *Look) { l.Arms[0].Weight = math.NaN() }, "arms[0].weight: NaN is not a number from 0 up"},
		"an infinite weight":             {func(_ *Settings, l *Look) { l.Arms[1].Weight = math.Inf(1) }, "arms[1].weight: +Inf"},
		"a negative weight":              {func(_ *Settings, l *Look) { l.Arms[1].Weight = -0.5 }, "arms[1].weight: -0.5"},
		"a vanishing weight":             {func(_ *Settings, l *Look) { l.Arms[1].Weight = 1e-300 }, "arms[1].weight: 1e-300 is too small"},
		"weights beyond adding up":       {func(_ *Settings, l *Look) { l.Arms[0].Weight, l.Arms[1].Weight = 1e308, 1e308 }, "arms[0].weight: "},
		"all weight on one arm":          {func(_ *Settings, l *Look) { l.Arms[1].Weight = 0 }, "arms: at least two need a weight above 0"},
		"a control without weight": {func(_ *Settings, l *Look) {
			*l = look(Count{}, Count{}, Count{})
			l.Arms[0].Weight = 0
		}, "arms[0].weight: is 0, so that there is no control"},
		"one arm":                      {func(_ *Settings, l *Look) { l.Arms = l.Arms[:1] }, "arms: 1 given, a comparison needs at least two"},
		"no arms":                      {func(_ *Settings, l *Look) { l.Arms = nil }, "arms: 0 given"},
		"a key twice":                  {func(_ *Settings, l *Look) { l.Arms[1].Key = "control" }, `arms[1].key: "control" appears twice`},
		"an empty key":                 {func(_ *Settings, l *Look) { l.Arms[1].Key = "" }, "arms[1].key: is empty"},
		"an unknown control":           {func(s *Settings, _ *Look) { s.Control = "z" }, `control: "z" is not the key of an arm`},
		"no alpha":                     {func(s *Settings, _ *Look) { s.Alpha = 0 }, "alpha: 0"},
		"alpha that is no number":      {func(s *Settings, _ *Look) { s.Alpha = math.NaN() }, "alpha: NaN"},
		"alpha of one":                 {func(s *Settings, _ *Look) { s.Alpha = 1 }, "alpha: 1"},
		"an alpha nobody could check":  {func(s *Settings, _ *Look) { s.Alpha = 1e-300 }, "alpha: 1e-300 is not from 1e-12 to 0.5"},
		"a vanishing kappa":            {func(s *Settings, _ *Look) { s.Kappa = 1e-9 }, "kappa: 1e-09 is neither 0 nor from 1e-06"},
		"an unknown measure":           {func(s *Settings, _ *Look) { s.Measure = "joy" }, `measure: "joy" is neither conversion nor value`},
		"a wide tau":                   {func(s *Settings, _ *Look) { s.Tau = 11 }, "tau: 11 is neither 0 nor from 1e-06 to 10"},
		"a tau that is no number":      {func(s *Settings, _ *Look) { s.Tau = math.NaN() }, "tau: NaN"},
		"more arms than anybody needs": {func(_ *Settings, l *Look) { l.Arms = make([]Arm, 101) }, "arms: 101 given, more than the 100"},
		"a value of NaN": {func(_ *Settings, l *Look) {
			l.Arms[0].Value, l.Arms[1].Value = &Value{}, &Value{N: 3, Mean: math.NaN()}
		}, "arms[1].value.mean: NaN"},
		"an infinite kappa":            {func(s *Settings, _ *Look) { s.Kappa = math.Inf(1) }, "kappa: +Inf"},
		"a negative kappa":             {func(s *Settings, _ *Look) { s.Kappa = -1 }, "kappa: -1"},
		"negative planned visitors":    {func(s *Settings, _ *Look) { s.PlannedVisitors = -1 }, "planned_visitors_per_arm: -1"},
		"planned conversions of NaN":   {func(s *Settings, _ *Look) { s.PlannedConversions = math.NaN() }, "planned_conversions: NaN"},
		"endless planned conversions":  {func(s *Settings, _ *Look) { s.PlannedConversions = 1e300 }, "planned_conversions: 1e+300"},
		"a negative least conversions": {func(s *Settings, _ *Look) { s.MinConversions = -1 }, "min_conversions: -1"},
		"negative least days":          {func(s *Settings, _ *Look) { s.MinDays = -1 }, "min_days: -1"},
		"days that ran backwards":      {func(_ *Settings, l *Look) { l.Days = -1 }, "days: -1"},
	} {
		s, l := good()
		c.change(&s, &l)
		_, err := Analyze(s, l)
		var input *InputError
		if !errors.As(err, &input) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	s, l := good()
	if _, err := Analyze(s, l); err != nil {
		t.Errorf("good input: %v", err)
	}
}

func TestFiguresOfAnInvalidCountAreAbsent(t *testing.T) {
	good := Count{10, 5}
	for _, bad := range []Count{{-1, 0}, {10, -1}, {10, 11}, {MaxVisitors + 1, 0}} {
		_, wilson := Wilson(bad, 0.05)
		_, newcombe := Newcombe(good, bad, 0.05)
		_, difference := Difference(bad, good)
		_, lift := Lift(good, bad)
		_, _, z := PooledZ(bad, good)
		_, fisher := FisherMidP(good, bad)
		_, table := ChiSquareTable([]Count{good, bad})
		_, beat := ProbBeat(bad, good)
		_, loss := ExpectedLoss(good, bad)
		_, _, best := Best([]Count{good, good, bad})
		_, rate := bad.Rate()
		if wilson || newcombe || difference || lift || z || fisher || table || beat || loss || best || rate {
			t.Errorf("%+v has figures", bad)
		}
	}
	for _, alpha := range []float64{0, 1, -1, math.NaN()} {
		if _, ok := Wilson(good, alpha); ok {
			t.Errorf("wilson at alpha %v", alpha)
		}
		if _, ok := Newcombe(good, good, alpha); ok {
			t.Errorf("newcombe at alpha %v", alpha)
		}
		if _, ok := (Split{A: 1, B: 2, WeightB: 0.5, Kappa: 2}).RateRatio(alpha); ok {
			t.Errorf("rate ratio at alpha %v", alpha)
		}
	}
	for _, bad := range []Split{{A: -1, B: 1, WeightB: 0.5, Kappa: 2}, {A: 1, B: 1, WeightB: 1, Kappa: 2}, {A: 1, B: 1, WeightB: math.NaN(), Kappa: 2}, {A: 1, B: 1, WeightB: 0.5}} {
		if _, ok := bad.Share(0.05); ok || bad.LogE() != 0 || bad.P() != 1 {
			t.Errorf("%+v has evidence", bad)
		}
	}
}

func TestIntervalSurvivesJSON(t *testing.T) {
	for text, want := range map[string]Interval{
		"[0.25,0.5]":  {0.25, 0.5},
		"[0,null]":    {0, math.Inf(1)},
		"[null,null]": {math.Inf(-1), math.Inf(1)},
	} {
		data, err := json.Marshal(want)
		if err != nil || string(data) != text {
			t.Errorf("%v is written %s: %v", want, data, err)
		}
		var got Interval
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s is read %v: %v", text, got, err)
		}
	}
	for _, text := range []string{`[1]`, `[1,2,3]`, `"x"`, `{}`} {
		if err := json.Unmarshal([]byte(text), new(Interval)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
